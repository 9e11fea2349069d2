// SPDX-License-Identifier: Apache-2.0
//
// The threads behind blocking(): a bounded pool with a queue.
//
//     blocking_pool pool(emptied);   // max(4, 2 x cores) threads, started when needed
//     pool.submit(job);              // runs job->run on one of them, in order of submission
//     pool.drop_queue();             // what has not begun never will
//     pool.running();                // `emptied` is notified when this becomes 0
// tested in: blocking_test.cpp
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "beamish/runtime/blocking.hpp"
#include "beamish/runtime/parking.hpp"

namespace beamish::inline v0::detail {

class blocking_pool {
 public:
  explicit blocking_pool(parking& emptied);
  ~blocking_pool();  // waits for what runs; drops what is queued
  void submit(blocking_job* job);
  void drop_queue() noexcept;
  std::size_t running() const noexcept { return running_.load(std::memory_order_seq_cst); }

 private:
  void work() noexcept;

  parking& emptied_;
  std::atomic<std::size_t> running_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<blocking_job*> queue_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  std::size_t most_;
  bool stop_ = false;
};

}  // namespace beamish::inline v0::detail
