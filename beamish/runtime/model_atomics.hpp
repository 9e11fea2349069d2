// SPDX-License-Identifier: Apache-2.0
// The atomics policy under which the interleaving explorer sees each operation. It has the shape of
// std_atomics (atomics.hpp), so code that is a template over the policy runs on it unchanged.
//
//   run_queue<job, model_atomics, 4> queue;   // inside a body given to interleave::explore
//
// Outside a body (while an execution is set up or checked) operations take effect at once.
// A compare_exchange_weak never fails without cause here.
// tested in: interleave_test.cpp
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>

#include "beamish/runtime/interleave.hpp"

namespace beamish::inline v0::interleave {

struct model_atomics {
  template <class T>
  class atomic {
    static_assert(sizeof(T) <= sizeof(std::uint64_t));
    using order = std::memory_order;

   public:
    static constexpr bool is_always_lock_free = true;

    atomic() = default;
    atomic(T value) : value_(value) {}  // implicit, as that of std::atomic
    atomic(const atomic&) = delete;
    atomic& operator=(const atomic&) = delete;

    T load(order = std::memory_order_seq_cst) const noexcept {
      announce(access::read, false);
      return seen();
    }

    // With store buffers, a store that is not sequentially consistent may go out later.
    void store(T value, order how = std::memory_order_seq_cst) noexcept {
      explorer* const x = explorer::active;
      if (x == nullptr || !x->buffering() || how == std::memory_order_seq_cst) {
        announce(access::write, true);
        value_ = value;
        return;
      }
      x->announce({});
      buffered_store out{this, 0, &atomic::apply, 0};
      std::memcpy(&out.bits, &value, sizeof value);
      x->hold_back(out);
    }

    T exchange(T value, order = std::memory_order_seq_cst) noexcept {
      return change([&](T) { return value; });
    }
    T fetch_add(T by, order = std::memory_order_seq_cst) noexcept {
      return change([&](T old) { return static_cast<T>(old + by); });
    }
    T fetch_sub(T by, order = std::memory_order_seq_cst) noexcept {
      return change([&](T old) { return static_cast<T>(old - by); });
    }
    T fetch_or(T by, order = std::memory_order_seq_cst) noexcept {
      return change([&](T old) { return static_cast<T>(old | by); });
    }
    T fetch_and(T by, order = std::memory_order_seq_cst) noexcept {
      return change([&](T old) { return static_cast<T>(old & by); });
    }

    bool compare_exchange_strong(T& expected, T desired, order = std::memory_order_seq_cst,
                                 order = std::memory_order_seq_cst) noexcept {
      operation next{this, access::write, true, false, &atomic::holds, 0};
      std::memcpy(&next.expected, &expected, sizeof expected);
      if (explorer::active != nullptr) explorer::active->announce(next);
      if (value_ == expected) {
        value_ = desired;
        return true;
      }
      expected = value_;
      return false;
    }
    bool compare_exchange_weak(T& expected, T desired, order success = std::memory_order_seq_cst,
                               order failure = std::memory_order_seq_cst) noexcept {
      return compare_exchange_strong(expected, desired, success, failure);
    }

   private:
    friend struct model_atomics;

    void announce(access kind, bool drains, bool sleepers = false) const noexcept {
      if (explorer::active != nullptr) explorer::active->announce({this, kind, drains, sleepers});
    }

    template <class F>
    T change(F f) noexcept {
      announce(access::write, true);
      const T old = value_;
      value_ = f(old);
      return old;
    }

    // A thread sees its own stores at once.
    T seen() const {
      explorer* const x = explorer::active;
      if (x == nullptr || !x->buffering()) return value_;
      const auto& buffer = x->buffer();
      for (auto out = buffer.rbegin(); out != buffer.rend(); ++out) {
        if (out->cell != this) continue;
        T value;
        std::memcpy(&value, &out->bits, sizeof value);
        return value;
      }
      return value_;
    }

    static void apply(void* cell, std::uint64_t bits) {
      T value;
      std::memcpy(&value, &bits, sizeof value);
      static_cast<atomic*>(cell)->value_ = value;
    }

    static bool holds(const void* cell, std::uint64_t bits) {
      T value;
      std::memcpy(&value, &bits, sizeof value);
      return static_cast<const atomic*>(cell)->value_ == value;
    }

    T value_{};
  };

  // REQUIRES: called by a body.
  static bool futex_wait(atomic<std::uint32_t>& word, std::uint32_t expected,
                         std::int64_t timeout_ns) {
    word.announce(access::read, true, true);
    if (word.value_ != expected) return true;
    return explorer::active->sleep(&word, timeout_ns >= 0);
  }

  static void futex_wake(atomic<std::uint32_t>& word, int count) {
    word.announce(access::none, true, true);
    if (explorer::active != nullptr) explorer::active->wake(&word, count);
  }

  // A lock whose sections use no model atomics: nobody else has a turn in one, so each is a single
  // operation. A turn in one is a failure, for then it would have to be a lock that waits.
  class mutex {
   public:
    void lock() noexcept {
      sections_.fetch_add(1);
      require(!held_, "a section of a model lock uses model atomics");
      held_ = true;
    }
    void unlock() noexcept { held_ = false; }

   private:
    atomic<std::uint32_t> sections_{0};
    bool held_ = false;
  };
};

}  // namespace beamish::inline v0::interleave
