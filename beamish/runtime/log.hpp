// SPDX-License-Identifier: Apache-2.0
//
// The log of a node: where crash reports, warnings and the notes of servers go.
//
// ```cpp
// #include "beamish/runtime/node.hpp"
//
// void keep(void* user, const log_entry& entry) {
//   static_cast<std::vector<std::string>*>(user)->push_back(entry.text);
// }
// std::vector<std::string> kept;
// beamish::node n({.workers = 1, .log = {&keep, &kept}});    // by default: standard error
// n.start();
// n.spawn([] { log(log_level::info, "hello"); });
// n.wait_until_empty(std::chrono::seconds(5));    //=> true
// kept.front();                                   //=> "hello"
// ```
//
// Guarantees: entries of one process arrive in order. Threads: the sink is called on the thread
// that has something to say, one call at a time. Errors: a sink that throws is ignored; log() where
// no process runs is std::logic_error.
//
// Mirrors Logger. When not to use it: for what the program itself has to say to its user, or for
// much that must be fast: all of a node share one sink, under one lock.
// tested in: crash_report_test.cpp
#pragma once

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
void write_log(node_core& core, const log_entry& entry) noexcept;
void log_warning(node_core& core, std::string text) noexcept;
void report_stuck(node_core& core, std::uint32_t id, std::int64_t nanoseconds) noexcept;
}  // namespace detail

}  // namespace beamish::inline v0
