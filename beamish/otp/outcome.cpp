// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/outcome.hpp"

namespace beamish::inline v0::detail {

namespace {

[[noreturn]] void bad_return(const term& value) {
  throw exited(exit_reason(tuple(atom("bad_return_value"), value)));
}

// The third element of OTP's tuples: a time, or hibernate. False if it is neither.
bool read_extra(const term& extra, next_step& step) {
  if (extra.is_atom("hibernate")) return step.hibernates = true;
  if (extra.is_atom("infinity")) return true;
  const auto ms = extra.as_integer();
  if (!ms || *ms < 0) return false;
  step.timeout_ns = duration(std::chrono::milliseconds(*ms)).count();
  return true;
}

// `:word`, or {:word, extra}.
bool read_step(const term& value, std::string_view word, next_step& step) {
  if (value.is_atom(word)) return true;
  const auto parts = value.elements();
  return value.is_tuple() && parts.size() == 2 && parts[0].is_atom(word) &&
         read_extra(parts[1], step);
}

bool is_stop(const term& value) {
  const auto parts = value.elements();
  return value.is_tuple() && parts.size() == 2 && parts[0].is_atom("stop");
}

}  // namespace

next_step step_from(const term& value) {
  next_step step;
  if (is_stop(value))
    step.stop_reason = exit_reason(value.elements()[1]);
  else if (!read_step(value, "noreply", step))
    bad_return(value);
  return step;
}

init_kind init_from(const term& value, exit_reason& reason, next_step& step) {
  if (value.is_atom("ignore")) return init_kind::ignore;
  if (is_stop(value)) {
    reason = exit_reason(value.elements()[1]);
    return init_kind::stop;
  }
  if (!read_step(value, "ok", step)) bad_return(value);
  return init_kind::ok;
}

}  // namespace beamish::inline v0::detail
