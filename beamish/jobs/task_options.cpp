// SPDX-License-Identifier: Apache-2.0
#include "beamish/jobs/task_options.hpp"

#include <algorithm>

#include "beamish/runtime/clock.hpp"
#include "beamish/term/conversion_result.hpp"

namespace beamish::inline v0::detail {

task_settings settings_of(const task_options& o) {
  if (o.weight == 0) throw_argument_error("task_options: a task takes at least one slot: weight 0");
  const bool before_start = o.timeout < duration::zero() && o.timeout != infinity;
  if (before_start || o.delay < duration::zero())
    throw_argument_error("task_options: a time is negative");
  const bool odd_pause = o.backoff.first < duration::zero() || o.backoff.max < o.backoff.first ||
                         o.backoff.jitter < 0 || o.backoff.jitter > 1;
  if (odd_pause)
    throw_argument_error("task_options: backoff wants 0 <= first <= max and a jitter of 0 to 1");
  task_settings s{o.priority, o.weight, o.timeout, o.retries, o.backoff, o.delay, {}, {}};
  s.key = o.key;
  s.label = o.label;
  if (o.at != std::chrono::system_clock::time_point())
    s.delay = std::max(s.delay, std::chrono::duration_cast<duration>(o.at - system_time()));
  return s;
}

}  // namespace beamish::inline v0::detail
