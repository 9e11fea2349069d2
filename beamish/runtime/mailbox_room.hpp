// SPDX-License-Identifier: Apache-2.0
//
// The room in a bounded mailbox: who gets a place, who waits for one, and what that weighs.
//
//     post(here, from, to, message, false)     // sends what a user sends, if there is room
//     leave_mailbox(to, *message)              // its receiver has taken it: the place is free
//
// A record stands beside each slot whose process is bounded; like the slot it is never freed. A
// place is taken before a message sets out and goes with it (signal_counted), so whoever ends the
// message gives the place back. Senders that wait stand in a line: a call as itself, any other
// message as a request for a place, whose answer is one. While somebody stands there nobody passes.
//
// Threads: any. Order: places are given to the line oldest first.
// tested in: mailbox_limit_test.cpp
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>

#include "beamish/runtime/current.hpp"
#include "beamish/runtime/exit_reason.hpp"
#include "beamish/runtime/mailbox_limit.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/program.hpp"
#include "beamish/runtime/send_token.hpp"
#include "beamish/runtime/signal.hpp"
#include "beamish/term/identifiers.hpp"

namespace beamish::inline v0::detail {

struct request_base;

struct mailbox_room {
  // The node and the serial of the process that it is for; 0: nobody's.
  std::atomic<std::uint64_t> owner{0};
  std::atomic<std::uint32_t> limit{mailbox_limit::none};
  std::atomic<overflow> when_full{overflow::reject};
  std::atomic<std::uint32_t> taken{0};
  std::atomic<std::uint32_t> waiting{0};  // the length of the line
  std::atomic<std::uint64_t> refused{0};
  std::mutex mutex;  // of the line, and of its owner's coming and going
  signal* first = nullptr;
  signal** end = &first;

  // Someone stands in line, or all places are taken: false.
  bool take_place() noexcept;
  bool take_place_of_line() noexcept;
};

struct room_chunk {
  mailbox_room rooms[slots_per_chunk];
};

// A place in the mailbox of `of`, until it is used or ends.
class mailbox_place {
 public:
  explicit mailbox_place(pid of) noexcept : of_(of) {}
  mailbox_place(mailbox_place&& other) noexcept : of_(std::exchange(other.of_, pid{})) {}
  mailbox_place& operator=(mailbox_place&&) = delete;
  ~mailbox_place();
  // The message that has it gives it back.
  void use() noexcept { of_ = pid{}; }

 private:
  pid of_;
};

// The question of a sender that waits.
struct room_wanted {
  using reply = mailbox_place;
};

// Throws argument_error for a limit of 0.
void check_limit(const mailbox_limit& limit);
// Bounds the process; with no limit only its node's budget counts. REQUIRES: the slot's runner.
void set_room(process_slot& slot, const mailbox_limit& limit);
// Its process has ended: whoever waits hears that reason.
void close_room(process_slot& slot, pid self, const exit_reason& reason) noexcept;
// The node of these slots has ended: whatever was taken there is free.
void forget_places(slot_branch& branch) noexcept;
// How many messages were refused.
std::uint64_t refused_by(const process_slot& slot) noexcept;

// Puts `request` into the line before the mailbox of `to`. False if that has none: it is gone.
bool wait_in_line(pid to, request_base* request) noexcept;
// Takes a place for `s`, which then goes with it, if it needs one. `line`: none is free, or others
// stand in line. `budget`: its node takes no more.
enum class admission : std::uint8_t { in, line, budget };
admission admit(pid from, pid to, signal& s) noexcept;
// There is no room for it: ends it. `done` if its sender is not to be told.
posting refuse_message(pid to, signal* s) noexcept;
// `s` goes with a place that was waited for.
void count_in(pid to, signal& s) noexcept;
// The message was taken out, or will never arrive. REQUIRES: it has a place.
void leave_mailbox(pid to, signal& s) noexcept;
inline void leave_if_counted(pid to, signal& s) noexcept {
  if ((s.flags & signal_counted) != 0) [[unlikely]]
    leave_mailbox(to, s);
}

// What send and cast do with a message, and what their token holds.
inline send_outcome post_message(context* here, pid from, pid to, signal* message) noexcept {
  const posting posted = post(here, from, to, message, true);
  if (posted == posting::done) [[likely]]
    return {nullptr, false, here != nullptr && here->budget <= 0};
  return outcome_of(posted, to, message);
}

}  // namespace beamish::inline v0::detail
