// SPDX-License-Identifier: Apache-2.0
//
// Why a task could not become a process, and whether it may be able to later.
//
//     const exit_reason why = detail::start_failure(std::current_exception(), none_runs);
//     detail::is_lack_of_room(why)    // true: the task waits, since there may be room again
//
// Threads: any. Failure: nothing throws but std::bad_alloc.
// tested in: task_handler_limits_test.cpp
#pragma once

#include <exception>

#include "beamish/runtime/exit_reason.hpp"

namespace beamish::inline v0::detail {

// A machine that has no thread even for one task (`none_runs`) may never have any.
exit_reason start_failure(const std::exception_ptr& failure, bool none_runs);
// {system_limit, _}
bool is_lack_of_room(const exit_reason& why);

}  // namespace beamish::inline v0::detail
