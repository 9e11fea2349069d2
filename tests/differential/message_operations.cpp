// SPDX-License-Identifier: Apache-2.0
//
// Operations on messages, aliases and timers.
#include <map>
#include <tuple>

#include "tests/differential/player.hpp"

namespace differential {

using namespace beamish;

namespace {

const term ok = atom("ok");
const term timeout = atom("timeout");

task<shown> op_send(const player&, const step_arguments& a) {
  const address to(a[0]);
  send(to, a[1]);
  co_return shown(ok);
}

// The oldest message that matches, or `timeout`.
task<term> take(const term& pattern, duration limit) {
  const auto wanted = [&pattern](const auto& m) { return matches(pattern, as_term(m)); };
  using result = task_result<term>;
  const auto got = co_await receive_if<term, down_message, exit_message, result>(limit, wanted);
  if (!got) co_return timeout;
  co_return std::visit([](const auto& m) { return as_term(m); }, *got);
}

const term anything = atom("_");
constexpr std::chrono::milliseconds patience(1000);

task<shown> op_receive(const player&, const step_arguments& a) {
  const term got = co_await take(a.size() > 0 ? a[0] : anything,
                                 a.size() > 1 ? milliseconds_in(a[1]) : duration(patience));
  co_return shown(got);
}
task<shown> op_nothing(const player&, const step_arguments& a) {
  const term got = co_await take(anything, a.size() > 0 ? milliseconds_in(a[0]) : duration(0));
  co_return shown(got);
}
task<std::vector<term>> take_all() {
  std::vector<term> found;
  for (;;) {
    const term got = co_await take(anything, duration(0));
    if (got == timeout) co_return found;
    found.push_back(got);
  }
}

task<shown> op_rest(const player&, const step_arguments&) {
  const std::vector<term> found = co_await take_all();
  co_return shown(tuple_from(found));
}

// Where the order means nothing: by what the scenario calls the monitor or the sender; others keep
// their order.
task<shown> op_gather(const player& me, const step_arguments&) {
  std::vector<term> found = co_await take_all();
  const auto key = [&me](const term& m) {
    const term kind = m.is_tuple() ? m.elements()[0] : term();
    const int rank = kind.is_atom("DOWN") ? 1 : kind.is_atom("EXIT") ? 2 : 3;
    return std::tuple(rank, rank == 3 ? std::string() : me.where->name_of(m.elements()[1]));
  };
  // Keys that are all different, by their place at the end.
  std::map<std::tuple<int, std::string, std::size_t>, term> sorted;
  for (std::size_t at = 0; at < found.size(); ++at)
    sorted.emplace(std::tuple_cat(key(found[at]), std::tuple(at)), found[at]);
  found.clear();
  for (const auto& [_, m] : sorted) found.push_back(m);
  co_return shown(tuple_from(found));
}

task<shown> op_send_after(const player&, const step_arguments& a) {
  const address to(a[1]);
  co_return shown(term(send_after(milliseconds_in(a[0]), to, a[2])));
}
term left(const std::optional<std::chrono::milliseconds>& time) {
  return time ? term(atom("left")) : term(false);
}
task<shown> op_cancel_timer(const player&, const step_arguments& a) {
  co_return shown(left(cancel_timer(*a[0].as_reference())));
}
task<shown> op_read_timer(const player&, const step_arguments& a) {
  co_return shown(left(read_timer(*a[0].as_reference())));
}
task<shown> op_sleep(const player&, const step_arguments& a) {
  co_await beamish::sleep(milliseconds_in(a[0]));
  co_return shown(ok);
}

task<shown> op_alias(const player&, const step_arguments& a) {
  const bool for_reply = a.size() > 0 && a[0].is_atom("reply");
  co_return shown(term(alias(for_reply ? alias_kind::reply : alias_kind::explicit_unalias)));
}
task<shown> op_unalias(const player&, const step_arguments& a) {
  co_return shown(term(unalias(*a[0].as_reference())));
}
task<shown> op_hibernate(const player&, const step_arguments&) {
  co_await beamish::hibernate();
  co_return shown(ok);
}

}  // namespace

void add_message_operations(operation_table& to) {
  to.insert({{"send", &op_send},
             {"receive", &op_receive},
             {"nothing", &op_nothing},
             {"rest", &op_rest},
             {"gather", &op_gather},
             {"send_after", &op_send_after},
             {"cancel_timer", &op_cancel_timer},
             {"read_timer", &op_read_timer},
             {"sleep", &op_sleep},
             {"alias", &op_alias},
             {"unalias", &op_unalias},
             {"hibernate", &op_hibernate}});
}

}  // namespace differential
