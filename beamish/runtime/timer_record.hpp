// SPDX-License-Identifier: Apache-2.0
//
// One armed timer, in one piece of memory with the message that it sends: a million timers are met
// in the order of their deadlines, not of their addresses, so each piece costs a walk to memory.
//
//     auto* timed = make_timed<ping>(ping{self()});    // a record whose `what` is the message
//
// Ownership: a record belongs to the timer service while it is armed. When it fires, the signal
// sets out and takes the memory along: whoever disposes of it frees the record, too.
// tested in: timers_test.cpp
#pragma once

#include <string>

#include "beamish/runtime/message.hpp"
#include "beamish/runtime/timer_wheel.hpp"
#include "beamish/term/identifiers.hpp"

namespace beamish::inline v0::detail {

struct timer_record : timer_node {
  explicit timer_record(signal& s) noexcept : what(&s) {}

  pid target;                   // empty: look up `name`, if there is one
  std::uint32_t place = 0;      // where the service keeps it; 0: nowhere, it has no id
  signal* what;                 // lies behind the record, in the same memory
  std::string* name = nullptr;  // owned by the record
  // Who armed it, and which one it is of all references of that process; 0: it has no id.
  std::uint32_t owner = 0;
  std::uint32_t owner_serial = 0;
  std::uint64_t count = 0;
};
static_assert(sizeof(timer_record) == 80);

// The timeout of a process's waits: sends itself.
struct wait_timer : timer_record, signal {
  explicit wait_timer(const signal_type& t) noexcept
      : timer_record(static_cast<signal&>(*this)), signal(t) {}
};

template <class M>
struct timed_message : timer_record, message_node<M> {
  template <class... Args>
  explicit timed_message(Args&&... args);

  static void dispose(signal* s) noexcept {
    pool_delete(static_cast<timed_message*>(static_cast<message_node<M>*>(s)));
  }
};

// The same to its receiver as plain_type<M>: only its memory is another.
template <class M>
inline constexpr signal_type timed_type{
    signal_kind::message, &timed_message<M>::dispose, nullptr, nullptr,
    &message_type_of<M>,  message_offset<M>};

template <class M>
template <class... Args>
timed_message<M>::timed_message(Args&&... args)
    : timer_record(static_cast<signal&>(*this)),
      message_node<M>(timed_type<M>, std::forward<Args>(args)...) {}

template <class M, class... Args>
timer_record* make_timed(Args&&... args) {
  return pool_new<timed_message<M>>(std::forward<Args>(args)...);
}

}  // namespace beamish::inline v0::detail
