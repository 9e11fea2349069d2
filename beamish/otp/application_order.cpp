// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/application_order.hpp"

#include <algorithm>

namespace beamish::inline v0::detail {

namespace {

using names = std::vector<std::string>;

bool has(const names& all, const std::string& name) {
  return std::find(all.begin(), all.end(), name) != all.end();
}

exit_reason cycle(const names& way, const std::string& again) {
  std::vector<term> round;
  for (auto name = std::find(way.begin(), way.end(), again); name != way.end(); ++name)
    round.push_back(term(atom(*name)));
  round.push_back(term(atom(again)));
  return exit_reason(tuple(atom(again), tuple(atom("cycle"), list_from(round))));
}

exit_reason unknown(const names& way, const std::string& name) {
  if (way.empty()) return exit_reason(tuple(atom(name), atom("not_loaded")));
  const term needed_by = tuple(atom("needed_by"), atom(way.back()));
  return exit_reason(tuple(atom(name), tuple(atom("not_loaded"), needed_by)));
}

// `way`: who needs whom, down to here. False: `failure` says why.
bool visit(const std::string& name, const application_needs& needs, names& way, names& order,
           exit_reason& failure) {
  if (has(order, name)) return true;
  if (has(way, name)) return failure = cycle(way, name), false;
  const names* needed = needs(name);
  if (needed == nullptr) return failure = unknown(way, name), false;
  way.push_back(name);
  for (const std::string& need : *needed)
    if (!visit(need, needs, way, order, failure)) return false;
  way.pop_back();
  order.push_back(name);
  return true;
}

}  // namespace

answer<names> order_of_starts(const names& wanted, const application_needs& needs) {
  names way, order;
  exit_reason failure;
  for (const std::string& name : wanted)
    if (!visit(name, needs, way, order, failure)) return answer<names>(failure);
  return answer<names>(std::in_place, std::move(order));
}

}  // namespace beamish::inline v0::detail
