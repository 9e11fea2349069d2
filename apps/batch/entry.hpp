// SPDX-License-Identifier: Apache-2.0
// One command of a batch, and what became of it.
//
//   batch_entry e{.number = 3, .command = {.text = "make"}};
//   e.name();                           //=> "3"
//   status_of(e) == batch_status::not_run;      //=> true
//
// Values without threads of their own: see batch_session for who writes them.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/batch/file.hpp"
#include "beamish/runtime/os_process.hpp"

namespace beamish::apps {

struct batch_entry {
  std::size_t number = 0;  // from 1
  batch_command command = {};
  bool ended = false;  // false: it was never run
  os_outcome end = {};
  std::size_t slot = 0;                  // from 1; which of the `limit` places it had
  std::vector<os_outcome> earlier = {};  // the attempts before the last one

  // Its label, or its number.
  std::string name() const {
    return command.label.empty() ? std::to_string(number) : command.label;
  }
};

enum class batch_status : std::uint8_t { ok, failed, timed_out, stopped, not_run };

batch_status status_of(const os_outcome& end);
batch_status status_of(const batch_entry& entry);
std::string_view name_of(batch_status status);  // ok, failed, timed_out, stopped, not_run

bool is_failure(const os_outcome& end);

// A command that did not start won't the next time.
bool is_worth_a_retry(const os_outcome& end);

// How long to wait before a retry: `first`, then twice as long each time, up to ten minutes; and
// each time longer or shorter by a random part of it, at most `jitter`.
struct retry_pause {
  std::int64_t first_ns = 0;
  double jitter = 0;  // 0 to 1
};
std::int64_t backoff_ns(retry_pause pause, std::size_t retry, std::uint64_t random);

// DIRECTORY/NAME.out or .err
std::string output_path(const std::string& directory, const batch_entry& entry,
                        output_stream stream);

}  // namespace beamish::apps
