// SPDX-License-Identifier: Apache-2.0
//
// beamish::stacktrace: crash reports show where an exception was thrown, as file:line, and the name
// of the function that the process began with, also if that is known by a pointer only.
//
// ```cpp ignore
// // CMake: target_link_libraries(my_program PRIVATE beamish::beamish beamish::stacktrace)
// int main(int argc, char** argv) {
//   beamish::enable_stacktraces();
//   return beamish::run(argc, argv, main_process);
// }
// ```
//
// Guarantees: linking it replaces __cxa_throw in the whole program: each throw on a thread that
// runs processes also notes up to 32 return addresses (some microseconds). Addresses become text
// only when a crash is reported, from the program's debug information (-g) by elfutils; the first
// report takes longest.
//
// Threads: any. Errors: without debug information the frames have names only. With
// AddressSanitizer, which has a __cxa_throw of its own, there are no stacks.
//
// Mirrors __STACKTRACE__. When not to use it: in a program that replaces __cxa_throw itself, or
// that throws so often that some microseconds each count.
#pragma once

#include <exception>
#include <vector>

#include "beamish/runtime/exit_reason.hpp"

namespace beamish::inline v0 {

// From now on reasons and crash reports of exceptions have a stack.
void enable_stacktraces() noexcept;

// The stack of the throw point, innermost first; empty if that exception was not the last one
// thrown by the process that runs on this thread.
std::vector<code_place> stacktrace_of(const std::exception_ptr& failure);

}  // namespace beamish::inline v0
