// SPDX-License-Identifier: Apache-2.0
//
// The operations of sys on servers.
#include <stdexcept>

#include "tests/differential/played_server.hpp"

namespace differential {

using namespace beamish;

namespace {

const term ok = atom("ok");

shown value(const term& v) { return shown(v, {}); }

task<shown> op_suspend(const player&, const step_arguments& a) {
  const address to(a[0]);
  co_await sys::suspend(to);
  co_return value(ok);
}
task<shown> op_resume(const player&, const step_arguments& a) {
  const address to(a[0]);
  co_await sys::resume(to);
  co_return value(ok);
}
task<shown> op_run_state(const player&, const step_arguments& a) {
  const address to(a[0]);
  auto status = co_await sys::get_status(to);
  co_return value(term(atom(status.suspended ? "suspended" : "running")));
}
task<shown> op_statistics(const player&, const step_arguments& a) {
  const address to(a[0]);
  co_await sys::statistics(to, a[1] == term(true));
  co_return value(ok);
}
task<shown> op_counts(const player&, const step_arguments& a) {
  const address to(a[0]);
  auto counts = co_await sys::get_statistics(to);
  if (!counts) co_return value(term(atom("no_statistics")));
  co_return value(tuple(counts->messages_in, counts->messages_out));
}
task<shown> op_trace(const player&, const step_arguments& a) {
  const address to(a[0]);
  co_await sys::trace(to, a[1] == term(true));
  co_return value(ok);
}
task<shown> op_keep_events(const player&, const step_arguments& a) {
  const address to(a[0]);
  co_await sys::log(to, static_cast<std::size_t>(*a[1].as_integer()));
  co_return value(ok);
}

// Without the messages that only one side can show.
term shown_event(const sys::event& e) {
  switch (e.what) {
    case sys::event::kind::call:
      return term(atom("call"));
    case sys::event::kind::cast:
      return term(atom("cast"));
    case sys::event::kind::info:
      return tuple(atom("info"), e.message);
    case sys::event::kind::reply:
      return tuple(atom("out"), e.message);
    case sys::event::kind::state:
      return term(atom("noreply"));
    case sys::event::kind::other:
      break;
  }
  return term(atom("continue"));
}

task<shown> op_kept_events(const player&, const step_arguments& a) {
  const address to(a[0]);
  auto events = co_await sys::get_log(to);
  std::vector<term> all;
  for (const sys::event& e : events) all.push_back(shown_event(e));
  co_return value(list_from(all));
}

task<shown> op_install(const player& me, const step_arguments& a) {
  const address to(a[0]);
  const std::string name(*a[1].atom_name());
  auto see = [where = me.where, name, left = *a[2].as_integer()](const sys::event& e) mutable {
    const term event = shown_event(e);
    const term kind = event.is_tuple() ? event.elements()[0] : event;
    where->log(where->name_of(term(self())), name + " saw " + show(kind));
    return --left > 0;
  };
  auto installing = sys::install(to, name, see);
  co_await installing;
  co_return value(ok);
}
task<shown> op_remove(const player&, const step_arguments& a) {
  const address to(a[0]);
  const std::string name(*a[1].atom_name());
  co_await sys::remove(to, name);
  co_return value(ok);
}
task<shown> op_no_debug(const player&, const step_arguments& a) {
  const address to(a[0]);
  co_await sys::no_debug(to);
  co_return value(ok);
}
task<shown> op_terminate(const player&, const step_arguments& a) {
  const address to(a[0]);
  const exit_reason reason(a[1]);
  co_await sys::terminate(to, reason);
  co_return value(ok);
}

task<shown> op_at_end(const player&, const step_arguments& a) {
  const address to(a[0]);
  auto look = [](played_server& s) { return s.at_end.value_or(term()); };
  auto looking = sys::with_state<played_server>(to, look);
  const term found = co_await looking;
  co_return value(found);
}
task<shown> op_set_at_end(const player&, const step_arguments& a) {
  const address to(a[0]);
  auto set = [instruction = a[1]](played_server& s) { return *(s.at_end = instruction); };
  auto setting = sys::with_state<played_server>(to, set);
  const term found = co_await setting;
  co_return value(found);
}
task<shown> op_fail_to_set(const player&, const step_arguments& a) {
  const address to(a[0]);
  auto fail = [](played_server&) { throw std::runtime_error("no"); };
  auto failing = sys::with_state<played_server>(to, fail);
  auto failed = co_await attempt<void>(std::move(failing));
  co_return value(term(atom(failed.ok() ? "replaced" : "failed")));
}

task<shown> op_change_code(const player&, const step_arguments& a) {
  const address to(a[0]);
  const term old(1);
  const bool changed = co_await sys::change_code(to, old, a[1]);
  co_return value(term(atom(changed ? "ok" : "refused")));
}

}  // namespace

void add_sys_operations(operation_table& to) {
  to.insert({{"suspend", &op_suspend},
             {"resume", &op_resume},
             {"run_state", &op_run_state},
             {"statistics", &op_statistics},
             {"counts", &op_counts},
             {"trace", &op_trace},
             {"keep_events", &op_keep_events},
             {"kept_events", &op_kept_events},
             {"install", &op_install},
             {"remove", &op_remove},
             {"no_debug", &op_no_debug},
             {"sys_terminate", &op_terminate},
             {"at_end", &op_at_end},
             {"set_at_end", &op_set_at_end},
             {"fail_to_set", &op_fail_to_set},
             {"change_code", &op_change_code}});
}

}  // namespace differential
