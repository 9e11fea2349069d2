// SPDX-License-Identifier: Apache-2.0
//
// Thread bodies in a simulated world: each on its own thread, but exactly one of all threads runs.
//
// Whoever runs holds the baton. The simulation hands it to one thread body, which gives it back
// when it waits (thread_waits) or ends. A thread that keeps it for more than 100 ms of real time
// has left the seam (it blocks on something of the machine) and is reported; the simulation waits
// on.
//
// Invariant: all but the holder sleep, so what the simulation and the bodies share needs no lock;
// the words of the baton order their accesses.
// tested in: batons_test.cpp
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "beamish/runtime/thread_state.hpp"

namespace beamish::inline v0::sim {

class batons {
 public:
  using report = void (*)(void* user, detail::thread_state& slow);
  batons(report slow, void* user) : report_(slow), user_(user) {}
  // REQUIRES: all threads have ended.
  ~batons();

  // A new thread, that may run at once. Throws std::system_error.
  void start(detail::thread_state& t);
  // By the holder: it sleeps until it is picked again.
  void wait(detail::thread_state& t);
  void wake(detail::thread_state& t) noexcept;
  void ended(detail::thread_state& t) noexcept;

  // How many may run at this time, and one of them by its number: both by order of start.
  std::uint32_t runnable(std::int64_t now) noexcept;
  detail::thread_state& at(std::uint32_t runnable) noexcept;
  // Runs that one until it gives the baton back. REQUIRES: `runnable` was asked just before.
  void run(std::uint32_t runnable);
  std::int64_t next_deadline() const noexcept;
  bool empty() const noexcept { return threads_.empty(); }

 private:
  struct body {
    std::thread thread;
    detail::thread_state* state = nullptr;
    std::atomic<std::uint32_t> turn{0};  // 1: it holds the baton
    std::int64_t deadline = 0;           // of its wait
    bool begun = false;
    bool awake = true;
    bool ended = false;
    bool reported = false;
  };

  void give_back() noexcept;

  std::vector<std::unique_ptr<body>> threads_;
  std::vector<std::uint32_t> ready_;    // what `runnable` found
  std::atomic<std::uint32_t> home_{1};  // 1: the simulation holds the baton
  report report_;
  void* user_;
};

}  // namespace beamish::inline v0::sim
