// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/child_spec.hpp"

#include <vector>

namespace beamish::inline v0 {

namespace {

term in_milliseconds(duration d) {
  return term(std::chrono::duration_cast<std::chrono::milliseconds>(d).count());
}

term shutdown_term(const shutdown_limit& limit) {
  if (limit.time == infinity) return term(atom("infinity"));
  if (limit == brutal_kill) return term(atom("brutal_kill"));
  return in_milliseconds(limit.time);
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

term backoff_term(const restart_backoff& b) {
  return map({{atom("first"), in_milliseconds(b.first)},
              {atom("max"), in_milliseconds(b.max)},
              {atom("jitter"), b.jitter}});
}

}  // namespace

namespace detail {

child_specification specification_with(std::unique_ptr<child_starter> starter,
                                       const child_options& o) {
  if (o.registry_name != nullptr)
    starter->name = std::make_unique<const child_name>(child_name{"", *o.registry_name});
  else if (!o.name.empty())
    starter->name = std::make_unique<const child_name>(child_name{std::string(o.name), {}});
  term id(o.id.empty() ? elixir_module(starter->kind().module) : atom(o.id));
  child_specification spec(std::move(id), std::move(starter));
  spec.restart = o.restart;
  spec.shutdown = o.shutdown;
  spec.type = o.type;
  spec.significant = o.significant;
  spec.backoff = o.backoff;
  return spec;
}

}  // namespace detail

term child_specification::as_term() const {
  std::vector<term_entry> entries;
  entries.push_back({atom("id"), id});
  entries.push_back({atom("start"), tuple(detail::module_of(starter_->kind(), id),
                                          atom("start_link"), starter_->arguments())});
  if (restart) entries.push_back({atom("restart"), restart_term(*restart)});
  if (shutdown) entries.push_back({atom("shutdown"), shutdown_term(*shutdown)});
  if (type) {
    const bool worker = *type == child_type::worker;
    entries.push_back({atom("type"), worker ? atom("worker") : atom("supervisor")});
  }
  if (significant) entries.push_back({atom("significant"), term(true)});
  if (backoff) entries.push_back({atom("backoff"), backoff_term(*backoff)});
  return map_from(entries);
}

}  // namespace beamish::inline v0
