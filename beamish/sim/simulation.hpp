// SPDX-License-Identifier: Apache-2.0
//
// The simulated world: nodes on one thread, in virtual time, where one seed takes every decision.
//
//     sim::simulation s(42);                           // 42 is the seed
//     s.node("a@sim").spawn([] { send(spawn([] {}), 1); });
//     s.run() == sim::outcome::ended                   //=> true
//     s.elapsed() == std::chrono::seconds(0)           //=> true
//     s.trace_hash() != 0                              //=> true
//
// User code runs unchanged. A step is one choice among everything that can happen now: a ready
// process runs (for one to four messages), the oldest signal on its way from one process to another
// arrives, a due timer fires, a thread body or a blocking function goes on. When nothing can happen
// now, time jumps to the next deadline: an hour's sleep takes no time. Every order that OTP allows
// can happen; signals of one pair of processes stay in order.
//
// Signals of a process to itself arrive at once. Functions inside blocking() take a virtual time of
// 1 µs to 100 ms. Names and the clock of all nodes are one: a lookup takes no time.
//
// Threads: the simulation, its nodes and all they run belong to one thread; where it has several
// simulations, the one made last ends first. The bodies of
// spawn_thread run on threads of their own, one at a time (see batons.hpp). At its end everything
// that still lives is killed.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "beamish/runtime/current.hpp"
#include "beamish/runtime/node.hpp"
#include "beamish/runtime/world.hpp"
#include "beamish/sim/agenda.hpp"
#include "beamish/sim/fault_state.hpp"
#include "beamish/sim/faults.hpp"
#include "beamish/sim/in_flight.hpp"
#include "beamish/sim/oracle.hpp"
#include "beamish/sim/trace.hpp"

namespace beamish::inline v0::sim {

class batons;
class disks;
struct disk_operation;
enum class disk_fault : std::uint8_t;

struct simulation_options {
  std::uint64_t seed = 1;
  strategy search = {strategy::kind::random_walk};
  // The answers of an earlier run; then `seed` and `search` decide nothing.
  std::optional<script> answers = {};
  sim::faults faults = {};
  // Keeps the trace's events, too.
  bool keeps_trace = false;
  // A run that takes more steps has no end in sight.
  std::uint64_t max_steps = 1'000'000;
  log_function log = {};
};

enum class outcome : std::uint8_t {
  ended,     // no process is left and nothing is under way
  quiet,     // processes wait, and nothing will ever wake them
  stopped,   // the condition or the time of run_until and run_for has come
  no_end,    // max_steps were not enough: no end in sight
  stuck,     // see stop_when_stuck
  diverged,  // the answers are those of another run: see oracle::diverged
};

class simulation final : detail::world {
 public:
  explicit simulation(std::uint64_t seed) : simulation(simulation_options{.seed = seed}) {}
  explicit simulation(const simulation_options& o);
  ~simulation();
  simulation(const simulation&) = delete;
  simulation& operator=(const simulation&) = delete;

  // The node of that name, made and started when it is first asked for.
  beamish::node& node(std::string_view name);
  const std::vector<std::unique_ptr<beamish::node>>& nodes() const noexcept { return nodes_; }
  // Kills what runs on that node, runs it to its end, and removes the node. REQUIRES: called by no
  // process of that node, and by no thread body.
  void stop_node(std::string_view name);

  // ---- faults (faults.hpp), by their rates or at will
  // `start` runs on that node now, and again each time it comes back after a crash.
  void boot(std::string_view name, std::function<void(beamish::node&)> start);
  // The node is gone at once: other nodes see `noconnection`, nothing of it runs any more. One that
  // was booted comes back after that time. REQUIRES: as stop_node; the node exists.
  void crash_node(std::string_view name, std::chrono::nanoseconds back_after);
  // Nothing passes from `from` to `to` any more, for that time.
  void cut(std::string_view from, std::string_view to, std::chrono::nanoseconds lasts);
  // Never killed, and no callback of it fails.
  void spare(pid p) { faults_.spared.push_back(p); }
  // No new faults; cuts heal, crashed nodes come back.
  void calm();
  const fault_counts& fault_count() const noexcept { return faults_.counts; }
  // The disks of its nodes: their faults, and what is on them. See disk.hpp.
  class disks& disks() noexcept { return *disks_; }
  // A power cut of that node's disk: what was not synced is lost, and every call to it fails until
  // node() makes a node of that name anew. A node that was booted crashes before the next step;
  // another one goes on without its disk.
  void crash_disk(std::string_view name);

  outcome run();
  outcome run_for(std::chrono::nanoseconds virtual_time);
  template <class Condition>
  outcome run_until(Condition condition) {
    return run_while([](void* c) { return !(*static_cast<Condition*>(c))(); }, &condition,
                     no_limit);
  }
  // Called after each step; it may ask for anything and changes nothing.
  void watch(std::function<void()> after_each_step) { watcher_ = std::move(after_each_step); }
  // Runs stop when a circle of processes wait for each other's replies and nothing else can happen
  // now: `stuck` then says who.
  void stop_when_stuck() noexcept { looks_for_circles_ = true; }
  const std::string& stuck() const noexcept { return stuck_; }
  // What each process waits for, a line each.
  std::vector<std::string> waiting() const;
  // One step; false if nothing can happen any more.
  bool step() { return step_before(no_limit); }

  // Kills everything and runs it to its end, without further choices. A line for each process that
  // could not be ended.
  std::vector<std::string> finish();

