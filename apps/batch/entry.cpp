// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/entry.hpp"

#include <algorithm>
#include <chrono>

#include "beamish/otp/restart_window.hpp"

namespace beamish::apps {

batch_status status_of(const os_outcome& end) {
  const bool started = end.how != os_outcome::kind::not_started;
  if (end.stopped) return started ? batch_status::stopped : batch_status::not_run;
  if (end.timed_out) return batch_status::timed_out;
  return end.ok() ? batch_status::ok : batch_status::failed;
}

batch_status status_of(const batch_entry& entry) {
  return entry.ended ? status_of(entry.end) : batch_status::not_run;
}

std::string_view name_of(batch_status status) {
  switch (status) {
    case batch_status::ok:
      return "ok";
    case batch_status::failed:
      return "failed";
    case batch_status::timed_out:
      return "timed_out";
    case batch_status::stopped:
      return "stopped";
    case batch_status::not_run:
      break;
  }
  return "not_run";
}

bool is_failure(const os_outcome& end) { return !end.ok() && !end.stopped; }

bool is_worth_a_retry(const os_outcome& end) {
  return is_failure(end) && end.how != os_outcome::kind::not_started;
}

std::int64_t backoff_ns(retry_pause pause, std::size_t retry, std::uint64_t random) {
  const duration longest = std::chrono::minutes(10);
  const restart_backoff rules{std::min(duration(pause.first_ns), longest), longest, pause.jitter};
  return detail::pause_of(rules, static_cast<std::uint32_t>(retry - 1), random).count();
}

std::string output_path(const std::string& directory, const batch_entry& entry,
                        output_stream stream) {
  return directory + "/" + entry.name() + (stream == output_stream::out ? ".out" : ".err");
}

}  // namespace beamish::apps
