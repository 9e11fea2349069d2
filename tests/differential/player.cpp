// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/player.hpp"

#include <stdexcept>

namespace differential {

using namespace beamish;

const operation_table& operations() {
  static const operation_table table = [] {
    operation_table made;
    add_process_operations(made);
    add_message_operations(made);
    add_server_operations(made);
    add_sys_operations(made);
    add_supervisor_operations(made);
    add_task_operations(made);
    add_agent_operations(made);
    add_registry_operations(made);
    add_statem_operations(made);
    return made;
  }();
  return table;
}

namespace {

// {operation, arguments, names, text, whether what it throws is caught}.
struct read_step {
  explicit read_step(const term& step)
      : name(*step.elements()[0].atom_name()),
        text(*step.elements()[3].as_binary()),
        caught(step.elements()[4] == term(true)) {
    for (const term& one : step.elements()[2].elements()) names.emplace_back(*one.as_binary());
  }
  std::string name;
  std::vector<std::string> names;
  std::string text;
  bool caught;
};

}  // namespace

task<> perform(const player& me, const term& step) {
  const read_step todo(step);
  std::vector<term> values;
  for (const term& t : step.elements()[1].elements()) values.push_back(me.where->fill(t));
  for (const term& t : values) {
    // Whoever should have made it did not.
    if (me.where->is_unbound(t)) co_return me.log(todo.text + " -> is not possible");
  }
  const step_arguments arguments(std::move(values), todo.names);
  const auto found = operations().find(todo.name);
  if (found == operations().end()) throw std::logic_error("no operation " + todo.name);
  const operation act = found->second;
  std::string result;
  try {
    const shown s = co_await act(me, arguments);
    for (std::size_t at = 0; at < s.bound.size() && at < todo.names.size(); ++at)
      me.where->bind(todo.names[at], s.bound[at]);
    result = show(s.value);
  } catch (const exited& end) {
    const exit_reason reason = end.reason();
    if (!todo.caught) throw;
    result = "exits " + show(reason.value());
  } catch (const argument_error&) {
    if (!todo.caught) throw;
    result = "raises ArgumentError";
  }
  me.log(todo.text + " -> " + result);
}

task<> perform_all(const player& me, const term& steps) {
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const term step = steps.elements()[at];
    co_await perform(me, step);
  }
}

task<> play_part(player me) {
  for (;;) {
    const script todo = co_await receive<script>();
    for (const term& step : todo.steps) co_await perform(me, step);
    send(me.where->conductor, done(me.name));
  }
}

term as_term(const down_message& m) {
  return tuple(atom("DOWN"), m.id, atom("process"), m.object(), m.reason.value());
}
term as_term(const exit_message& m) { return tuple(atom("EXIT"), m.from, m.reason.value()); }
term as_term(const task_result<term>& m) { return tuple(m.id, m.value); }

address::address(const term& t) {
  if (const auto p = t.as_pid()) {
    process_ = *p;
  } else if (const auto r = t.as_reference()) {
    alias_ = *r;
  } else if (t.is_atom()) {
    name_ = *t.atom_name();
  } else if (t.is_tuple() && t.size() == 2) {
    const auto parts = t.elements();
    far_.emplace(*parts[0].atom_name(), *parts[1].atom_name());
  } else {
    throw argument_error("no destination: " + show(t));
  }
}

address::operator destination() const {
  if (process_) return process_;
  if (alias_) return alias_;
  if (far_) return *far_;
  return name_;
}

pid pid_in(const term& t) {
  const auto p = t.as_pid();
  if (!p) throw argument_error("no process: " + show(t));
  return *p;
}

duration milliseconds_in(const term& t) {
  const auto number = t.as_integer();
  return number ? duration(std::chrono::milliseconds(*number)) : infinity;
}

}  // namespace differential
