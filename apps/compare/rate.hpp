// SPDX-License-Identifier: Apache-2.0
// How many empty tasks a task handler runs per second.
//
//   auto add = [&](auto f) { handler.add_task(std::move(f)); };
//   empty_tasks load{.waiting = 500'000, .places = 2};
//   const double rate = co_await tasks_per_second(load, add, steady_now_ns);
//
// The clock runs from before the first task is added until the last answer has come. Those that
// find a free place at once are not counted, though their time is: with few tasks they would make
// a handler that looks for ended tasks only now and then seem faster than it goes on.
// `add` takes a function without parameters that gives a task<>; `clock` gives nanoseconds.

#pragma once

#include <cstddef>
#include <cstdint>

#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/task.hpp"

namespace beamish::apps {

struct empty_tasks {
  std::size_t waiting = 0;  // that find no free place
  std::size_t places = 0;
};

struct empty_done {};

template <class Add, class Clock>
task<double> tasks_per_second(empty_tasks load, Add& add, Clock clock) {
  const pid owner = self();
  const std::size_t all = load.waiting + load.places;
  const std::int64_t begin = clock();
  for (std::size_t i = 0; i < all; ++i) {
    add([owner]() -> task<> {
      send(owner, empty_done{});
      co_return;
    });
  }
  for (std::size_t i = 0; i < all; ++i) co_await receive<empty_done>();
  co_return static_cast<double>(load.waiting) * 1e9 / static_cast<double>(clock() - begin);
}

}  // namespace beamish::apps
