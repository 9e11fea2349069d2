// SPDX-License-Identifier: Apache-2.0
#include "beamish/jobs/task_handler.hpp"

#include <utility>

#include "beamish/jobs/task_tree.hpp"
#include "beamish/otp/call.hpp"
#include "beamish/otp/start.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/term/conversion_result.hpp"

namespace beamish::inline v0 {

term task_handler_status::as_term() const {
  std::vector<term> running(tasks.begin(), tasks.end());
  running.insert(running.end(), abandoned.begin(), abandoned.end());
  const std::vector<term> waiting(queue.begin(), queue.end());
  return structure(
      elixir_module("TaskHandler"),
      {{"task_limit", task_limit}, {"tasks", list_from(running)}, {"queue", list_from(waiting)}});
}

namespace {

using handler_server = detail::task_handler_server;

detail::table_options table_options_of(const task_handler_options& o) {
  detail::table_options t;
  t.task_limit = o.task_limit;
  t.queue_limit = o.queue_limit;
  t.when_lost = o.when_lost;
  t.drain = o.drain;
  if (o.shared_limit != nullptr) t.shared = o.shared_limit->slots();
  return t;
}

std::shared_ptr<detail::task_home> home_of(const task_handler_options& o) {
  if (o.registry_name != nullptr) {
    detail::throw_argument_error(
        "task_handler: a tree can't have the name of a registry, since its supervisor is found by "
        "its name: give it one, as .name = \"jobs\", or use start_link");
  }
  return std::make_shared<detail::task_home>(
      table_options_of(o), detail::tree_options{std::string(o.name), o.max_restarts});
}

// The handler goes by value: a task may be awaited when its task_handler has gone. What a handler
// that was killed had not answered, it had not begun.
template <class M, class... Args>
task<detail::reply_t<M>> ask(detail::handler_reference to, Args... args) {
  for (;;) {
    const pid asked = to.address().resolve();
    auto got = co_await try_call<M>(to.address(), args...);
    if (got.ok()) {
      if constexpr (std::is_void_v<detail::reply_t<M>>)
        co_return;
      else
        co_return std::move(*got);
    }
    if (alive(asked)) throw exited(got.reason());
    const bool back = co_await detail::comes_back(to, asked);
    if (!back) throw exited(got.reason());
  }
}

}  // namespace

task<task_handler> task_handler::start_link(options o) {
  start_options named;
  if (o.registry_name == nullptr) named.name = o.name;
  named.registry_name = o.registry_name;
  auto table = std::make_shared<detail::task_table>(table_options_of(o));
  auto where = std::make_shared<detail::task_address>();
  auto started = co_await beamish::start_link<handler_server>(named, table, where, false);
  co_return task_handler(started.process());
}

task<task_handler> task_handler::start_tree(options o) {
  auto home = home_of(o);
  const std::string name = detail::supervisor_name(o.name);
  task_handler t = o.name.empty() ? task_handler() : task_handler::named(o.name);
  if (o.name.empty()) t.to_.where = home->where;
  start_options named;
  named.name = name;
  auto starting = supervisor::start_link<detail::task_tree>(named, home);
  co_await starting;
  co_return t;
}

child_specification task_handler::child_spec(const options& o) {
  if (o.name.empty())
    detail::throw_argument_error("task_handler::child_spec: without a name nobody can find it");
  const std::string name = detail::supervisor_name(o.name);
  child_options named;
  named.name = name;
  named.id = o.name;
  named.shutdown = shutdown_limit::wait();
  return beamish::child_spec<detail::task_tree>(named, home_of(o));
}

task<task_handler_status> task_handler::status() const { return ask<handler_server::status>(to_); }
task<> task_handler::set_limit(std::size_t limit) const {
  return ask<handler_server::set_limit>(to_, limit);
}
task<bool> task_handler::cancel(task_id id) const { return ask<handler_server::cancel>(to_, id); }
task<> task_handler::subscribe() const { return ask<handler_server::subscribe>(to_, self()); }
task<> task_handler::unsubscribe() const {
  auto asking = ask<handler_server::unsubscribe>(to_, self());
  co_await asking;
}

task<> task_handler::stop(duration drain) const {
  const detail::handler_reference to = to_;
  if (drain > duration::zero()) {
    auto telling = ask<handler_server::set_drain>(to, drain);
    co_await telling;
  }
  const pid supervisor = to.supervisor();
  co_await beamish::stop(supervisor ? supervisor : to.address().resolve());
}

}  // namespace beamish::inline v0
