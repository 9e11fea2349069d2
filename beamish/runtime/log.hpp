// SPDX-License-Identifier: Apache-2.0
//
// The log of a node: where crash reports, warnings and the notes of servers go.
//
//     node::options o;  o.log = [](const log_entry& e) { ... };    // default: standard error
//
// Entries of one process arrive in order. The sink is called on the worker that has something to
// say, one call at a time; a sink that throws is ignored.
// tested in: crash_report_test.cpp
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "beamish/term/identifiers.hpp"

namespace beamish::inline v0 {

enum class log_level : std::uint8_t { debug, info, warning, error };

struct log_entry {
  log_level level;
  pid process;       // empty if the node itself speaks
  std::string text;  // may have several lines
};

// A plain function and its argument: light to include, and it can't throw on copy.
struct log_function {
  void (*call)(void* user, const log_entry& entry) = nullptr;
  void* user = nullptr;
};

// Writes to the current node's log.
void log(log_level level, std::string_view text);

namespace detail {
struct node_core;
struct log_sink {
  std::mutex mutex;
  log_function function;
};
void write_log(node_core& core, const log_entry& entry) noexcept;
void log_warning(node_core& core, std::string text) noexcept;
void report_stuck(node_core& core, std::uint32_t id, std::int64_t nanoseconds) noexcept;
}  // namespace detail

}  // namespace beamish::inline v0