  std::chrono::nanoseconds elapsed() const noexcept { return std::chrono::nanoseconds(now_); }
  std::uint64_t seed() const noexcept { return seed_; }
  std::uint64_t steps() const noexcept { return steps_; }
  std::uint64_t trace_hash() const noexcept { return trace_.hash(); }
  // Without events unless keeps_trace.
  const class trace& trace() const noexcept { return trace_; }
  // A mark in the trace, for people, by the process that runs now. It decides nothing.
  void mark(std::string_view text);
  const std::vector<decision>& decisions() const noexcept { return oracle_.decisions(); }
  oracle& choices() noexcept { return oracle_; }
  std::optional<std::size_t> diverged() const noexcept { return oracle_.diverged(); }
  std::int64_t live_processes() const noexcept;

 private:
  static constexpr std::int64_t no_limit = INT64_MAX;
  struct blocking_run {
    std::int64_t deadline;
    detail::blocking_job* job;
  };
  // How much of each kind can happen now.
  struct possibilities {
    std::uint32_t events, threads, timers, jobs;
    std::uint32_t total() const noexcept { return events + threads + timers + jobs; }
  };

  // detail::world
  std::int64_t now() noexcept override { return now_; }
  std::int64_t wall_clock() noexcept override;
  std::uint64_t random_number() noexcept override { return oracle_.random_number(); }
  void ready(detail::process_slot& slot) noexcept override;
  void transmit(pid from, pid to, detail::signal* s) noexcept override;
  bool choose_inline(pid from, pid to) noexcept override;
  std::int32_t choose_slice() noexcept override;
  void start_thread(detail::thread_state& t) override;
  void wake_thread(detail::thread_state& t) noexcept override;
  void thread_waits(detail::thread_state& t) override;
  void thread_ended(detail::thread_state& t) noexcept override;
  void run_blocking(detail::blocking_job& job) override;
  void outsider_waits(std::atomic<std::uint32_t>& word, std::int64_t timeout) override;
  detail::disk& disk_of(const detail::node_core& node) override;
  std::uint32_t node_index_from() noexcept override { return next_index_; }
  void before_callback(pid who) override;
  void note(const char* what, pid who, pid other, const exit_reason* why) noexcept override;

  outcome run_while(bool (*goes_on)(void*), void* user, std::int64_t limit);
  bool step_before(std::int64_t limit);
  possibilities look() noexcept;
  std::uint32_t choose_next(const possibilities& can);
  void happen(const possibilities& can, std::uint32_t pick);
  void happen(const event& e);
  void run_process(detail::process_slot& slot);
  void tell_name(const detail::process_slot& slot);
  void tell_label(const detail::process_slot& slot, pid p);
  void let_arrive(std::uint32_t channel);
  void channel_opens(std::uint32_t channel);
  void run_thread(std::uint32_t which);
  void fire_timer(std::uint32_t which);
  void run_job(std::uint32_t which);
  bool jump(std::int64_t limit) noexcept;
  std::string find_circle() const;
  void enter() noexcept;
  void kill_all(beamish::node& n);
  void run_node_to_end(beamish::node& n);
  void drop_jobs() noexcept;
  bool arrives_at_once(pid from, pid to) const noexcept;

  // ---- fault_steps.cpp
  void maybe_fault();
  bool drawn(fault f);
  bool happens(fault f);  // and counts
  disk_fault fault_on_disk(const disk_operation& about);
  void crash_without_power();
  bool memory_runs_out(pid who);
  void kill_somebody();
  void crash_some_node();
  void cut_some_nodes();
  void slow_some_node();
  void jump_clock();
  void pass_faults_by();  // those whose time is over
  std::int64_t choose_time(std::int64_t longest);
  // What a crash or a cut does to a signal. True if it is gone.
  bool lost(pid from, pid to, detail::signal* s) noexcept;
  void lose_connection(std::uint32_t a, std::uint32_t b);
  void lose_signals(std::uint32_t channel);
  void heal_cuts();
  void come_back(const std::string& name);
  std::uint32_t index_of(std::string_view node) const noexcept;
  std::string name_of_node(std::uint32_t index) const;
  // More about what was recorded last, for people.
  void tell(std::string more);
  pid true_sender(pid from) const noexcept;
  void record(std::string_view what, pid who, pid other, std::string_view word = {}) noexcept {
    trace_.event(steps_, now_, what, who, other, word);
  }

  std::uint64_t seed_;
  std::uint64_t max_steps_;
  log_function log_;
  oracle oracle_;
  class trace trace_;
  std::int64_t now_ = 0;
  std::uint64_t steps_ = 0;
  std::uint32_t next_index_;
  detail::context context_;
  detail::context* before_;
  agenda agenda_;
  std::vector<std::uint64_t> lanes_;  // of the choice that is on
  in_flight under_way_;
  fault_state faults_;
  std::function<void()> watcher_;
  bool looks_for_circles_ = false;
  std::string stuck_;
  std::unique_ptr<batons> threads_;
  std::unique_ptr<class disks> disks_;
  std::vector<blocking_run> jobs_;
  // What is sent now takes no time: by a timer that fires, by the end of a blocking function.
  bool at_once_ = false;
  bool firing_ = false;  // a timer does
  // Whom the signal that arrives right now was for: what bounces back comes from there.
  pid arriving_at_;
  std::vector<std::unique_ptr<beamish::node>> nodes_;
};

}  // namespace beamish::inline v0::sim
