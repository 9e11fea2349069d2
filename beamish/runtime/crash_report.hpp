// SPDX-License-Identifier: Apache-2.0
//
// Crash reports: what a person needs to know about a process that ended unexpectedly, logged once.
//
//     [error] process #PID<1.7.0> ("library") terminated
//     ** (std::out_of_range) no such shelf
//         awaited at shelf_of, library.cpp:31
//     Initial call: library    Ancestors: [#PID<1.2.0>]   Last message: {:add_book, "…"}
//
// Reasons normal, shutdown and {shutdown, _} are no crash. The stack of the throw point is there if
// the program links beamish::stacktrace.
#pragma once

#include <exception>
#include <source_location>
#include <string>
#include <vector>

#include "beamish/runtime/exit_reason.hpp"
#include "beamish/runtime/program.hpp"
#include "beamish/runtime/run_state.hpp"

namespace beamish::inline v0::detail {

// Logs the end of the process if its reason asks for it.
void report_crash(process_slot& slot, run_state& run) noexcept;
void report_swallowed_exit(process_slot& slot, const exit_reason& reason) noexcept;

// An exception leaves the coroutine `passed`, which `awaiting` awaited there.
void trail_failure(const std::exception_ptr& failure, const std::source_location& awaited_at,
                   const void* passed, const void* awaiting) noexcept;
std::vector<std::string> trail_of(const std::exception_ptr& failure);

// The exception object that `failure` refers to.
const void* identity_of(const std::exception_ptr& failure) noexcept;

// The stack where the exception was thrown, if a provider is linked: beamish::stacktrace sets it.
std::vector<std::string> stack_of(const std::exception_ptr& failure);
void set_stack_provider(stack_provider provider) noexcept;

// Adds the current process's initial call and last message.
void complete_exception_info(exception_info& info);

}  // namespace beamish::inline v0::detail
