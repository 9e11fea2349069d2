// SPDX-License-Identifier: Apache-2.0
//
// The system messages of servers, and functions on their way into a server.
//
//     send(server, system_request{system_request::kind::suspend, id, ...});
//     auto answer = co_await receive<system_answer>();      // answer.id == id
// tested in: sys_test.cpp
#pragma once

#include <cstdint>
#include <memory>

#include "beamish/runtime/exit_reason.hpp"
#include "beamish/runtime/message.hpp"
#include "beamish/term/term.hpp"

namespace beamish::inline v0::detail {

struct server_box;

// A function for the inside of a server; it comes back with its result.
struct server_job {
  virtual ~server_job() = default;
  // What it throws is what its sender hears; the server goes on.
  virtual void run(server_box& box) = 0;
};

// Has the form of a term for those messages that carry none; a function never leaves its node.
struct job_place {
  std::unique_ptr<server_job> job;

  friend term to_term(const job_place&) { return term(); }
  friend bool from_term(const term&, job_place&) { return true; }
};

struct system_request {
  enum class kind : std::uint8_t {
    stop,  // nobody answers: the asker waits for the end
    suspend,
    resume,
    pry_next,
    get_state,
    get_status,
    code_change,
    terminate,
    debug,  // argument: what, extra: how
    run,    // the job
  };
  kind what;
  reference id;
  exit_reason reason;  // of stop and terminate
  term argument;
  term extra;
  job_place place;
};
struct system_answer {
  reference id;
  bool ok;  // false: `value` is the reason
  term value;
  job_place place;
};

template <>
inline constexpr bool always_passes<system_request> = true;
template <>
inline constexpr bool always_passes<system_answer> = true;

// Which state a function is for. Unlike a message's, the type needs no term shape.
template <class S>
inline constexpr message_type state_type_of{short_type_name<S>(),
                                            hash_of(raw_name<S>()),
                                            in_anonymous_namespace(raw_name<S>()),
                                            nullptr,
                                            sizeof(S),
                                            nullptr};

}  // namespace beamish::inline v0::detail
