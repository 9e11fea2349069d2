// SPDX-License-Identifier: Apache-2.0
// A stack of its own to run a function on, for the interleaving explorer of the tests.
//
//   fiber outside;                                          // the stack we are on
//   fiber inside([&] { for (;;) fiber::change(inside, outside); });
//   fiber::change(outside, inside);                         // returns at the change back
//
// Threads: a fiber stays on the thread that made it. Its function must not return, and a fiber that
// ends drops its stack as it is: what lies there is not destroyed.
// The sanitizers are told of each change of stack.
// tested in: interleave_test.cpp
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

extern "C" {
void __sanitizer_start_switch_fiber(void** fake_stack, const void* bottom, std::size_t size);
void __sanitizer_finish_switch_fiber(void* fake_stack, const void** bottom, std::size_t* size);
void* __tsan_get_current_fiber(void);
void* __tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void* fiber);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
}

namespace beamish::inline v0::interleave {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool under_asan = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool under_asan = true;
#else
inline constexpr bool under_asan = false;
#endif
#else
inline constexpr bool under_asan = false;
#endif

#if defined(__SANITIZE_THREAD__)
inline constexpr bool under_tsan = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr bool under_tsan = true;
#else
inline constexpr bool under_tsan = false;
#endif
#else
inline constexpr bool under_tsan = false;
#endif

class fiber {
 public:
  fiber() {
    if constexpr (under_tsan) tsan_ = __tsan_get_current_fiber();
  }

  explicit fiber(std::function<void()> body)
      : body_(std::move(body)), stack_(new std::byte[stack_bytes]) {
    if constexpr (under_tsan) tsan_ = __tsan_create_fiber(0);
    getcontext(&context_);
    bottom_ = context_.uc_stack.ss_sp = stack_.get();
    size_ = context_.uc_stack.ss_size = stack_bytes;
    context_.uc_link = nullptr;
    // makecontext passes integers only.
    const auto self = reinterpret_cast<std::uintptr_t>(this);
    makecontext(&context_, reinterpret_cast<void (*)()>(&fiber::enter), 2,
                static_cast<unsigned>(self), static_cast<unsigned>(self >> 32));
  }

  fiber(const fiber&) = delete;
  fiber& operator=(const fiber&) = delete;

  ~fiber() {
    if constexpr (under_tsan) {
      if (stack_ != nullptr) __tsan_destroy_fiber(tsan_);
    }
  }

  // Continues `to` where it left off; returns when somebody changes back to `from`.
  // REQUIRES: `from` is the one that runs.
  static void change(fiber& from, fiber& to) {
    to.previous_ = &from;
    if constexpr (under_asan) __sanitizer_start_switch_fiber(&from.fake_, to.bottom_, to.size_);
    if constexpr (under_tsan) __tsan_switch_to_fiber(to.tsan_, 0);
    swapcontext(&from.context_, &to.context_);
    from.arrived();
  }

 private:
  static constexpr std::size_t stack_bytes = 256 * 1024;

  static void enter(unsigned low, unsigned high) {
    auto* self = reinterpret_cast<fiber*>(std::uintptr_t{high} << 32 | low);
    self->arrived();
    self->body_();
  }

  void arrived() {
    if constexpr (under_asan) {
      const void* bottom = nullptr;
      std::size_t size = 0;
      __sanitizer_finish_switch_fiber(fake_, &bottom, &size);
      previous_->bottom_ = bottom;
      previous_->size_ = size;
    }
  }

  std::function<void()> body_;
  std::unique_ptr<std::byte[]> stack_;
  ucontext_t context_{};
  fiber* previous_ = nullptr;
  const void* bottom_ = nullptr;
  std::size_t size_ = 0;
  void* fake_ = nullptr;
  void* tsan_ = nullptr;
};

}  // namespace beamish::inline v0::interleave
