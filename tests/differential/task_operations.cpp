// SPDX-License-Identifier: Apache-2.0
//
// Operations on tasks; what a task is told, task_operations.exs says.
#include <algorithm>
#include <stdexcept>

#include "tests/differential/played_server.hpp"

namespace differential {

using namespace beamish;

namespace {

const term ok = atom("ok");
using value_task = async_task<term>;

// ---- what tasks do

task<term> act(const player& me, term instruction) {
  for (;;) {
    const auto parts = instruction.elements();
    const term& word = parts[0];
    if (word.is_atom("value")) co_return parts[1];
    if (word.is_atom("raise")) throw std::runtime_error(std::string(*parts[1].as_binary()));
    if (word.is_atom("exit")) exit(parts[1]);
    if (word.is_atom("throw")) throw parts[1];
    if (word.is_atom("kill")) {
      exit(self(), exit_reason::kill());
      co_await beamish::sleep(infinity);
    } else if (word.is_atom("sleep")) {
      co_await beamish::sleep(milliseconds_in(parts[1]));
    } else if (word.is_atom("trap")) {
      trap_exits(true);
    } else {
      const term steps = parts[1];
      co_await perform_all(me, steps);
    }
    const term next = parts.back();
    instruction = next;
  }
}

// To a task whose end will be logged: it may begin.
struct go {};

struct task_body {
  task_body(player p, term t) : me(std::move(p)), instruction(std::move(t)) {}
  task<term> operator()() {
    co_await receive<go>();
    const term value = co_await act(me, instruction);
    co_return value;
  }
  player me;
  term instruction;
};

struct element_body {
  explicit element_body(player p) : me(std::move(p)) {}
  task<term> operator()(term instruction) {
    const term value = co_await act(me, std::move(instruction));
    co_return value;
  }
  player me;
};

std::string process_name(const step_arguments& a, std::size_t at) {
  return at < a.names.size() ? a.names[at] : a.name() + "_process";
}

task<> begin(const player& me, std::string name, pid process) {
  co_await watch(*me.where, name, process, role::other);
  send(process, go());
}

// ---- tasks

task<shown> begun(const player& me, const step_arguments& a, value_task started) {
  me.where->keep(a.name(), std::make_shared<value_task>(started));
  co_await begin(me, process_name(a, 1), started.process());
  co_return shown(term(atom("task")), {});
}

task_body body_of(const player& me, const step_arguments& a, const term& instruction,
                  std::size_t name_at) {
  return task_body(player(*me.where, process_name(a, name_at)), instruction);
}

task<shown> op_async(const player& me, const step_arguments& a) {
  auto body = body_of(me, a, a[0], 1);
  const value_task started = async(body);
  co_return co_await begun(me, a, started);
}

value_task task_at(const player& me, const term& variable) {
  const auto found = std::static_pointer_cast<value_task>(me.where->kept(variable));
  if (!found) throw argument_error("no task");
  return *found;
}

term as_result(answer<term>& got) {
  if (got.ok()) return tuple(ok, *got);
  return tuple(atom("exit"), got.reason().value());
}
shown as_result(std::optional<answer<term>>& got) { return shown(got ? as_result(*got) : term()); }

task<shown> op_await(const player& me, const step_arguments& a) {
  const value_task t = task_at(me, a[0]);
  const term value =
      co_await t.await(a.size() > 1 ? milliseconds_in(a[1]) : duration(std::chrono::seconds(5)));
  co_return shown(value);
}
task<shown> op_yield(const player& me, const step_arguments& a) {
  const value_task t = task_at(me, a[0]);
  auto got = co_await t.yield(milliseconds_in(a[1]));
  co_return as_result(got);
}
task<shown> op_shutdown(const player& me, const step_arguments& a) {
  const value_task t = task_at(me, a[0]);
  if (a.size() > 1 && a[1].is_atom("brutal_kill")) {
    auto killed = co_await t.shutdown(brutal_kill);
    co_return as_result(killed);
  }
  auto got =
      co_await t.shutdown(a.size() > 1 ? milliseconds_in(a[1]) : duration(std::chrono::seconds(5)));
  co_return as_result(got);
}
task<shown> op_ignore(const player& me, const step_arguments& a) {
  auto got = task_at(me, a[0]).ignore();
  co_return as_result(got);
}

std::vector<value_task> tasks_at(const player& me, const term& list) {
  std::vector<value_task> all;
  for (const term& one : list.elements()) all.push_back(task_at(me, one));
  return all;
}
task<shown> op_await_many(const player& me, const step_arguments& a) {
  const std::vector<value_task> tasks = tasks_at(me, a[0]);
  const duration limit = a.size() > 1 ? milliseconds_in(a[1]) : std::chrono::seconds(5);
  const auto values = co_await await_many(tasks, limit);
  co_return shown(list_from(values));
}
task<shown> op_yield_many(const player& me, const step_arguments& a) {
  const std::vector<value_task> tasks = tasks_at(me, a[0]);
  auto pairs = co_await yield_many(tasks, milliseconds_in(a[1]));
  std::vector<term> all;
  for (auto& [_, got] : pairs) all.push_back(as_result(got).value);
  co_return shown(list_from(all));
}
task<shown> op_completed(const player& me, const step_arguments& a) {
  me.where->keep(a.name(), std::make_shared<value_task>(completed_task(a[0])));
  co_return shown(term(atom("task")), {});
}

task<shown> op_start_task(const player& me, const step_arguments& a) {
  auto body = body_of(me, a, a[0], 0);
  const pid process = start_task(body);
  co_await begin(me, process_name(a, 0), process);
  co_return shown(term(process));
}
task<shown> op_start_task_link(const player& me, const step_arguments& a) {
  auto body = body_of(me, a, a[0], 0);
  const pid process = start_task_link(body);
  co_await begin(me, process_name(a, 0), process);
  co_return shown(term(process));
}

// ---- streams

stream_options stream_options_in(const term& options) {
  stream_options o;
  if (const term* t = option(options, "max_concurrency"))
    o.max_concurrency = static_cast<std::size_t>(t->as_integer().value());
  if (const term* t = option(options, "ordered")) o.ordered = *t == term(true);
  if (const term* t = option(options, "timeout")) o.timeout = milliseconds_in(*t);
  if (const term* t = option(options, "on_timeout"); t != nullptr && t->is_atom("kill_task"))
    o.on_timeout = on_timeout::kill_task;
  if (const term* t = option(options, "zip_input_on_exit")) o.zip_input_on_exit = *t == term(true);
  return o;
}

template <class Stream>
task<shown> given(Stream& stream, const term& options) {
  const term* most = option(options, "take");
  std::vector<term> all;
  while (most == nullptr || static_cast<std::int64_t>(all.size()) < most->as_integer()) {
    auto got = co_await stream.next();
    if (!got) break;
    all.push_back(as_result(*got));
  }
  co_await stream.halt();
  co_return shown(list_from(all));
}

std::vector<term> all_in(const term& list) {
  const auto elements = list.elements();
  return {elements.begin(), elements.end()};
}
element_body element_of(const player& me) { return element_body(player(*me.where, "element")); }

task<shown> op_stream(const player& me, const step_arguments& a) {
  auto stream = async_stream(all_in(a[0]), element_of(me), stream_options_in(a[1]));
  auto result = co_await given(stream, a[1]);
  co_return result;
}

// ---- task supervisors

task_supervisor at(const term& t) {
  return t.is_pid() ? task_supervisor(pid_in(t)) : task_supervisor::named(*t.atom_name());
}

task<shown> op_tasks_start(const player& me, const step_arguments& a) {
  task_supervisor_options o;
  const auto number = [&](std::string_view key, std::size_t& to) {
    if (const term* t = option(a[0], key)) to = static_cast<std::size_t>(t->as_integer().value());
  };
  number("max_children", o.max_children);
  number("max_restarts", o.max_restarts);
  if (const term* t = option(a[0], "name")) o.name = *t->atom_name();
  auto got = co_await attempt(task_supervisor::start_link(o));
  if (!got.ok()) co_return shown(tuple(atom("error"), got.reason().value()), {});
  const pid process = got->process();
  co_await watch(*me.where, a.name(), process, role::other);
  co_return shown(tuple(ok, process), {term(process)});
}

// `starting` is async's or async_nolink's.
template <class Starting>
task<shown> begun_under(const player& me, const step_arguments& a, Starting starting) {
  value_task started;
  bool full = false;
  try {
    started = co_await starting;
  } catch (const std::runtime_error&) {
    full = true;
  }
  if (full) co_return shown(tuple(atom("raised"), atom("max_children")), {});
  auto result = co_await begun(me, a, started);
  co_return result;
}
task<shown> op_tasks_async(const player& me, const step_arguments& a) {
  auto body = body_of(me, a, a[1], 1);
  auto result = co_await begun_under(me, a, at(a[0]).async(body));
  co_return result;
}
task<shown> op_tasks_nolink(const player& me, const step_arguments& a) {
  auto body = body_of(me, a, a[1], 1);
  auto result = co_await begun_under(me, a, at(a[0]).async_nolink(body));
  co_return result;
}

task_child_options child_options_in(const term& options) {
  task_child_options o;
  if (const term* t = option(options, "restart")) {
    if (t->is_atom("permanent")) o.restart = restart_kind::permanent;
    if (t->is_atom("transient")) o.restart = restart_kind::transient;
  }
  if (const term* t = option(options, "shutdown"))
    o.shutdown = t->is_atom("brutal_kill") ? shutdown_limit(brutal_kill)
                                           : shutdown_limit(milliseconds_in(*t));
  return o;
}
task<shown> op_tasks_child(const player& me, const step_arguments& a) {
  const task_supervisor tasks = at(a[0]);
  auto body = body_of(me, a, a[1], 0);
  const task_child_options o = a.size() > 2 ? child_options_in(a[2]) : task_child_options();
  auto got = co_await tasks.start_child(body, o);
  if (!got.ok()) co_return shown(tuple(atom("error"), got.reason().value()), {});
  const pid process = *got;
  co_await begin(me, process_name(a, 0), process);
  co_return shown(tuple(ok, process), {term(process)});
}
task<shown> op_tasks_children(const player& me, const step_arguments& a) {
  const task_supervisor tasks = at(a[0]);
  auto all = co_await tasks.children();
  std::sort(all.begin(), all.end(), [&me](pid x, pid y) {
    return me.where->name_of(term(x)) < me.where->name_of(term(y));
  });
  std::vector<term> shown_ones(all.begin(), all.end());
  co_return shown(list_from(shown_ones));
}
task<shown> op_tasks_terminate(const player&, const step_arguments& a) {
  const task_supervisor tasks = at(a[0]);
  const bool found = co_await tasks.terminate_child(pid_in(a[1]));
  co_return shown(found ? ok : tuple(atom("error"), atom("not_found")));
}
task<shown> op_tasks_stream(const player& me, const step_arguments& a) {
  const task_supervisor tasks = at(a[0]);
  auto stream = tasks.async_stream(all_in(a[1]), element_of(me), stream_options_in(a[2]));
  auto result = co_await given(stream, a[2]);
  co_return result;
}
task<shown> op_tasks_stream_nolink(const player& me, const step_arguments& a) {
  const task_supervisor tasks = at(a[0]);
  auto stream = tasks.async_stream_nolink(all_in(a[1]), element_of(me), stream_options_in(a[2]));
  auto result = co_await given(stream, a[2]);
  co_return result;
}

}  // namespace

void add_task_operations(operation_table& to) {
  to.insert({{"async", &op_async},
             {"await", &op_await},
             {"yield", &op_yield},
             {"shutdown", &op_shutdown},
             {"ignore", &op_ignore},
             {"await_many", &op_await_many},
             {"yield_many", &op_yield_many},
             {"completed", &op_completed},
             {"start_task", &op_start_task},
             {"start_task_link", &op_start_task_link},
             {"stream", &op_stream},
             {"tasks_start", &op_tasks_start},
             {"tasks_async", &op_tasks_async},
             {"tasks_nolink", &op_tasks_nolink},
             {"tasks_child", &op_tasks_child},
             {"tasks_children", &op_tasks_children},
             {"tasks_terminate", &op_tasks_terminate},
             {"tasks_stream", &op_tasks_stream},
             {"tasks_stream_nolink", &op_tasks_stream_nolink}});
}

}  // namespace differential
