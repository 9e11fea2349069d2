// SPDX-License-Identifier: Apache-2.0
//
// The slots of a shared_task_limit, and the handlers that wait for some, in turn.
//
//     slots->take(&table, 2, where)     // false: the handler will be told (look_for_room)
//     slots->give_back(2);
//
// What is granted belongs to a table of tasks, not to a process: it survives the handler's end.
//
// Threads: any. Failure: take may throw std::bad_alloc and has then changed nothing.
// tested in: shared_task_limit_test.cpp
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "beamish/jobs/shared_task_limit.hpp"
#include "beamish/jobs/task_address.hpp"

namespace beamish::inline v0::detail {

class shared_slots {
 public:
  explicit shared_slots(std::size_t limit) noexcept : limit_(limit) {}

  // One request of each owner at a time. An owner that has been granted slots takes them by asking
  // again, for as many or for others.
  bool take(const void* owner, std::size_t weight, const std::shared_ptr<task_address>& where);
  // Whether take would give them now.
  bool would_fit(const void* owner, std::size_t weight) const;
  void give_back(std::size_t weight);
  // The owner wants none any more, also not those granted to it.
  void withdraw(const void* owner);
  void set_limit(std::size_t limit);
  shared_task_limit::counts usage() const;

 private:
  struct waiter {
    const void* owner;
    std::size_t weight;
    bool granted;
    std::shared_ptr<task_address> where;
  };
  using told = std::vector<pid>;
  bool fits(std::size_t weight) const noexcept;
  // In their turn, those that fit; who is to be told of it.
  told grant();
  static void tell(const told& those);

  mutable std::mutex mutex_;
  std::size_t limit_;
  std::size_t taken_ = 0;
  std::list<waiter> waiting_;  // those granted too, until they take it
};

}  // namespace beamish::inline v0::detail
