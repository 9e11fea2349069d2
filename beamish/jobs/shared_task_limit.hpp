// SPDX-License-Identifier: Apache-2.0
//
// shared_task_limit: slots that several task handlers share.
//
// ```cpp
// const shared_task_limit slots(1);
// auto mail = co_await task_handler::start_link({.name = "Mail", .shared_limit = &slots});
// auto images = co_await task_handler::start_link({.name = "Images", .shared_limit = &slots});
// auto one = mail.submit([] { return 1; });
// auto two = images.submit([] { return 2; });    // never at the same time as the other
// auto first = co_await one;
// auto second = co_await two;
// *first + *second;        //=> 3
// slots.usage().limit;       //=> 1
// ```
//
// Guarantees: the handlers together never take more slots than there are, besides their own limits,
// and none is idle while a task could have it. A handler that finds none gets the next one in turn,
// so each gets its share however long the queues of the others are. Slots that a killed process
// held are free again once what ran in them has ended.
//
// Threads: any; a copy means the same slots. Units: slots; a task takes its `weight` of them. One
// heavier than all of them runs when it has them all. Errors: none. OTP has no such thing. When not
// to use it: for one handler (its task_limit).
// tested in: shared_task_limit_test.cpp
#pragma once

#include <cstddef>
#include <memory>

namespace beamish::inline v0 {

namespace detail {
class shared_slots;
}

class shared_task_limit {
 public:
  struct counts {
    std::size_t limit = 0;
    std::size_t taken = 0;    // also by tasks that are about to start
    std::size_t waiting = 0;  // handlers
  };

  explicit shared_task_limit(std::size_t slots);
  // What runs goes on; 0: nothing more starts.
  void set(std::size_t slots) const;
  counts usage() const;

  const std::shared_ptr<detail::shared_slots>& slots() const noexcept { return slots_; }

 private:
  std::shared_ptr<detail::shared_slots> slots_;
};

}  // namespace beamish::inline v0
