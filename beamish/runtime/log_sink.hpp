// SPDX-License-Identifier: Apache-2.0
//
// The handlers and filters of a node's log.
//
//     core.log->least        // what no handler wants is not even made
// tested in: logger_test.cpp
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "beamish/runtime/log_event.hpp"

namespace beamish::inline v0::detail {

struct log_filter {
  std::string name;
  std::function<bool(const log_event&)> keeps;
};

struct log_handler {
  std::string name;
  log_function function;
  std::vector<log_filter> filters;
};

struct log_sink {
  // The node's own handler, "default"; its least level is the node's.
  explicit log_sink(const log_function& first);

  std::mutex mutex;
  // Who is inside: a handler that logs would wait for itself.
  std::atomic<std::thread::id> writer{};
  // Neither the node nor any handler wants less: read without the lock.
  std::atomic<log_level> least;
  log_level level;
  std::vector<log_filter> filters;
  std::vector<log_handler> handlers;

  // After a change of levels or handlers. REQUIRES: the lock is held.
  void settle() noexcept;
};

}  // namespace beamish::inline v0::detail
