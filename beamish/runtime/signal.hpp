// SPDX-License-Identifier: Apache-2.0
//
// A signal: the one header of everything that can reach a process.
//
//     struct message_node<add_book> : signal { add_book value; };   // see message.hpp
//
// Messages, calls, replies, links, monitors, exits and timeouts are all signals that pass through
// the one mailbox of the receiver. That is why OTP's only promise about order (signals of one
// sender to one receiver arrive in the order of sending) holds by construction.
//
// Ownership: a signal belongs to whoever holds the pointer. Handing it to `deliver` gives it away
// for good; `dispose` ends it. Records of links and monitors carry their signals in themselves, so
// that the death of a process never allocates.
// tested in: message_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>

namespace beamish::inline v0::detail {

struct process_slot;
struct signal;
struct message_type;
struct run_state;

enum class signal_kind : std::uint8_t {
  message,  // a plain message: waits in the queue until somebody receives it
  cast,     // a message to a server's handle_cast
  call,     // a request: the node is also the obligation to answer (see request.hpp)
  reply,    // an answer: goes to the waiting caller or nowhere
  control,  // anything that the receiver's runner handles by itself: type->handle is called
};

// What the runner must know about a signal. One static object per kind of signal and payload.
struct signal_type {
  signal_kind kind;
  // Ends the signal: destroys the payload and frees the node.
  void (*dispose)(signal*) noexcept;
  // Called when the receiver is gone; `receiver` may be null if it never was. Must not throw. Null:
  // dispose.
  void (*undeliverable)(signal*, const struct gone&) noexcept;
  // For `control` only: runs on the receiver's worker with the receiver as the current process.
  void (*handle)(process_slot&, signal*, run_state&);
  // Identity of the payload, or null.
  const message_type* message;
  // Where the payload starts, counted from the signal.
  std::uint32_t payload_offset;
  // What people call a `control` signal.
  const char* word = nullptr;
};

struct signal {
  explicit signal(const signal_type& t) noexcept : type(&t) {}
  signal(const signal&) = delete;
  signal& operator=(const signal&) = delete;

  signal* next = nullptr;
  const signal_type* type;
  // Room for what travels with a message: an alias that it was sent to, or a deadline; a trace id
  // later.
  void* context = nullptr;
  // The rest of the receiver's identity: the mailbox word checks 16 bits of the serial, the
  // consumer the rest.
  std::uint32_t to_serial = 0;
  std::uint16_t to_node = 0;
  std::uint16_t flags = 0;

  void* payload() noexcept { return reinterpret_cast<std::byte*>(this) + type->payload_offset; }
  const void* payload() const noexcept {
    return reinterpret_cast<const std::byte*>(this) + type->payload_offset;
  }
};
static_assert(sizeof(signal) == 32);

constexpr std::uint16_t signal_to_alias = 1;  // `context` holds an alias_context
constexpr std::uint16_t signal_of_task = 2;   // a task's result
// `context` is a time by the node's clock: a request that nobody waits for any more then.
constexpr std::uint16_t signal_with_deadline = 4;

// It has a place in its receiver's mailbox: mailbox_room.hpp.
constexpr std::uint16_t signal_counted = 8;
constexpr std::uint16_t signal_passes = 16;  // it needs none

inline void set_deadline(signal& s, std::int64_t deadline) noexcept {
  s.context = reinterpret_cast<void*>(static_cast<std::intptr_t>(deadline));
  s.flags = static_cast<std::uint16_t>(s.flags | signal_with_deadline);
}
inline std::int64_t deadline_of(const signal& s) noexcept {
  return static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(s.context));
}

}  // namespace beamish::inline v0::detail
