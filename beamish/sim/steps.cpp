// SPDX-License-Identifier: Apache-2.0
//
// The steps of a simulation: what can happen, and what happens then.
// tested in: steps_test.cpp
#include <algorithm>

#include "beamish/runtime/blocking.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/request.hpp"
#include "beamish/runtime/runner.hpp"
#include "beamish/sim/batons.hpp"
#include "beamish/sim/disk.hpp"
#include "beamish/sim/signal_text.hpp"
#include "beamish/sim/simulation.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::sim {

using detail::pid_of;

// ---- choosing

simulation::possibilities simulation::look() noexcept {
  possibilities can{};
  can.events = agenda_.size();
  if (!threads_->empty()) can.threads = threads_->runnable(now_);
  for (const auto& n : nodes_) {
    auto& timers = n->core().timers;
    if (timers.next_deadline() <= now_ && timers.has_due(now_)) ++can.timers;
  }
  for (const blocking_run& r : jobs_) {
    if (r.deadline <= now_) ++can.jobs;
  }
  return can;
}

// Priorities need to know whose turn each would be, and may starve nobody for ever. A lane is what
// they take for one: a process; of signals, the pair of sender and receiver.
std::uint32_t simulation::choose_next(const possibilities& can) {
  constexpr std::uint64_t patience = 1000;
  if (!oracle_.needs_lanes()) return oracle_.choose(choice::next, can.total());
  lanes_.clear();
  for (std::uint32_t i = 0; i < can.events; ++i) lanes_.push_back(agenda_.at(i).lane);
  for (std::uint32_t i = 0; i < can.threads; ++i)
    lanes_.push_back(number_of(threads_->at(i).self, pid{}));
  for (std::uint32_t i = 0; i < can.timers; ++i) lanes_.push_back(number_of(pid{}, pid{1, i, 0}));
  for (std::uint32_t i = 0; i < can.jobs; ++i) lanes_.push_back(number_of(pid{}, pid{2, i, 0}));
  const bool starves = can.total() != can.events && steps_ % patience == 0;
  const bool overdue = can.events != 0 && steps_ - agenda_.at(0).since > patience;
  return oracle_.choose_next(lanes_, overdue || starves);
}

bool simulation::step_before(std::int64_t limit) {
  if (!disks_->all_on()) crash_without_power();
  if (faults_.on && !faults_.step_kinds.empty()) maybe_fault();
  if (now_ >= faults_.next_end) pass_faults_by();
  agenda_.reach(now_, steps_);
  possibilities can = look();
  while (can.total() == 0) {
    if (looks_for_circles_) stuck_ = find_circle();
    if (!stuck_.empty()) return true;
    if (!jump(limit)) return false;
    if (now_ >= faults_.next_end) pass_faults_by();
    agenda_.reach(now_, steps_);
    can = look();
  }
  ++steps_;
  happen(can, choose_next(can));
  if (watcher_) watcher_();
  return true;
}

void simulation::happen(const possibilities& can, std::uint32_t pick) {
  if (pick < can.events) return happen(agenda_.take(pick));
  pick -= can.events;
  if (pick < can.threads) return run_thread(pick);
  pick -= can.threads;
  if (pick < can.timers) return fire_timer(pick);
  run_job(pick - can.timers);
}

void simulation::happen(const event& e) {
  if (e.slot != nullptr) return run_process(*e.slot);
  if (!under_way_.holds(e.channel)) return;  // what was in it is lost
  let_arrive(e.channel);
  if (under_way_.holds(e.channel)) channel_opens(e.channel);
}

bool simulation::jump(std::int64_t limit) noexcept {
  std::int64_t next = std::min(agenda_.next_time(), faults_.next_end);
  for (const auto& n : nodes_) next = std::min(next, n->core().timers.next_deadline());
  for (const blocking_run& r : jobs_) next = std::min(next, r.deadline);
  next = std::min(next, threads_->next_deadline());
  if (next == no_limit || next > limit) return false;
  now_ = std::max(now_, next);
  return true;
}

// ---- happening

void simulation::run_process(detail::process_slot& slot) {
  const pid p = pid_of(slot);
  context_.node = slot.node;
  context_.budget = choose_slice();
  record("run", p, pid{});
  const bool failing = memory_runs_out(p);
  detail::run_slot(context_, slot);
  if (trace_.keeps_events() && detail::find_slot(p) == &slot) tell_name(slot);
  if (failing) context_.pool.set_fail_never();
}

void simulation::tell_name(const detail::process_slot& slot) {
  const pid p = pid_of(slot);
  if (slot.has(detail::slot_flag::has_name)) return trace_.call(p, slot.node->names.name_of(p));
  tell_label(slot, p);
}

void simulation::tell_label(const detail::process_slot& slot, pid p) {
  if (slot.extra == nullptr || slot.extra->label.is_nil()) return;
  const term& label = slot.extra->label;
  trace_.call(p, label.is_binary() ? std::string(*label.as_binary()) : inspect(label));
}

void simulation::let_arrive(std::uint32_t channel) {
  const pid from = under_way_.from(channel), to = under_way_.to(channel);
  detail::signal* const s = under_way_.take(channel);
  record("arrive", from, to, word_of(*s));
  arriving_at_ = to;
  detail::arrive(to, s);
  arriving_at_ = pid{};
}

void simulation::run_thread(std::uint32_t which) {
  record("thread", threads_->at(which).self, pid{});
  threads_->run(which);
}

