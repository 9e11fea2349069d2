// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/task_supervisor.hpp"

#include <algorithm>

#include "beamish/otp/sys.hpp"
#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/timer.hpp"

namespace beamish::inline v0 {

namespace detail {

namespace {

task_body& body_of(process_slot& slot) noexcept {
  return *static_cast<task_body*>(static_cast<coroutine_body*>(slot.body));
}

// In the current process, which becomes the owner of `fresh`.
task_owner own(process_slot* fresh, pid process, bond how) {
  self_access me;
  task_owner owner{pid_of(*me), next_reference(*me)};
  extra_of(*me).requests.insert(count_of(owner.id));
  const bool owned = how == bond::element;
  try {
    if (fresh != nullptr)
      owner.record = start_monitor_of_new(*me, *fresh, owner.id, owned);
    else
      owner.record = start_monitor(*me, process, owner.id, term());
    owner.record->owns = owned;
    if (how != bond::task) return owner;
    if (fresh != nullptr)
      start_link_with_new(*me, *fresh);
    else
      beamish::detail::start_link(*me, process);
  } catch (...) {
    end_alias_of_monitor(*me, owner.id);
    if (owner.record != nullptr) stop_monitor(*me, owner.record);
    throw;
  }
  return owner;
}

}  // namespace

fresh_task::fresh_task(process_slot& slot) noexcept
    : slot_(&slot), process_(pid_of(slot)), kind_(kind::on_worker) {}

fresh_task::~fresh_task() {
  if (kind_ == kind::refused) return;
  try {
    if (kind_ == kind::on_thread) {
      exit(process_, exit_reason::shutdown());
    } else {
      body_of(*slot_).start = [](coroutine_body&) { throw exited(exit_reason::shutdown()); };
      finish_spawn(*slot_);
    }
  } catch (...) {
    // Without memory for the signal the thread waits on, until its supervisor ends.
  }
}

task_key fresh_task::begin(bond how) {
  const task_owner owner = own(slot_, process_, how);
  if (std::exchange(kind_, kind::refused) == kind::on_thread) {
    send(process_, task_go{owner.process, owner.id});
  } else {
    body_of(*slot_).owner = owner;
    finish_spawn(*slot_);
  }
  return {process_, owner.id, owner.record};
}

void prepared_task::set_callers(lineage* callers) noexcept {
  lineage*& place = threaded() ? thread_->callers : body_->callers;
  release(std::exchange(place, callers));
}

process_slot& prepared_task::spawn() {
  reference none;
  process_slot& slot = prepare_spawn(current_node(), *type_, bond::link, none);
  slot.body = static_cast<coroutine_body*>(std::exchange(body_, nullptr));
  return slot;
}

pid prepared_task::spawn_on_thread(bool waits) {
  thread_->waits = waits;
  reference none;
  std::unique_ptr<thread_function> function = std::move(thread_);
  return spawn_thread_with(function, *type_, bond::link, none, pid{});
}

task_factory::~task_factory() { release(callers); }

// ---- the server

void task_supervisor_server::init(std::size_t max_children, std::size_t max_restarts,
                                  duration max_seconds) {
  trap_exits(true);
  max_children_ = max_children;
  max_restarts_ = max_restarts;
  max_seconds_ = max_seconds;
}

fresh_task task_supervisor_server::handle_call(start_owned& m) {
  if (is_full()) return fresh_task();
  if (m.task.threaded()) {
    fresh_task fresh(m.task.spawn_on_thread(true));
    all_.insert({fresh.process(), restart_kind::temporary, m.shutdown, nullptr});
    return fresh;
  }
  fresh_task fresh(m.task.spawn());
  all_.insert({fresh.process(), restart_kind::temporary, m.shutdown, nullptr});
  return fresh;
}

pid task_supervisor_server::start(prepared_task& task) {
  return task.threaded() ? task.spawn_on_thread(false) : finish_spawn(task.spawn());
}

child_started task_supervisor_server::handle_call(start_child& m) {
  if (is_full()) return {};
  const pid process = start(m.task);
  all_.insert({process, m.options.restart, m.options.shutdown, std::move(m.again)});
  return {process};
}

std::vector<pid> task_supervisor_server::handle_call(children&) {
  std::vector<pid> pids;
  pids.reserve(all_.size());
  all_.each([&](const task_child& c) { pids.push_back(c.process); });
  return pids;
}

namespace {

bool is_brutal(const task_child& c) noexcept { return c.shutdown == shutdown_limit(brutal_kill); }
void tell_to_end(const task_child& c) {
  exit(c.process, is_brutal(c) ? exit_reason::kill() : exit_reason::shutdown());
}
// How long it may take then.
duration limit_of(const task_child& c) noexcept {
  return is_brutal(c) ? infinity : c.shutdown.time;
}

}  // namespace

task<bool> task_supervisor_server::handle_call(terminate_child& m) {
  const pid process = m.process;
  const task_child* child = all_.find(process);
  if (child == nullptr) co_return false;
  // A child that has unlinked itself tells its end to a monitor only.
  const reference id = monitor(process);
  tell_to_end(*child);
  const auto is_it = [&](const down_message& d) { return d.id == id; };
  auto waiting = receive_if<down_message>(limit_of(*child), is_it);
  auto ended = co_await waiting;
  if (!ended) {
    exit(process, exit_reason::kill());
    auto killed = receive_if<down_message>(is_it);
    co_await killed;
  }
  all_.erase(process);
  co_return true;
}

bool task_supervisor_server::too_many_restarts() {
  const duration time = now();
  std::erase_if(restarts_, [&](duration r) { return r + max_seconds_ < time; });
  restarts_.push_back(time);
  return restarts_.size() > max_restarts_;
}

task_supervisor_server::outcome task_supervisor_server::handle_info(exit_message& m) {
  if (all_.find(m.from) == nullptr) return noreply();
  task_child child = all_.erase(m.from);
  const bool again = child.restart == restart_kind::permanent ||
                     (child.restart == restart_kind::transient && !m.reason.is_expected());
  if (!again || child.again == nullptr) return noreply();
  if (too_many_restarts()) return gen_server::stop(exit_reason::shutdown());
  prepared_task fresh = child.again->make();
  fresh.set_callers(retain(child.again->callers));
  child.process = start(fresh);
  all_.insert(std::move(child));
  return noreply();
}

// All are told at once, and each has its own time.
task<> task_supervisor_server::terminate(const exit_reason&) {
  std::vector<std::pair<duration, pid>> limits;
  const duration begun = now();
  all_.each([&](const task_child& c) {
    monitor(c.process);
    tell_to_end(c);
    const duration limit = limit_of(c);
    if (limit.count() >= 0) limits.emplace_back(begun + limit, c.process);
  });
  std::sort(limits.begin(), limits.end());
  std::size_t next = 0;
  while (all_.size() > 0) {
    while (next < limits.size() && all_.find(limits[next].second) == nullptr) ++next;
    const duration left =
        next == limits.size() ? infinity : std::max(duration(0), limits[next].first - now());
    auto news = co_await receive<down_message, exit_message>(left);
    if (!news) {
      exit(limits[next++].second, exit_reason::kill());
    } else if (const auto* ended = std::get_if<down_message>(&*news)) {
      if (all_.find(ended->process) != nullptr) all_.erase(ended->process);
    }
  }
}

// %Task.Supervisor{children: 2, max_children: :infinity}
term task_supervisor_server::format_status() {
  const term most = max_children_ == task_supervisor_options::no_limit ? term(atom("infinity"))
                                                                       : term(max_children_);
  return structure(elixir_module("Task.Supervisor"),
                   {{"children", all_.size()}, {"max_children", most}});
}

// ---- who asks

namespace {

lineage* callers_of_new_task() {
  self_access me;
  return callers_for_tasks(*me);
}

}  // namespace

task<task_key> start_owned(kept_address to, prepared_task task, bond how) {
  task.set_callers(callers_of_new_task());
  auto asking =
      call<task_supervisor_server::start_owned>(within(infinity), to.address(), std::move(task),
                                                shutdown_limit::after(std::chrono::seconds(5)));
  auto fresh = co_await asking;
  if (fresh.refused()) {
    throw std::runtime_error(
        "task_supervisor: it has max_children tasks already: await some, or give it a larger "
        "max_children");
  }
  co_return fresh.begin(how);
}

task<answer<pid>> start_child_of(kept_address to, prepared_task task,
                                 std::unique_ptr<task_factory> again, task_child_options o) {
  task.set_callers(callers_of_new_task());
  if (again != nullptr) again->callers = callers_of_new_task();
  auto asking = call<task_supervisor_server::start_child>(within(infinity), to.address(),
                                                          std::move(task), std::move(again), o);
  const child_started started = co_await asking;
  if (started.process) co_return answer<pid>(std::in_place, started.process);
  co_return answer<pid>(exit_reason(atom("max_children")));
}

}  // namespace detail

task<task_supervisor> task_supervisor::start_link(options o) {
  start_options named;
  named.name = o.name;
  named.registry_name = o.registry_name;
  auto server = co_await beamish::start_link<detail::task_supervisor_server>(
      named, o.max_children, o.max_restarts, o.max_seconds);
  co_return task_supervisor(server.process());
}

child_specification task_supervisor::child_spec(const options& o) {
  auto spec = beamish::child_spec<detail::task_supervisor_server>(
      {.name = o.name, .registry_name = o.registry_name}, o.max_children, o.max_restarts,
      o.max_seconds);
  spec.id = o.name.empty() ? term(elixir_module("Task.Supervisor")) : term(atom(o.name));
  if (o.registry_name != nullptr) spec.id = o.registry_name->name();
  return spec;
}

namespace {

// The supervisor goes by value: a task may be awaited when it has gone.
task<std::vector<pid>> ask_children(task_supervisor of) {
  co_return co_await call<detail::task_supervisor_server::children>(within(infinity), of.address());
}
task<bool> ask_to_terminate(task_supervisor of, pid child) {
  co_return co_await call<detail::task_supervisor_server::terminate_child>(within(infinity),
                                                                           of.address(), child);
}
task<> ask_to_stop(task_supervisor of, exit_reason reason, duration limit) {
  co_await beamish::stop(of.address(), reason, limit);
}

}  // namespace

task<std::vector<pid>> task_supervisor::children() const { return ask_children(*this); }
task<bool> task_supervisor::terminate_child(pid child) const {
  return ask_to_terminate(*this, child);
}
task<> task_supervisor::stop(exit_reason reason, duration limit) const {
  return ask_to_stop(*this, std::move(reason), limit);
}

}  // namespace beamish::inline v0
