// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/scheduler.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>

#include "beamish/runtime/log.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/runner.hpp"

namespace beamish::inline v0::detail {

namespace {

// Signals of the operating system belong to the program's own threads.
void block_signals() noexcept {
  sigset_t all;
  ::sigfillset(&all);
  for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) ::sigdelset(&all, fault);
  ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

void run_turn(worker& me, process_slot& slot) noexcept {
  me.turns.store(me.turns.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  me.running_id.store(slot.id, std::memory_order_relaxed);
  me.busy.store(true, std::memory_order_relaxed);
  run_slot(me, slot);
}

}  // namespace

scheduler::scheduler(node_core& core, std::uint32_t workers) : core_(core), wanted_(workers) {
  coarse_now_.store(core.now(), std::memory_order_relaxed);
}

scheduler::~scheduler() { stop(); }

void scheduler::start() {
  if (wanted_ == 0) {
    add_worker(false);
    return;
  }
  monitor_thread_ = std::thread([this] { monitor(); });
  for (std::uint32_t i = 0; i < wanted_; ++i) {
    worker* w = add_worker(false);
    w->thread = std::thread([this, w] { run(*w); });
  }
}

worker* scheduler::add_worker(bool spare) {
  const std::uint32_t i = count_.load(std::memory_order_relaxed);
  workers_[i] = std::make_unique<worker>(core_);
  workers_[i]->spare = spare;
  count_.store(i + 1, std::memory_order_release);
  return workers_[i].get();
}

void scheduler::stop() noexcept {
  if (stop_.exchange(true)) return;
  core_.idle.notify_all();
  spare_parking_.notify_all();
  monitor_parking_.notify_all();
  if (monitor_thread_.joinable()) monitor_thread_.join();
  for (std::uint32_t i = 0; i < count_.load(); ++i) {
    if (workers_[i]->thread.joinable()) workers_[i]->thread.join();
  }
}

void scheduler::run(worker& me) noexcept {
  block_signals();
  set_current_context(&me);
  while (!stop_.load(std::memory_order_relaxed)) {
    if (me.budget <= 0) end_slice(me);
    if (process_slot* slot = me.next()) {
      run_turn(me, *slot);
      continue;
    }
    if (me.spare && stuck_.load(std::memory_order_relaxed) == 0) {
      const auto key = spare_parking_.prepare();
      me.busy.store(false, std::memory_order_relaxed);
      // Somebody may have got stuck since the look above, when there was no sleeper to be woken.
      if (stop_.load() || stuck_.load(std::memory_order_seq_cst) != 0) {
        spare_parking_.cancel();
        continue;
      }
      // The wake-up for a timer may have come here: it is left to a worker, if all of them sleep.
      if (core_.timers.next_deadline() != timer_service::never) core_.idle.notify_one();
      falls_asleep(me);
      spare_parking_.commit(key, -1);
      awakes();
      continue;
    }
    if (!steal(me)) sleep(me);
  }
  set_current_context(nullptr);
}

bool scheduler::steal(worker& me) noexcept {
  const std::uint32_t count = count_.load(std::memory_order_acquire);
  for (std::uint32_t i = 0; i < count; ++i) {
    worker& victim = *workers_[i];
    if (&victim == &me || !victim.overloaded.load(std::memory_order_relaxed)) continue;
    if (victim.ring.steal_half_into(me.ring) != 0) return true;
    if (process_slot* fresh = victim.spawned.exchange(nullptr, std::memory_order_acq_rel)) {
      while (fresh != nullptr) {
        process_slot* next = fresh->run_next.load(std::memory_order_relaxed);
        me.push_back(fresh);
        fresh = next;
      }
      return true;
    }
    if (process_slot* slot =
            victim.ring.has_lifo() ? victim.ring.exchange_lifo(nullptr) : nullptr) {
      me.push_back(slot);
      return true;
    }
    victim.overloaded.store(false, std::memory_order_relaxed);
  }
  return false;
}

void scheduler::end_slice(worker& me) noexcept {
  const std::int64_t now = core_.now();
  me.fit_slice(now);
  fire_timers(me, now);
}

void scheduler::fire_timers(worker& me, std::int64_t now) noexcept {
  if (core_.timers.next_deadline() > now) return;
  const std::size_t fired = core_.timers.fire_due(core_, now);
  const bool all = fired < timer_service::batch;
  if (all && (fired == 0 || fired >= timer_crowd)) me.rests_until = now + timer_rest;
}

// A worker fires timers when it has nothing to do and between two slices: what is left here
// belongs to workers that do neither.
void scheduler::fire_forgotten_timers(std::int64_t now) noexcept {
  while (core_.timers.next_deadline() <= now - timer_backup &&
         core_.timers.fire_due(core_, now) != 0) {
  }
}

void scheduler::sleep(worker& me) noexcept {
  me.busy.store(false, std::memory_order_relaxed);
  const auto key = core_.idle.prepare();
  const std::int64_t now = core_.now();
  coarse_now_.store(now, std::memory_order_relaxed);
  const std::int64_t next = core_.timers.next_deadline();
  const bool keeps = next < timer_keeper_until_.load(std::memory_order_relaxed);
  const std::int64_t soonest = std::max(next, me.rests_until);
  const std::int64_t wake = keeps ? soonest : deadline_after(soonest, timer_backup);
  if (wake <= now || me.has_work() || core_.ready_count.load(std::memory_order_seq_cst) != 0 ||
      stop_.load(std::memory_order_seq_cst)) {
    core_.idle.cancel();
    fire_timers(me, now);
    return;
  }
  if (keeps) timer_keeper_until_.store(next, std::memory_order_relaxed);
  falls_asleep(me);
  core_.idle.commit(key, next == timer_service::never ? -1 : wake - now);
  std::int64_t kept = next;
  if (keeps)
    timer_keeper_until_.compare_exchange_strong(kept, timer_service::never,
                                                std::memory_order_relaxed);
  // What begins now shall not seem to have begun when everybody fell asleep.
  coarse_now_.store(core_.now(), std::memory_order_relaxed);
  awakes();
}

// A spare counts like any other: it may get stuck as well, when nobody else is awake to see it.
void scheduler::falls_asleep(worker& me) noexcept {
  me.slice_began = 0;
  asleep_.fetch_add(1, std::memory_order_seq_cst);
}

void scheduler::awakes() noexcept {
  const std::uint32_t all = count_.load(std::memory_order_acquire);
  if (asleep_.fetch_sub(1, std::memory_order_seq_cst) == all) monitor_parking_.notify_one();
}

void scheduler::timer_is_earlier() noexcept {
  if (wanted_ != 0) {
    core_.idle.notify_one();
    return;
  }
  // The loop looks at the next deadline after each poll: only other threads have to tell it.
  if (current_context() != workers_[0].get()) core_.wake_poller();
}

// ---- the monitor

void scheduler::monitor() noexcept {
  block_signals();
  while (!stop_.load(std::memory_order_relaxed)) {
    const auto key = monitor_parking_.prepare();
    if (stop_.load()) return monitor_parking_.cancel();
    const std::uint32_t all = count_.load(std::memory_order_acquire);
    const bool all_asleep = all >= wanted_ && asleep_.load(std::memory_order_seq_cst) == all;
    monitor_parking_.commit(key, all_asleep ? -1 : monitor_period);
    const std::int64_t now = core_.now();
    coarse_now_.store(now, std::memory_order_relaxed);
    fire_forgotten_timers(now);
    const std::uint32_t count = count_.load(std::memory_order_acquire);
    for (std::uint32_t i = 0; i < count; ++i) watch(*workers_[i], now);
  }
}

void scheduler::watch(worker& w, std::int64_t now) noexcept {
  const std::uint64_t turns = w.turns.load(std::memory_order_relaxed);
  const std::uint64_t turned = turns - w.turns_seen;
  w.turns_seen = turns;
  const bool busy = w.busy.load(std::memory_order_relaxed);
  if (!busy || turned != 0) {
    if (w.stuck_since != 0 && w.reported) stuck_.fetch_sub(1, std::memory_order_relaxed);
    w.reported = false;
    w.stuck_since = busy ? now : 0;
  } else if (w.stuck_since == 0) {
    w.stuck_since = now;
  } else if (!w.reported && now - w.stuck_since >= stuck_after) {
    w.reported = true;
    stuck_.fetch_add(1, std::memory_order_seq_cst);
    const std::uint32_t id = w.running_id.load(std::memory_order_relaxed);
    if (id != std::exchange(w.named_id, id)) report_stuck(core_, id, now - w.stuck_since);
    add_spare();
  }
  // A queue that has not turned over twice since the last look deserves another core; so does one
  // that turns over only because slices of long messages are short.
  const bool waiting = w.has_work();
  const bool slow =
      turned < 2 * (w.ring.size() + 1) || w.works_long.load(std::memory_order_relaxed);
  w.overloaded.store(busy && waiting && slow, std::memory_order_relaxed);
  if (busy && waiting && slow && !core_.idle.notify_one() && w.reported)
    spare_parking_.notify_one();
}

void scheduler::add_spare() noexcept {
  const std::uint32_t needed = stuck_.load(std::memory_order_relaxed);
  if (spare_parking_.notify_one()) return;
  if (spares_.load(std::memory_order_relaxed) >= needed ||
      spares_.load(std::memory_order_relaxed) >= max_spares) {
    return;
  }
  try {
    worker* w = add_worker(true);
    w->thread = std::thread([this, w] { run(*w); });
    spares_.fetch_add(1, std::memory_order_relaxed);
  } catch (const std::exception& failure) {
    log_warning(core_, "no thread for a spare worker: " + std::string(failure.what()));
  }
}

// ---- poll mode

bool scheduler::poll(std::uint32_t most) {
  worker& me = *workers_[0];
  context* before = set_current_context(&me);
  const std::int64_t now = core_.now();
  coarse_now_.store(now, std::memory_order_relaxed);
  fire_timers(me, now);
  process_slot* slot = nullptr;
  for (std::uint32_t i = 0; i < most && (slot = me.next()) != nullptr; ++i) run_turn(me, *slot);
  set_current_context(before);
  return me.has_work() || core_.ready_count.load(std::memory_order_seq_cst) != 0 ||
         core_.timers.next_deadline() <= now;
}

}  // namespace beamish::inline v0::detail