void simulation::fire_timer(std::uint32_t which) {
  auto at = nodes_.begin();
  while (!(*at)->core().timers.has_due(now_) || which-- != 0) ++at;
  detail::node_core& core = (*at)->core();
  context_.node = &core;
  at_once_ = firing_ = true;
  core.timers.fire_one(
      core, now_,
      [](void* me, std::uint32_t count) {
        return static_cast<simulation*>(me)->oracle_.choose(choice::timer, count);
      },
      this);
  at_once_ = firing_ = false;
}

void simulation::run_job(std::uint32_t which) {
  auto at = jobs_.begin();
  while (at->deadline > now_ || which-- != 0) ++at;
  detail::blocking_job& job = *at->job;
  jobs_.erase(at);
  record("blocking", job.owner, pid{});
  // In the real world the function runs on a thread that belongs to no node.
  detail::context outside(detail::the_program().depot);
  const auto home = std::find_if(nodes_.begin(), nodes_.end(),
                                 [&](const auto& n) { return n->core().index == job.owner.node; });
  outside.files = home == nodes_.end() ? &disks_->of_nobody() : &disk_of((*home)->core());
  detail::set_current_context(&outside);
  job.run(job);
  detail::set_current_context(&context_);
  at_once_ = true;
  detail::job_finished(job);
  at_once_ = false;
}

// ---- what the runtime asks

std::int64_t simulation::wall_clock() noexcept {
  constexpr std::int64_t begin = 1'600'000'000'000'000'000;  // some day in 2020
  return begin + now_ + faults_.clock_jump;
}

void simulation::ready(detail::process_slot& slot) noexcept {
  const event e{&slot, 0, number_of(pid_of(slot), pid{}), 0};
  const std::int64_t delay = faults_.slow.empty() ? 0 : faults_.delay_of(slot.node->index);
  if (delay != 0) return agenda_.add_later(now_ + delay, e);
  agenda_.add(e, steps_);
}

// Between a callee that runs inside its caller and that caller nothing is under way (see
// choose_inline), and its answer will not travel: so what it sends before must not, either.
bool simulation::arrives_at_once(pid from, pid to) const noexcept {
  if (from == to || at_once_) return true;
  const detail::process_slot* running = context_.current;
  return context_.inline_call != nullptr && running != nullptr && pid_of(*running) == from &&
         static_cast<const detail::request_base*>(context_.inline_call)->from == to;
}

// A dying process answers what is left in its mailbox after its slot got the next serial.
pid simulation::true_sender(pid from) const noexcept {
  if (!from) return arriving_at_;
  const detail::process_slot* running = context_.current;
  if (running != nullptr && running->has(detail::slot_flag::exiting) &&
      !running->has(detail::slot_flag::alive) && pid_of(*running) == from) {
    --from.serial;
  }
  return from;
}

void simulation::transmit(pid from, pid to, detail::signal* s) noexcept {
  from = true_sender(from);
  using way = trace_event::way;
  record("send", from, to, word_of(*s));
  const bool kept = trace_.keeps_events();
  if (kept) trace_.tell(way::under_way, trace_.with_names(text_of(*s)));
  if (lost(from, to, s)) return kept ? trace_.travels(way::lost) : void();
  if (arrives_at_once(from, to)) {
    if (kept) trace_.travels(firing_ ? way::by_timer : way::at_once);
    return detail::arrive(to, s);
  }
  if (const auto channel = under_way_.send(from, to, s)) channel_opens(*channel);
}

bool simulation::choose_inline(pid from, pid to) noexcept {
  if (under_way_.between(from, to) || under_way_.between(to, from)) return false;
  // The plain call runs inside its caller: no step instead of four. Drawn as a rate, since by that
  // the kept seeds mean what they meant when the plain call was a queued one.
  constexpr double half[] = {0.5};
  const bool chosen = oracle_.choose_rarely(choice::queued_call, half) == 0;
  if (chosen) record("inline", from, to);
  return chosen;
}

std::int32_t simulation::choose_slice() noexcept {
  // The plain slice is the longest: fewer turns do the same.
  return 4 - static_cast<std::int32_t>(oracle_.choose(choice::slice, 4));
}

void simulation::start_thread(detail::thread_state& t) { threads_->start(t); }
void simulation::wake_thread(detail::thread_state& t) noexcept { threads_->wake(t); }
void simulation::thread_waits(detail::thread_state& t) { threads_->wait(t); }
void simulation::thread_ended(detail::thread_state& t) noexcept { threads_->ended(t); }

void simulation::run_blocking(detail::blocking_job& job) {
  constexpr std::int64_t durations[] = {1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};
  const std::uint32_t chosen = oracle_.choose(choice::duration, std::size(durations));
  jobs_.push_back({now_ + durations[chosen], &job});
}

void simulation::note(const char* what, pid who, pid other, const exit_reason* why) noexcept {
  const bool kept = trace_.keeps_events();
  const detail::process_slot* const born =
      std::string_view(what) == "spawn" ? detail::find_slot(who) : nullptr;
  if (born != nullptr) trace_.born(who, kept ? detail::initial_call_of(*born) : std::string());
  record(what, who, other);
  if (!kept) return;
  std::string more;
  if (why != nullptr) {
    more = trace_.with_names(inspect(*why));
    if (context_.current != nullptr) tell_label(*context_.current, who);
  }
  if (born != nullptr && born->links != nullptr) more = "linked";
  if (born != nullptr && born->watchers != nullptr) more = "monitored";
  tell(std::move(more));
}

void simulation::mark(std::string_view text) {
  if (!trace_.keeps_events()) return;
  const detail::process_slot* running = context_.current;
  trace_.mark(steps_, now_, running == nullptr ? pid{} : pid_of(*running), std::string(text));
}

}  // namespace beamish::inline v0::sim
