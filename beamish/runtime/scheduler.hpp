// SPDX-License-Identifier: Apache-2.0
//
// The real scheduler of a node: workers that run ready processes, and a monitor that watches them.
//
// A worker runs, in this order: the process it has just woken (so that a pair of processes that
// talk stays on one core), freshly spawned ones newest first (so that a tree of processes is walked
// depth first, in little memory), its ring, the global list. All share a budget of 1,000 messages,
// or of fewer if these take long, after which the ring goes first; every 61st turn begins with the
// global list.
//
// Timers are fired by a worker that has nothing to do, and by each between two slices: a few
// hundred at a time, then their receivers run.
//
// Waking a second worker costs more than most messages. So nobody wakes one for a push to a ring:
// the monitor looks every 2 ms, and where a worker's queues have not turned over since the last
// look, or its messages take long, it wakes an idle worker, which steals half. A worker inside one
// callback for more than 10 ms is reported by name, and a spare worker takes over what it holds.
// Work from outside (inject) wakes a worker at once.
//
// Invariant: a ready process is in exactly one place, and a process is never lost when its worker
// sleeps, because a worker sleeps only after it announced that and found all its own queues and the
// global empty.
// tested in: scheduler_test.cpp
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "beamish/runtime/current.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/run_queue.hpp"

namespace beamish::inline v0::detail {

// A slice is a number of messages, since reading the clock costs as much as handling one. After one
// that took longer than `slice_time` the next are shorter, until they fit.
constexpr std::int32_t messages_per_slice = 1000;
constexpr std::int32_t shortest_slice = 16;
constexpr std::int64_t slice_time = 250'000;
constexpr std::int64_t monitor_period = 2'000'000;
constexpr std::int64_t stuck_after = 10'000'000;
constexpr std::uint32_t max_workers = 64;
constexpr std::uint32_t max_spares = 64;
// How much later than the next timer those look who leave it to another thread.
constexpr std::int64_t timer_backup = 1'000'000;
// Who has fired a crowd of timers, or left it to another, sleeps at least that long before the
// next: a wake-up for each of a million would cost more than the timers.
constexpr std::size_t timer_crowd = 16;
constexpr std::int64_t timer_rest = 250'000;

struct worker : context {
  explicit worker(node_core& core);

  run_queue<process_slot> ring;
  // Fresh processes, newest first. The owner pushes and pops; a thief takes all.
  std::atomic<process_slot*> spawned{nullptr};
  std::uint32_t tick = 0;
  std::int32_t slice = messages_per_slice;
  std::int64_t slice_began = 0;  // 0: unknown, it has slept since
  bool spare = false;
  std::int64_t rests_until = 0;  // when it may wake for timers again
  // For the monitor: how many processes were taken from the queues, and whether one is being run.
  std::atomic<std::uint64_t> turns{0};
  std::atomic<bool> busy{false};
  std::atomic<std::uint32_t> running_id{0};
  std::atomic<bool> overloaded{false};
  std::atomic<bool> works_long{false};  // its slices had to be made much shorter
  std::uint64_t turns_seen = 0;         // the monitor's
  std::int64_t stuck_since = 0;         // the monitor's
  bool reported = false;                // the monitor's
  std::uint32_t named_id = 0;           // the monitor's: a slow process is named once in a row
  std::thread thread;

  void make_ready(process_slot* slot) noexcept;
  void make_spawned_ready(process_slot* slot) noexcept;
  void push_back(process_slot* slot) noexcept;
  process_slot* next() noexcept;
  bool has_work() const noexcept;
  void fit_slice(std::int64_t now) noexcept;

 private:
  process_slot* pop_spawned() noexcept;
  process_slot* after_slice() noexcept;
};

class scheduler {
 public:
  scheduler(node_core& core, std::uint32_t workers);
  ~scheduler();
  void start();
  // Lets the threads go. REQUIRES: no process lives; or the caller accepts that they stop where
  // they are.
  void stop() noexcept;
  // Poll mode: runs at most `most` turns on the calling thread; true if more is ready.
  bool poll(std::uint32_t most);
  std::uint32_t worker_count() const noexcept { return wanted_; }
  std::uint32_t spares_started() const noexcept { return spares_.load(std::memory_order_relaxed); }
  std::int64_t next_deadline() const noexcept { return core_.timers.next_deadline(); }
  // Wakes whoever sleeps until the next timer, since an earlier one was armed.
  void timer_is_earlier() noexcept;
  // Calls `visit(context)` for each worker, whatever it is doing now.
  template <class F>
  void look(F&& visit) const {
    const std::uint32_t count = count_.load(std::memory_order_acquire);
    for (std::uint32_t i = 0; i < count; ++i) visit(static_cast<const context&>(*workers_[i]));
  }
  std::int64_t coarse_now() const noexcept { return coarse_now_.load(std::memory_order_relaxed); }

 private:
  void run(worker& me) noexcept;
  void end_slice(worker& me) noexcept;
  void sleep(worker& me) noexcept;
  bool steal(worker& me) noexcept;
  void falls_asleep(worker& me) noexcept;
  void awakes() noexcept;
  void monitor() noexcept;
  void watch(worker& w, std::int64_t now) noexcept;
  void add_spare() noexcept;
  worker* add_worker(bool spare);
  void fire_timers(worker& me, std::int64_t now) noexcept;
  void fire_forgotten_timers(std::int64_t now) noexcept;

  node_core& core_;
  std::uint32_t wanted_;
  std::atomic<std::uint32_t> count_{0};
  std::atomic<std::uint32_t> spares_{0};
  std::atomic<std::uint32_t> stuck_{0};
  std::atomic<std::uint32_t> asleep_{0};  // of all workers: with all of them the monitor sleeps
  std::array<std::unique_ptr<worker>, max_workers + max_spares> workers_;
  parking spare_parking_;
  parking monitor_parking_;
  std::atomic<std::int64_t> coarse_now_{0};
  // Until when the sleeper sleeps who will fire the next timers. A second one would only get in its
  // way, and sleeps a little longer, in case the first has found something else to do.
  std::atomic<std::int64_t> timer_keeper_until_{timer_service::never};
  std::atomic<bool> stop_{false};
  std::thread monitor_thread_;
};

void yield_slot(context& here, process_slot& slot) noexcept;
void make_spawned_ready(context* here, process_slot& slot) noexcept;
void timer_is_earlier(node_core& core) noexcept;

}  // namespace beamish::inline v0::detail
