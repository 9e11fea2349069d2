// SPDX-License-Identifier: Apache-2.0
//
// Operations on agents; what their functions do, agent_operations.exs says.
#include <stdexcept>

#include "tests/differential/played_server.hpp"

namespace differential {

using namespace beamish;

namespace {

const term ok = atom("ok");
using book = agent<term>;

book at(const term& t) { return t.is_pid() ? book(pid_in(t)) : book::named(*t.atom_name()); }

term failing_or(const term& t) {
  if (!t.is_tuple()) return t;
  const auto parts = t.elements();
  if (parts[0].is_atom("raise")) throw std::runtime_error(std::string(*parts[1].as_binary()));
  if (parts[0].is_atom("exit")) exit(parts[1]);
  if (parts[0].is_atom("throw")) throw parts[1];
  return t;
}

// What a function does; gives the new state.
struct change {
  change(stage& s, term t) : where(&s), instruction(std::move(t)) {}
  term operator()(term state) const {
    term now = instruction;
    for (;;) {
      const auto parts = now.elements();
      if (parts[0].is_atom("note")) {
        where->log(where->name_of(term(self())), "notes " + show(parts[1]));
        const term next = parts[2];
        now = next;
        continue;
      }
      failing_or(now);
      if (parts[0].is_atom("look")) return state;
      std::vector<term> all;
      for (const term& one : state.elements()) all.push_back(one);
      all.push_back(parts[1]);
      return list_from(all);
    }
  }
  stage* where;
  term instruction;
};

task<shown> started(const player& me, const step_arguments& a, bool linked) {
  start_options o;
  const term options = a.size() > 1 ? a[1] : list();
  if (const term* t = option(options, "name")) o.name = *t->atom_name();
  const term first = a[0];
  const auto init = [first] { return failing_or(first); };
  answer<book> got(exit_reason::normal());
  if (linked) {
    auto starting = book::start_link(o, init);
    got = co_await attempt(std::move(starting));
  } else {
    auto starting = book::start(o, init);
    got = co_await attempt(std::move(starting));
  }
  if (!got.ok()) co_return shown(tuple(atom("error"), got.reason().value()), {});
  const pid process = got->process();
  co_await watch(*me.where, a.name(), process, role::other);
  co_return shown(tuple(ok, process), {term(process)});
}
task<shown> op_agent_start(const player& me, const step_arguments& a) {
  return started(me, a, false);
}
task<shown> op_agent_start_link(const player& me, const step_arguments& a) {
  return started(me, a, true);
}

within limit_of(const step_arguments& a) {
  return within(a.size() > 2 ? milliseconds_in(a[2]) : default_call_timeout);
}

task<shown> op_agent_get(const player& me, const step_arguments& a) {
  const book to = at(a[0]);
  const change f(*me.where, a[1]);
  auto look = [f](const term& state) { return f(state); };
  const term got = co_await to.get(limit_of(a), look);
  co_return shown(got);
}
task<shown> op_agent_update(const player& me, const step_arguments& a) {
  const book to = at(a[0]);
  const change f(*me.where, a[1]);
  auto set = [f](term& state) { state = f(state); };
  co_await to.update(limit_of(a), set);
  co_return shown(ok);
}
task<shown> op_agent_get_and_update(const player& me, const step_arguments& a) {
  const book to = at(a[0]);
  const change f(*me.where, a[1]);
  auto both = [f](term& state) {
    state = f(state);
    return state;
  };
  const term got = co_await to.get_and_update(both);
  co_return shown(got);
}
task<shown> op_agent_cast(const player& me, const step_arguments& a) {
  const change f(*me.where, a[1]);
  at(a[0]).cast([f](term& state) { state = f(state); });
  co_return shown(ok);
}
task<shown> op_agent_stop(const player&, const step_arguments& a) {
  const book to = at(a[0]);
  const exit_reason reason(a.size() > 1 ? a[1] : term(atom("normal")));
  co_await to.stop(reason);
  co_return shown(ok);
}
task<shown> op_agent_suspend(const player&, const step_arguments& a) {
  const book to = at(a[0]);
  co_await sys::suspend(to.address());
  co_return shown(ok);
}
task<shown> op_agent_resume(const player&, const step_arguments& a) {
  const book to = at(a[0]);
  co_await sys::resume(to.address());
  co_return shown(ok);
}

}  // namespace

void add_agent_operations(operation_table& to) {
  to.insert({{"agent_start", &op_agent_start},
             {"agent_start_link", &op_agent_start_link},
             {"agent_get", &op_agent_get},
             {"agent_update", &op_agent_update},
             {"agent_get_and_update", &op_agent_get_and_update},
             {"agent_cast", &op_agent_cast},
             {"agent_stop", &op_agent_stop},
             {"agent_suspend", &op_agent_suspend},
             {"agent_resume", &op_agent_resume}});
}

}  // namespace differential
