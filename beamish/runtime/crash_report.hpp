// SPDX-License-Identifier: Apache-2.0
//
// Crash reports: what a person needs to know about a process that ended unexpectedly, logged once.
//
//     [error] process #PID<1.7.0> ("library") terminated
//     ** (std::out_of_range) no such shelf
//         awaited at shelf_of, library.cpp:31
//     Initial call: library    Ancestors: [#PID<1.2.0>]   Last message: {:add_book, "…"}
//     Client: #PID<1.9.0> waits, called at desk.cpp:12    Links: [#PID<1.2.0>]    Neighbours: …
//
// As JSON the same report is one line; see log.hpp. Reasons normal, shutdown and {shutdown, _} are
// no crash. The stack of the throw point is there if the program links beamish::stacktrace.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "beamish/runtime/exit_reason.hpp"
#include "beamish/runtime/look.hpp"
#include "beamish/runtime/program.hpp"
#include "beamish/runtime/run_state.hpp"

namespace beamish::inline v0::detail {

// What a process that fails leaves for its report. What isn't known is empty.
struct crash_notes {
  std::string last_message;
  std::string last_state;        // of a server, as its format_status shows it
  std::vector<std::string> log;  // the last events, if sys::log kept them
  std::optional<term> reason;    // shown instead of the true one
  std::optional<process_look> client;
};
// Made when first needed.
crash_notes& notes_of(process_slot& slot);

// What both forms of a report are made of.
struct crash_report {
  static constexpr std::size_t links_kept = 50;
  static constexpr std::size_t neighbours_kept = 10;

  std::int64_t time = 0;  // nanoseconds since 1970
  pid process;
  std::string registered_name;  // empty: none
  exit_reason reason;           // with what is known about an exception
  std::string initial_call;
  std::vector<pid> ancestors;
  crash_notes notes;
  term label;
  term metadata;  // as logger::metadata() gave it
  std::vector<std::pair<term, term>> dictionary;
  std::size_t mailbox_length = 0;
  std::vector<pid> links;  // the first ones
  std::size_t links_total = 0;
  std::vector<process_look> neighbours;  // the first of those that are linked
};
crash_report make_crash_report(const process_slot& slot, const exit_reason& reason);
// For people; several lines.
std::string text_of(const crash_report& report);
// One line.
std::string json_of(const crash_report& report, const node_core& node);

// Logs the end of the process if its reason asks for it.
void report_crash(process_slot& slot, run_state& run) noexcept;
void report_swallowed_exit(process_slot& slot, const exit_reason& reason) noexcept;

// An exception leaves the coroutine `passed`, which `awaiting` awaited there.
void trail_failure(const std::exception_ptr& failure, const std::source_location& awaited_at,
                   const void* passed, const void* awaiting) noexcept;
// What is thrown now has left no coroutine: an earlier exception may have lain where it lies.
void forget_trail() noexcept;
std::vector<code_place> trail_of(const std::exception_ptr& failure);

// The exception object that `failure` refers to.
const void* identity_of(const std::exception_ptr& failure) noexcept;

// The stack where the exception was thrown, if a provider is linked: beamish::stacktrace sets it.
std::vector<code_place> stack_of(const std::exception_ptr& failure);
void set_stack_provider(stack_provider provider) noexcept;

// Adds the current process's initial call and last message.
void complete_exception_info(exception_info& info);

}  // namespace beamish::inline v0::detail
