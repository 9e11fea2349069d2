// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/batons.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "beamish/runtime/atomics.hpp"

namespace beamish::inline v0::sim {

namespace {
constexpr std::int64_t too_long = 100'000'000;
}

batons::~batons() {
  for (auto& b : threads_) {
    if (b->thread.joinable()) b->thread.detach();
  }
}

void batons::start(detail::thread_state& t) {
  ready_.reserve(threads_.size() + 1);
  body& b = *threads_.emplace_back(std::make_unique<body>());
  b.state = &t;
  t.baton = &b;
  try {
    b.thread = std::thread(t.main, &t);
  } catch (...) {
    threads_.pop_back();
    throw;
  }
}

void batons::give_back() noexcept {
  home_.store(1, std::memory_order_release);
  detail::std_atomics::futex_wake(home_, 1);
}

void batons::wait(detail::thread_state& t) {
  body& me = *static_cast<body*>(t.baton);
  if (me.begun) {
    me.awake = false;
    me.deadline = t.wait_deadline;
    give_back();
  }
  while (me.turn.load(std::memory_order_acquire) == 0) {
    detail::std_atomics::futex_wait(me.turn, 0, -1);
  }
  me.turn.store(0, std::memory_order_relaxed);
  me.begun = true;
}

// The process may outlive its thread.
void batons::wake(detail::thread_state& t) noexcept {
  if (t.baton != nullptr) static_cast<body*>(t.baton)->awake = true;
}

void batons::ended(detail::thread_state& t) noexcept {
  static_cast<body*>(std::exchange(t.baton, nullptr))->ended = true;
  give_back();
}

std::uint32_t batons::runnable(std::int64_t now) noexcept {
  ready_.clear();
  for (std::uint32_t i = 0; i < threads_.size(); ++i) {
    if (threads_[i]->awake || threads_[i]->deadline <= now) ready_.push_back(i);
  }
  return static_cast<std::uint32_t>(ready_.size());
}

detail::thread_state& batons::at(std::uint32_t runnable) noexcept {
  return *threads_[ready_[runnable]]->state;
}

std::int64_t batons::next_deadline() const noexcept {
  std::int64_t next = std::numeric_limits<std::int64_t>::max();
  for (const auto& b : threads_) next = std::min(next, b->deadline);
  return next;
}

void batons::run(std::uint32_t runnable) {
  const auto at = threads_.begin() + ready_[runnable];
  body& b = **at;
  home_.store(0, std::memory_order_relaxed);
  b.turn.store(1, std::memory_order_release);
  detail::std_atomics::futex_wake(b.turn, 1);
  while (home_.load(std::memory_order_acquire) == 0) {
    const bool in_time = detail::std_atomics::futex_wait(home_, 0, too_long);
    if (in_time || b.reported || home_.load(std::memory_order_acquire) != 0) continue;
    b.reported = true;
    report_(user_, *b.state);
  }
  if (!b.ended) return;
  b.thread.join();
  threads_.erase(at);
}

}  // namespace beamish::inline v0::sim
