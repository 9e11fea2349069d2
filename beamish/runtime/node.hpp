// SPDX-License-Identifier: Apache-2.0
//
// A node: a world of processes with its own names, process table, timers and workers.
//
// ```cpp
// std::atomic<int> sum = 0;
// beamish::node n({.name = "b@host", .workers = 2});
// n.start();
// n.spawn([&sum](int x) { sum += x; }, 42);      // from any thread
// n.wait_until_empty(std::chrono::seconds(5));   //=> true
// sum.load();                                    //=> 42
// n.stop(std::chrono::seconds(5));               //=> true
// ```
//
// Guarantees: a node touches nothing of the program around it: no signal handler, no fork, no exit,
// no allocator. Several nodes may live in one program. `workers = 0` runs no thread: call poll()
// from your own loop whenever wake_fd() is readable or the next timer is due. What is left when
// stop's time is over is killed; the destructor stops with no grace.
//
// Units: times are std::chrono durations, next_deadline_in is in nanoseconds. Errors: send to an
// unknown name or to a full mailbox gives false; after stop has begun a spawn throws
// std::runtime_error and a message is dropped; calls (otp/node_calls.hpp) give their failure as a
// value. Nothing here exits the caller.
// Threads: all members may be called from any thread, but start, stop and poll from one at a time.
// The node must outlive the threads that use it.
//
// Mirrors an Erlang node and :init.stop/0. When not to use it: in a program that is nothing but a
// node (run), or from within a process, which has self(), send() and spawn().
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "beamish/runtime/log.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/spawn.hpp"

namespace beamish::inline v0 {

namespace detail {
class scheduler;
class world;
}  // namespace detail

struct node_statistics {
  std::int64_t processes, threads, names, timers;
  std::int64_t mailbox_bytes;  // 0 without a budget
};

struct node_options {
  static constexpr unsigned one_per_core = ~0u;
  std::string_view name = "nonode@nohost";
  unsigned workers = one_per_core;  // at most 64; 0: poll mode
  unsigned max_threads = 256;
  // Of the messages that wait on this node, as mailbox_limit.hpp counts them; 0: no budget. What
  // goes beyond is refused. The high water is four fifths of it, unless it is given.
  std::int64_t mailbox_bytes = 0;
  std::int64_t high_water_bytes = 0;
  log_function log = {};
  detail::world* world = nullptr;  // for simulation; see sim/
};

class node {
 public:
  using options = node_options;

  explicit node(const options& o = {});
  ~node();  // stops with no grace
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  void start();
  // Asks all processes to shut down, from the top: who is linked to the process that spawned it is
  // asked when that one has ended, so each supervisor stops its children in its own order. Kills
  // those that are left at the deadline. True if everything ended; false if threads of thread
  // bodies had to be abandoned (they are named in the log). From now on a spawn from outside throws
  // std::runtime_error, and a message is dropped.
  bool stop(std::chrono::nanoseconds deadline = std::chrono::seconds(5));

  template <class F, class... Args>
  pid spawn(F&& f, Args&&... args) {
    constexpr bool callable = detail::can_spawn<F, Args...>;
    static_assert(callable, "spawn: the function can't be called with these arguments");
    reference none;
    if constexpr (callable)
      return detail::finish_spawn(detail::spawn_on(
          *core_, detail::bond::none, none, std::forward<F>(f), std::forward<Args>(args)...));
    else
      return {};
  }

  // False if the name is unknown or the mailbox has no room. The message is then dropped.
  template <class M>
  bool send(const destination& to, M&& message) {
    using type = std::decay_t<M>;
    return send_signal(to,
                       detail::make_node<type>(detail::plain_type<type>, std::forward<M>(message)));
  }

  // Sends an exit signal, as exit(pid, reason) does from a process. It comes from nobody: a server
  // that traps exits takes it as its parent's.
  void exit(pid to, const exit_reason& reason);
  // Calls and casts to servers. Defined in otp/node_calls.hpp: include it to use them.
  template <class M, class... Args>
  auto call(const destination& to, std::chrono::nanoseconds timeout, Args&&... args);
  template <class M, class... Args>
  auto async_call(const destination& to, Args&&... args);
  template <class M, class... Args>
  void cast(const destination& to, Args&&... args);

  pid whereis(std::string_view name) const;
  std::string_view name() const noexcept;
  // Blocks until no process is left, or the time is over (false).
  bool wait_until_empty(std::chrono::nanoseconds timeout);
  node_statistics statistics() const;

  // ---- for a loop of your own (workers = 0)
  // Runs at most `most` turns of processes; true if more is ready.
  bool poll(std::uint32_t most = 256);
  // Readable when poll has something to do.
  int wake_fd() const noexcept;
  // Nanoseconds until the next timer, or -1 if there is none.
  std::int64_t next_deadline_in() const;

  detail::node_core& core() noexcept { return *core_; }

 private:
  bool send_signal(const destination& to, detail::signal* message);
  bool shut_down(std::int64_t deadline);
  bool run_until(bool (*done)(const detail::node_core&), std::int64_t deadline);
  bool run_until_empty(std::int64_t deadline);
  bool end_blocking(std::int64_t deadline);
  void abandon() noexcept;

  detail::node_core* core_;
  detail::scheduler* scheduler_ = nullptr;
  unsigned workers_;
  bool running_ = false;
};

}  // namespace beamish::inline v0
