// SPDX-License-Identifier: Apache-2.0
//
// What is logged, before it has a form: for filters, and for handlers that look closer than at a
// text.
//
// ```cpp
// bool keep(const log_event& e) {
//   const term* request = e.find("request");        // as logger::metadata({{"request", 12}}) said
//   return request == nullptr || *request == term(12);
// }
// log_event e{log_level::info, "log", 0, pid{}, "hello"};
// keep(e);      //=> true
// ```
//
// Metadata is a keyword list: pid, registered_name, ancestors, callers and domain come by
// themselves, then what the process has set and what stood with the message; of equal keys the last
// counts. It is made when somebody first looks. Guarantees: lives as long as the call that shows
// it. Threads: the one that logs.
//
// Mirrors the log events of :logger. When not to use it: to keep (copy what you need).
// tested in: logger_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "beamish/runtime/log.hpp"
#include "beamish/term/term.hpp"

namespace beamish::inline v0 {

struct log_event {
  log_level level;
  std::string_view kind;  // "log", "crash_report", "supervisor_report"
  std::int64_t time;      // nanoseconds since 1970
  pid process;            // empty if the node itself speaks
  std::string_view text;  // for people
  term domain = {};       // [:otp, :sasl]: who speaks; nil: the program
  term report = {};       // the same as fields: a keyword list, or nil
  term given = {};        // metadata that stood with the message

  const term& metadata() const;
  // The last value of that key; null if there is none.
  const term* find(std::string_view key) const;

  // For the log itself: another way to JSON.
  const void* source = nullptr;
  std::string (*as_json)(const log_event&, const detail::node_core&) = nullptr;
  mutable std::optional<term> all = {};
};

namespace detail {
// To all handlers that want it.
void emit(node_core& core, const log_event& event) noexcept;
}  // namespace detail

}  // namespace beamish::inline v0
