// SPDX-License-Identifier: Apache-2.0
//
// What a state machine has beside its state, whatever its type: events that wait, and timeouts.
//
// Events come in this order: those that were inserted, those that were postponed and are tried
// again, timeouts of zero, and only then the mailbox. The first three are handed to the server's
// engine one at a time as what it has to do before it looks for a message (server_box::next).
// tested in: gen_statem_test.cpp
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "beamish/otp/server_box.hpp"
#include "beamish/otp/transition.hpp"

namespace beamish::inline v0::detail {

// Comes when a timeout is over. One whose number is unknown was cancelled meanwhile.
struct statem_timer_message {
  std::uint64_t number;
};

struct statem_timer {
  timeout_kind which;
  term name;
  continuation event;
  reference timer;           // empty: it was of zero, and is over
  std::uint64_t number = 0;  // of its message
};

class statem_core {
 public:
  // An event is about to be handled, by this function.
  void begin_event(continuation::run_function run) noexcept;
  // A timer's message came. False if it was cancelled; otherwise its event is current.
  bool take_timeout(server_box& box, const statem_timer_message& m,
                    continuation::run_function& run) noexcept;

  // ---- after a callback, in this order
  // Throws std::logic_error if there is nothing left to be postponed.
  void postpone(server_box& box, statem_step& step);
  void state_changed();
  // Timeouts, inserted events, hibernation.
  void act(statem_step& step);
  // The next event that waits becomes what the server does next.
  void go_on(server_box& box) noexcept;

 private:
  void obey(timeout_order& order);
  void start(timeout_order& order);
  void cancel(timeout_kind which, const term& name) noexcept;
  statem_timer* find(timeout_kind which, const term& name) noexcept;
  continuation next_event() noexcept;

  std::vector<continuation> waiting_;    // the next one is the last
  std::vector<continuation> postponed_;  // in the order of their arrival
  std::vector<statem_timer> timers_;     // in the order of their starts
  continuation::run_function current_ = nullptr;
  std::uint64_t last_number_ = 0;
  bool hibernates_ = false;
};

// No clause of this state takes the event: {function_clause, state, event}.
[[noreturn]] void refuse_event(std::string_view state, const signal& event);

}  // namespace beamish::inline v0::detail
