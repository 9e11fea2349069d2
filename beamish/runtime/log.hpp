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
// For another program to read, each entry is one line of JSON; by default on standard error, too:
//
// ```cpp continues
// beamish::node m({.name = "m@host", .workers = 1, .log = {&keep, &kept, log_form::json}});
// m.start();
// m.spawn([] { throw std::out_of_range("no such shelf"); });
// m.wait_until_empty(std::chrono::seconds(5));    //=> true
// kept.back().substr(0, 28);                      //=> "{\"v\":1,\"kind\":\"crash_report\""
// ```
//
// Each line has v, kind, time, level, node and pid. Of kind `log` it also has metadata and text. Of
// kind `supervisor_report`: besides these report (child_terminated, start_error, shutdown,
// shutdown_error, progress, waiting), supervisor, child and reason. Of kind `crash_report`:
// registered_name, label, initial_call, ancestors, reason, server_was (what the
// server was doing whose reply came too late), exception, last_message, state, client, log,
// metadata, dictionary, neighbours (the first 10 links), mailbox_length, links (the first 50)
// and links_total. An exception has type, message, awaiting and stack; these two are lists of
// function, file and line, innermost first. A client and a neighbour have pid, registered_name,
// initial_call, state (waits, busy, gone), waits_for, mailbox_length and stack.
//
// Entries below `.least` are left out: by default those of level debug, among them the supervisors'
// notes of each child they start.
//
// Pids, labels, reasons, messages and states are texts as inspect prints them; the time is UTC, and
// virtual in a simulated world. What isn't known is null. New members may come at any time; what is
// there changes only with `v`.
//
// More handlers, filters, levels that change and metadata: logger.hpp. How a server hides its state
// or a reason: otp/server_status.hpp.
//
// Guarantees: entries of one process arrive in order. Threads: the function is called on the thread
// that has something to say, one call at a time. Errors: one that throws is removed, and the other
// handlers are told; log() where no process runs is std::logic_error.
//
// Mirrors Logger. When not to use it: for what the program itself has to say to its user, or for
// much that must be fast: all of a node share its handlers, under one lock.
// tested in: crash_report_test.cpp
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "beamish/term/identifiers.hpp"

namespace beamish::inline v0 {

enum class log_level : std::uint8_t {
  debug,
  info,
  notice,
  warning,
  error,
  critical,
  alert,
  emergency
};
// What a log_entry's text is: for people, or one JSON object in one line.
enum class log_form : std::uint8_t { text, json };

struct log_event;

struct log_entry {
  log_level level;
  pid process;       // empty if the node itself speaks
  std::string text;  // may have several lines, unless it is JSON
  // Metadata and more, while the handler runs: see log_event.hpp.
  const log_event* event = nullptr;
};

// A plain function and its argument: light to include, and it can't throw on copy. Without a
// function entries go to standard error, as in `.log = {.form = log_form::json}`.
struct log_function {
  void (*call)(void* user, const log_entry& entry) = nullptr;
  void* user = nullptr;
  log_form form = log_form::text;
  log_level least = log_level::info;  // what is less is not written; of a node: by any handler
};

// Writes to the current node's log.
void log(log_level level, std::string_view text);

namespace detail {
struct node_core;
bool logs_here(log_level level);
}  // namespace detail

// `make()` gives the text, and is called only if the level is on.
template <class Make>
  requires std::is_invocable_r_v<std::string, Make&>
void log(log_level level, Make&& make) {
  if (detail::logs_here(level)) log(level, std::string_view(std::string(make())));
}

namespace detail {
class json_object;
std::string_view name_of(log_level level) noexcept;
log_function with_default_sink(const log_function& wanted) noexcept;
// Nanoseconds since 1970 as 2025-03-01T12:34:56.123456Z.
std::string utc_time(std::int64_t nanoseconds);
// The members that each entry has in JSON.
void begin_json_entry(json_object& entry, const node_core& core, std::string_view kind,
                      log_level level, std::int64_t time);
void print_to_standard_error(log_level level, std::string_view text);
// What the library itself has to say.
void write_log(node_core& core, const log_entry& entry) noexcept;
// Whether entries of that level are written: ask before making a costly one.
bool logs(const node_core& core, log_level level) noexcept;
void log_warning(node_core& core, std::string text) noexcept;
void report_stuck(node_core& core, std::uint32_t id, std::int64_t nanoseconds) noexcept;
}  // namespace detail

}  // namespace beamish::inline v0
