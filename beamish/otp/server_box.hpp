// SPDX-License-Identifier: Apache-2.0
//
// The engine of a gen_server: everything that does not depend on the user's type.
//
// A server is an object and this box; while it is idle it has no coroutine frame. The loop takes
// the oldest message, lets `server_type::dispatch` find the user's callback, and acts on what it
// returned. A callback that is a coroutine is driven like a process of its own: the server then
// takes no other message, but exit signals and kill still end it.
// tested in: gen_server_test.cpp
#pragma once

#include <coroutine>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "beamish/otp/outcome.hpp"
#include "beamish/otp/server_status.hpp"
#include "beamish/runtime/activity.hpp"
#include "beamish/runtime/destination.hpp"
#include "beamish/runtime/memory_access.hpp"
#include "beamish/runtime/process_slot.hpp"
#include "beamish/runtime/run_state.hpp"
#include "beamish/runtime/task.hpp"
#include "beamish/runtime/wait.hpp"

namespace beamish::inline v0::detail {

struct server_box;

// The answer to start: the pid, or why not.
struct start_answer {
  enum class kind : std::uint8_t { ok, error, ignored } what = kind::ok;
  pid process;
  exit_reason reason;
};
struct start_request {
  using reply = start_answer;
};

// A callback that is a coroutine and still runs. Made from the pool, freed by `finish` or `drop`.
struct running_callback {
  promise_base* root = nullptr;
  // The coroutine has returned: takes its result (may throw) and applies it.
  void (*finish)(server_box&, running_callback*) = nullptr;
  void (*drop)(running_callback*) noexcept = nullptr;
  exit_reason stopping_with;  // of a terminate that is a coroutine
  // For callers that wait in vain.
  const message_type* message = nullptr;
  std::int64_t began = 0;
  callback_kind kind = callback_kind::info;
};

// One static object per server type.
struct server_type : body_type {
  constexpr server_type(body_type body) : body_type(body) {}
  // Finds the callback for the signal and runs it. False if there is none: the signal is untouched.
  bool (*dispatch)(server_box&, signal&) = nullptr;
  bool (*handle_timeout)(server_box&) = nullptr;
  void (*terminate)(server_box&, const exit_reason&) = nullptr;  // null: no such callback
  // The state as people see it: fills the status, and changes what is to be hidden.
  void (*format)(server_box&, server_status&) = nullptr;
  // The state itself, and its type, for functions that sys runs inside.
  void* (*state)(server_box&) = nullptr;
  const message_type* state_type = nullptr;
  bool formats_all = false;  // also the last message and the reason
  bool (*code_change)(server_box&, const term& old, const term& extra) = nullptr;
  bool ends_on_unknown_call = false;
};

// Why a server doesn't simply take its next message; several may hold at once.
namespace halt {
constexpr std::uint8_t suspended = 1;  // by sys::suspend
constexpr std::uint8_t pried = 2;      // it stops before its next message: pry.hpp
constexpr std::uint8_t passes = 4;     // the oldest message was looked at, and is to be handled
constexpr std::uint8_t debugged = 8;   // it tells what it does: server_debug.hpp
}  // namespace halt

enum class server_phase : std::uint8_t { starting, running, terminating };

// What only a starting server needs.
struct server_start : from_pool {
  virtual ~server_start() = default;
  virtual void init(server_box& box) = 0;

  request_node<start_request>* request = nullptr;  // null once answered
  std::string name;
  std::shared_ptr<const via_target> registered_as;  // null: no registry
};

// An answer is given to `client`: for whoever debugs the server.
void note_reply(server_box& box, pid client, const void* value,
                term (*shown)(const void*)) noexcept;
template <class R>
term shown_value(const void* value) {
  if constexpr (std::is_same_v<R, no_value>)
    return term(atom("ok"));
  else
    return to_printable_term(*static_cast<const R*>(value));
}

struct server_box {
  run_state* run = nullptr;  // of the turn that is on
  std::unique_ptr<server_start> start;
  pid parent;
  server_phase phase = server_phase::starting;
  // The server's memory may be given back while it is idle: a callback or hibernate_after said so.
  bool hibernates = false;
  bool may_hibernate = false;         // after process_extra::hibernate_after
  bool clock_is_hibernation = false;  // the clock that `idle` waits for is hibernate_after's
  bool stopping = false;
  std::uint8_t halts = 0;
  // The user's object lives. Here and not beside it, where it would cost an idle server 8 bytes.
  bool constructed = false;
  // The message whose callback runs; a call that isn't answered yet fails if the server dies.
  signal* current = nullptr;
  // Obligations (from) that an exception dropped on its way; if it ends the server they get its
  // reason.
  signal* orphans = nullptr;
  running_callback* callback = nullptr;
  continuation next;
  // What the last callback gave the next message.
  std::int64_t timeout = for_ever;

  process_slot& slot() const noexcept { return *run->here.current; }
  const server_type& type() const noexcept { return static_cast<const server_type&>(*slot().type); }

  // ---- what callbacks returned
  void apply(next_step&& step);
  // The callback returned nothing special: as apply(next_step()), which most messages need.
  void go_on() noexcept {
    if (phase == server_phase::terminating) return;
    timeout = for_ever;
    hibernates = false;
  }
  void apply_init(init_kind what, exit_reason reason, next_step&& step);
  template <class M, class R>
  void answer(R&& value) {
    auto* node = static_cast<request_node<M>*>(std::exchange(current, nullptr));
    if (halts != 0) [[unlikely]]
      note_reply(*this, node->from, &value, &shown_value<std::remove_cvref_t<R>>);
    request_node<M>::reply(node, std::forward<R>(value));
  }
  // The coroutine `c` is the callback that runs now.
  void await(running_callback* c) noexcept;
  // While there is any halt no call runs inside its caller.
  void add_halt(std::uint8_t which) noexcept {
    halts |= which;
    slot().set(slot_flag::no_inline);
  }
  void end_halt(std::uint8_t which) noexcept {
    halts &= static_cast<std::uint8_t>(~which);
    if (halts == 0) slot().clear(slot_flag::no_inline);
  }
  // REQUIRES: the turn goes on to terminate before it ends.
  void begin_stop(exit_reason reason);
};

run_result run_server(process_slot& slot, run_state& run);
void describe_server(const process_slot& slot, server_activity_view& view) noexcept;

// Common to all bodies: what the box itself holds. Called before the user's object is destroyed.
void drop_box(server_box& box) noexcept;

// Registers the name. False if it is taken: the starter knows, and the process ends.
bool begin_start(server_box& box);
// Tells the starter, once.
void finish_start(server_box& box, start_answer answer) noexcept;
void run_terminate(server_box& box) noexcept;
// stop, suspend, status ..., and an exit of the parent that is trapped. See sys.hpp.
bool is_system_message(const server_box& box, signal& s) noexcept;
// REQUIRES: is_system_message.
void handle_system_message(server_box& box, signal& s);
// A person looks at the oldest message and the state: runs like a callback of the server that
// changes nothing. Without memory for it the message is handled unseen.
void begin_pry(server_box& box) noexcept;
// The state as people see it; a format_status that fails is shown by its failure.
term shown_state(server_box& box);
// The same with what else it may show; message, reason and log come as they are.
server_status shown_status(server_box& box, server_status status);
term shown_message(const signal& s);

}  // namespace beamish::inline v0::detail
