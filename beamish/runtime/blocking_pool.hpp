// SPDX-License-Identifier: Apache-2.0
//
// The threads behind blocking(): a bounded pool with a queue.
//
//     blocking_pool pool(core);      // max(4, 2 x cores) threads, started when needed
//     pool.submit(job);              // runs job->run on one of them, in order of submission
// tested in: blocking_test.cpp
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "beamish/runtime/blocking.hpp"

namespace beamish::inline v0::detail {

struct blocking_pool {
 public:
  blocking_pool();
  ~blocking_pool();  // waits for what runs; drops what is queued
  void submit(blocking_job* job);

 private:
  void work() noexcept;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<blocking_job*> queue_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  std::size_t most_;
  bool stop_ = false;
};

}  // namespace beamish::inline v0::detail
