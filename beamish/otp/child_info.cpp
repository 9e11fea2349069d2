// SPDX-License-Identifier: Apache-2.0
// tested in: supervised_test.cpp
#include "beamish/otp/child_info.hpp"

#include <cstdio>

namespace beamish::inline v0 {

namespace detail {

std::string text_of_time(duration d) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
  if (ms < 1000) return std::to_string(ms) + " ms";
  char text[32];
  const bool whole = ms % 1000 < 50 || ms >= 100'000;
  std::snprintf(text, sizeof text, whole ? "%.0f s" : "%.1f s", static_cast<double>(ms) / 1000);
  return text;
}

}  // namespace detail

std::string child_info::status() const {
  switch (state) {
    case child_state::running:
      return "running";
    case child_state::stopped:
      return "stopped";
    case child_state::restarting:
      break;
  }
  return restart_in ? "restarting (in " + detail::text_of_time(*restart_in) + ")" : "restarting";
}

term child_info::as_term() const {
  term shown = term(atom("undefined"));
  if (state == child_state::running) shown = term(process);
  if (state == child_state::restarting) shown = term(atom("restarting"));
  return tuple(id, std::move(shown), atom(type == child_type::worker ? "worker" : "supervisor"),
               list(module));
}

term child_counts::as_term() const {
  return map({{atom("specs"), specs},
              {atom("active"), active},
              {atom("supervisors"), supervisors},
              {atom("workers"), workers}});
}

}  // namespace beamish::inline v0
