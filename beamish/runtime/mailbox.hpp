// SPDX-License-Identifier: Apache-2.0
//
// The mailbox: one tagged 64-bit word per process slot that many senders push to and one runner
// empties.
//
//     basic_mailbox<signal> box;                 box.open(serial);
//     box.push(node, serial)                     // push_result::wake when the owner was waiting
//     box.take()                                 // everything that came, oldest first
//
// The word holds the low bits of the owner's serial (the tag) and either a stack of nodes (newest
// first) or the sentinel "waiting". One compare-and-swap therefore answers three questions at once:
// does the receiver still live, is the message enqueued, and must I wake the receiver?
//
// Invariants: only the owner takes, waits and closes. A push that answers `wake` obliges the pusher
// to make the owner ready, exactly once. A push with a stale tag changes nothing. The tag may
// repeat after 2^tag_bits reuses of a slot, so the consumer also compares the serial that each node
// carries.
//
// Threads: push and claim from any thread; the rest only from the owner's runner.
#pragma once

#include <cstdint>

#include "beamish/runtime/atomics.hpp"

namespace beamish::inline v0::detail {

enum class push_result : std::uint8_t { queued, wake, dead };

template <class Node, class Atomics = std_atomics, int tag_bits = 16>
class basic_mailbox {
  static constexpr std::uint64_t pointer_mask = (std::uint64_t{1} << 48) - 1;
  static constexpr std::uint64_t tag_mask = ((std::uint64_t{1} << tag_bits) - 1) << 48;
  static constexpr std::uint64_t waiting = 1;  // no node lives at address 1

  static std::uint64_t tag_of(std::uint32_t serial) noexcept {
    return (std::uint64_t{serial} << 48) & tag_mask;
  }
  static Node* node_of(std::uint64_t word) noexcept {
    return reinterpret_cast<Node*>(static_cast<std::uintptr_t>(word & pointer_mask));
  }
  static std::uint64_t bits_of(Node* node) noexcept {
    return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(node));
  }

 public:
  // A new owner moves in. REQUIRES: the slot is free, nobody runs it. What a stale sender with the
  // same tag pushed since the last owner died stays, so that the new one drops it by its serial.
  void open(std::uint32_t serial) noexcept {
    std::uint64_t seen = word_.load(std::memory_order_relaxed);
    std::uint64_t next = 0;
    do {
      const bool stays = (seen & pointer_mask) != waiting;
      next = tag_of(serial) | (stays ? seen & pointer_mask : 0);
    } while (!word_.compare_exchange_weak(seen, next, std::memory_order_acq_rel,
                                          std::memory_order_relaxed));
  }

  push_result push(Node* node, std::uint32_t serial) noexcept {
    const std::uint64_t tag = tag_of(serial);
    std::uint64_t seen = word_.load(std::memory_order_relaxed);
    for (;;) {
      if ((seen & tag_mask) != tag) return push_result::dead;
      const bool was_waiting = (seen & pointer_mask) == waiting;
      node->next = was_waiting ? nullptr : node_of(seen);
      if (word_.compare_exchange_weak(seen, tag | bits_of(node), std::memory_order_acq_rel,
                                      std::memory_order_relaxed)) {
        return was_waiting ? push_result::wake : push_result::queued;
      }
    }
  }

  // Everything pushed since the last take, oldest first; null if nothing came.
  Node* take() noexcept {
    const std::uint64_t seen = word_.load(std::memory_order_relaxed);
    if ((seen & pointer_mask) == 0) return nullptr;
    return reversed(word_.exchange(seen & tag_mask, std::memory_order_acquire));
  }

  // Nothing to do: true if the owner now waits (it must not touch its slot any more), false if
  // something arrived in between.
  bool wait() noexcept {
    std::uint64_t seen = word_.load(std::memory_order_relaxed);
    if ((seen & pointer_mask) != 0) return false;
    return word_.compare_exchange_strong(seen, seen | waiting, std::memory_order_acq_rel,
                                         std::memory_order_relaxed);
  }

  // True if the owner was waiting with an empty mailbox: the caller has become its runner.
  bool claim(std::uint32_t serial) noexcept {
    std::uint64_t expected = tag_of(serial) | waiting;
    if (word_.load(std::memory_order_relaxed) != expected) return false;
    return word_.compare_exchange_strong(expected, tag_of(serial), std::memory_order_acq_rel,
                                         std::memory_order_relaxed);
  }

  // The owner dies: from now on every push with the old serial is dead. What had come, oldest
  // first.
  Node* close(std::uint32_t next_serial) noexcept {
    return reversed(word_.exchange(tag_of(next_serial), std::memory_order_acq_rel));
  }

  bool open_for(std::uint32_t serial) const noexcept {
    return (word_.load(std::memory_order_acquire) & tag_mask) == tag_of(serial);
  }
  // Looks at what came since the last take. REQUIRES: the caller is the owner's runner.
  template <class F>
  void look(F&& visit) const {
    const std::uint64_t word = word_.load(std::memory_order_acquire);
    Node* node = (word & pointer_mask) == waiting ? nullptr : node_of(word);
    for (; node != nullptr; node = node->next) visit(*node);
  }
  // May be outdated at once, unless the caller is the owner's runner.
  bool has_news() const noexcept {
    return (word_.load(std::memory_order_acquire) & pointer_mask) > 1;
  }
  bool is_waiting() const noexcept {
    return (word_.load(std::memory_order_acquire) & pointer_mask) == waiting;
  }

 private:
  static Node* reversed(std::uint64_t word) noexcept {
    Node* newest = (word & pointer_mask) == waiting ? nullptr : node_of(word);
    Node* oldest = nullptr;
    while (newest != nullptr) {
      Node* older = newest->next;
      newest->next = oldest;
      oldest = newest;
      newest = older;
    }
    return oldest;
  }

  typename Atomics::template atomic<std::uint64_t> word_{0};
};

}  // namespace beamish::inline v0::detail
