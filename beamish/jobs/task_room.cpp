// SPDX-License-Identifier: Apache-2.0
// tested in: task_handler_limits_test.cpp
#include "beamish/jobs/task_room.hpp"

#include <system_error>

namespace beamish::inline v0::detail {

namespace {

bool is_lack_of_threads(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::system_error& e) {
    return e.code() == std::errc::resource_unavailable_try_again;
  } catch (...) {
    return false;
  }
}

}  // namespace

exit_reason start_failure(const std::exception_ptr& failure, bool none_runs) {
  if (!none_runs && is_lack_of_threads(failure))
    return exit_reason(tuple(atom("system_limit"), atom("threads")));
  return exit_reason::from_exception(failure);
}

bool is_lack_of_room(const exit_reason& why) {
  const term& value = why.value();
  return value.is_tuple() && value.size() == 2 && value.elements()[0].is_atom("system_limit");
}

}  // namespace beamish::inline v0::detail
