// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/child_spec.hpp"

#include <vector>

namespace beamish::inline v0 {

namespace {

term shutdown_term(const shutdown_limit& limit) {
  if (limit.time.count() < 0) return term(atom("infinity"));
  if (limit.time.count() == 0) return term(atom("brutal_kill"));
  return term(std::chrono::duration_cast<std::chrono::milliseconds>(limit.time).count());
}

term restart_term(restart_kind kind) {
  switch (kind) {
    case restart_kind::permanent:
      return term(atom("permanent"));
    case restart_kind::transient:
      return term(atom("transient"));
    case restart_kind::temporary:
      return term(atom("temporary"));
  }
  return term();
}

}  // namespace

namespace detail {

start_options child_starter::options() const {
  start_options o;
  o.name = name;
  return o;
}

}  // namespace detail

task<start_result<void>> child_specification::start_link() const {
  const auto starter = starter_;  // the specification may be changed meanwhile
  auto started = co_await starter->start_link();
  co_return started;
}

term to_term(const child_specification& spec) {
  std::vector<term_entry> entries;
  entries.push_back({atom("id"), spec.id});
  entries.push_back({atom("start"),
                     tuple(spec.starter_->module, atom("start_link"), spec.starter_->arguments())});
  if (spec.restart) entries.push_back({atom("restart"), restart_term(*spec.restart)});
  if (spec.shutdown) entries.push_back({atom("shutdown"), shutdown_term(*spec.shutdown)});
  if (spec.type) {
    const bool worker = *spec.type == child_type::worker;
    entries.push_back({atom("type"), worker ? atom("worker") : atom("supervisor")});
  }
  return map_from(entries);
}

}  // namespace beamish::inline v0
