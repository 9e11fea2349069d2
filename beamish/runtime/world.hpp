// SPDX-License-Identifier: Apache-2.0
//
// The seam to the outside: clock, randomness, files, the order of things. Real by default,
// simulated for tests.
//
// A node without a `world` is real: threads, the machine's clock, its own scheduler. A simulated
// world takes every decision that the real one leaves to chance (who runs next, which signal
// arrives first, whether a call is handed over inline) from one seeded oracle, on one thread, in
// virtual time. User code never names a world.
// tested in: node_test.cpp
#pragma once

#include <atomic>
#include <cstdint>

#include "beamish/term/identifiers.hpp"

namespace beamish::inline v0 {
class exit_reason;
}

namespace beamish::inline v0::detail {

struct process_slot;
struct signal;
struct thread_state;
struct blocking_job;
struct node_core;
class disk;

class world {
 public:
  // Nanoseconds on a clock that never goes back.
  virtual std::int64_t now() noexcept = 0;
  // Nanoseconds since 1970; may jump.
  virtual std::int64_t wall_clock() noexcept = 0;
  virtual std::uint64_t random_number() noexcept = 0;
  // `slot` can run; the world decides when.
  virtual void ready(process_slot& slot) noexcept = 0;
  // A signal sets out. The world keeps signals of one pair in order and arrives them by `arrive`.
  virtual void transmit(pid from, pid to, signal* s) noexcept = 0;
  // May this call run inside its caller? Never if something of the caller's is still under way to
  // `to`.
  virtual bool choose_inline(pid from, pid to) noexcept = 0;
  // How many messages the next slice may handle.
  virtual std::int32_t choose_slice() noexcept = 0;
  // A thread body is to start; to wait for a message; has returned. See thread_body.hpp.
  virtual void start_thread(thread_state& thread) = 0;
  virtual void wake_thread(thread_state& thread) noexcept = 0;
  virtual void thread_waits(thread_state& thread) = 0;
  virtual void thread_ended(thread_state& thread) noexcept = 0;
  // Runs the job now or later and calls its `finished`.
  virtual void run_blocking(blocking_job& job) = 0;
  // The program's own thread, which is no process, waits until `word` is not 0 or the time is over
  // (nanoseconds; < 0: never): the world goes on meanwhile.
  virtual void outsider_waits(std::atomic<std::uint32_t>& word, std::int64_t timeout) = 0;
  // Where the files of what runs on that node are: disk.hpp.
  virtual disk& disk_of(const node_core& node) = 0;
  // New nodes of this world take the first free index from here on, so that equal runs have equal
  // pids, and no pid of an earlier node of a run means one of a later.
  virtual std::uint32_t node_index_from() noexcept = 0;
  // A callback of a server is about to run; what this throws, it throws.
  virtual void before_callback(pid who) = 0;
  // For the record of a run: who did what, and why it ended (null: it has not). Texts are stable
  // across compilers.
  virtual void note(const char* what, pid who, pid other, const exit_reason* why) noexcept = 0;

 protected:
  ~world() = default;
};

// The machine's clocks and randomness.
std::int64_t real_now() noexcept;
std::int64_t real_wall_clock() noexcept;
std::uint64_t real_random() noexcept;

}  // namespace beamish::inline v0::detail
