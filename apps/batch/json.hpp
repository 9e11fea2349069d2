// SPDX-License-Identifier: Apache-2.0
// What `beamish batch` tells to programs: one document at the end (--json), or a line for each
// event as it happens (--jsonl). Version 1; doc/batch.md describes every field.
//
//   batch_document(facts, entries);     // {"v":1,"kind":"batch",...}
//   started_event(entry, 1, 2, at_ns);  // {"v":1,"event":"started","number":3,...}
//
// Each result ends with a newline and is ASCII or UTF-8: bytes of a command that are neither become
// U+FFFD. Times are seconds since the batch began. Pure functions.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/batch/entry.hpp"

namespace beamish::apps {

struct batch_facts {
  std::string file;
  std::size_t limit = 0;
  std::int64_t begin_ns = 0;  // on the clock of the entries' times
  std::int64_t elapsed_ns = 0;
  std::string output = {};  // the directory of the output's files, if there is one
};

std::string batch_document(const batch_facts& facts, const std::vector<batch_entry>& entries);

std::string begun_event(const batch_facts& facts, std::size_t commands);
std::string started_event(const batch_entry& entry, std::size_t attempt, std::size_t slot,
                          std::int64_t at_ns);
std::string output_event(const batch_entry& entry, output_stream stream, std::string_view text);
std::string ended_event(const batch_facts& facts, const batch_entry& entry, std::size_t attempt,
                        const os_outcome& end, std::optional<std::int64_t> retry_in_ns);
std::string finished_event(const batch_facts& facts, const std::vector<batch_entry>& entries);

}  // namespace beamish::apps
