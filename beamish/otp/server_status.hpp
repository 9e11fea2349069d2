// SPDX-License-Identifier: Apache-2.0
//
// What is shown of a server, and how the server changes that: to hide a password, to be brief.
//
// ```cpp
// struct vault : gen_server<vault> {
//   std::string key = "secret";
//   server_status format_status(server_status shown) const {
//     shown.state = tuple(atom("key"), atom("hidden"));
//     if (shown.reason) shown.reason = atom("hidden");      // only there if the server ends
//     return shown;
//   }
// };
// auto v = co_await start<vault>();
// term seen = co_await sys::inspect(v);     //=> {:key, :hidden}
// ```
//
// The state comes as its members show it. Message, reason and log are there when a crash is
// reported; the log is what sys::log kept. Guarantees: only what is shown changes; links, monitors
// and callers hear the true reason. A format_status that fails is shown by its failure, and nothing
// that it was to hide is shown.
//
// Mirrors format_status/1 of OTP 25. When not to use it: where only the state matters: `term
// format_status() const`.
// tested in: server_status_test.cpp
#pragma once

#include <optional>
#include <vector>

#include "beamish/term/term.hpp"

namespace beamish::inline v0 {

struct server_status {
  term state;
  std::optional<term> message;  // the last one
  std::optional<term> reason;
  std::vector<term> log;
};

}  // namespace beamish::inline v0
