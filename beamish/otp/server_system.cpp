// SPDX-License-Identifier: Apache-2.0
//
// How a server starts and what it answers to system messages.
// tested in: sys_test.cpp
#include "beamish/otp/server_box.hpp"
#include "beamish/otp/server_debug.hpp"
#include "beamish/otp/sys_messages.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::detail {

namespace {

void name_is_taken(server_box& box, pid holder) {
  finish_start(box, start_answer{start_answer::kind::error, pid{},
                                 exit_reason(tuple(atom("already_started"), holder))});
  // As in OTP the process that came too late ends normally, and init has not run.
  box.run->die(exit_reason::normal());
}

template <class M>
bool is(const signal& s) noexcept {
  return s.type->kind == signal_kind::message && same_message(s.type->message, &message_type_of<M>);
}

}  // namespace

bool begin_start(server_box& box) {
  server_start& start = *box.start;
  const pid self = pid_of(box.slot());
  if (!start.name.empty()) {
    if (const pid holder = whereis(start.name)) return name_is_taken(box, holder), false;
    try {
      register_name(start.name, self);
    } catch (const argument_error&) {
      // Somebody was faster, or it can't be a name at all.
      const pid holder = whereis(start.name);
      if (!holder) throw;
      return name_is_taken(box, holder), false;
    }
  }
  if (start.registered_as == nullptr) return true;
  if (const pid holder = start.registered_as->insert(self)) {
    start.registered_as.reset();  // the name is the other's: don't take it from him
    return name_is_taken(box, holder), false;
  }
  return true;
}

void finish_start(server_box& box, start_answer answer) noexcept {
  server_start* start = box.start.get();
  if (start == nullptr || start->request == nullptr) return;
  const bool started = answer.what == start_answer::kind::ok;
  // A failed start leaves no name behind by the time the starter hears of it.
  if (!started && !start->name.empty()) box.slot().node->names.forget(pid_of(box.slot()));
  if (!started && start->registered_as != nullptr) start->registered_as->erase();
  request_node<start_request>::reply(std::exchange(start->request, nullptr), std::move(answer));
}

bool is_system_message(const server_box& box, signal& s) noexcept {
  if (is<system_request>(s)) return true;
  if (!is<exit_message>(s)) return false;
  // An exit of the parent ends the server even if it traps exits, and never reaches handle_info;
  // that of a node that stops comes from nobody.
  const pid from = payload_of<exit_message>(s).from;
  return from == box.parent || !from;
}

namespace {

// Nothing of what it was to hide is shown.
server_status failed_status(const server_box& box, server_status status, const std::string& why) {
  const term failure = opaque("format_status failed: " + why);
  status.state = failure;
  if (!box.type().formats_all) return status;
  if (status.message) status.message = failure;
  if (status.reason) status.reason = failure;
  status.log.clear();
  return status;
}

}  // namespace

server_status shown_status(server_box& box, server_status status) {
  try {
    server_status shown = status;
    box.type().format(box, shown);
    return shown;
  } catch (const std::exception& e) {
    return failed_status(box, std::move(status), e.what());
  } catch (const exited& e) {
    return failed_status(box, std::move(status), inspect(e.reason()));
  }
}

term shown_state(server_box& box) { return shown_status(box, server_status()).state; }

namespace {

// The server goes on with the state it has if this fails; the asker hears why.
system_answer change_code_for(server_box& box, system_request& request) {
  system_answer done{request.id, true, term(true), {}};
  try {
    if ((box.halts & halt::suspended) == 0) throw exited(exit_reason(atom("not_suspended")));
    if (box.type().code_change != nullptr)
      done.value = term(box.type().code_change(box, request.argument, request.extra));
  } catch (...) {
    done.ok = false;
    done.value = exit_reason::from_exception(std::current_exception()).value();
  }
  return done;
}

void suspend(server_box& box) noexcept {
  box.add_halt(halt::suspended);
  box.slot().scan = &box.slot().queue;
}

void resume(server_box& box) noexcept { box.end_halt(halt::suspended); }

term status_of(server_box& box) {
  std::vector<term> dictionary;
  if (const process_extra* extra = box.slot().extra)
    for (const auto& [key, value] : extra->dictionary) dictionary.push_back(tuple(key, value));
  return list(pid_of(box.slot()), box.type().initial_call, list_from(dictionary),
              (box.halts & halt::suspended) != 0, box.parent, shown_debugging(box),
              shown_state(box));
}

// The server goes on with what it has if the function fails; the asker hears why.
system_answer run_job(server_box& box, system_request& request) {
  system_answer done{request.id, true, term(), std::move(request.place)};
  try {
    done.place.job->run(box);
  } catch (...) {
    done.ok = false;
    done.value = exit_reason::from_exception(std::current_exception()).value();
  }
  return done;
}

}  // namespace

void handle_system_message(server_box& box, signal& s) {
  if (is<exit_message>(s)) {
    resume(box);
    return box.begin_stop(payload_of<exit_message>(s).reason);
  }
  auto& request = payload_of<system_request>(s);
  system_answer done{request.id, true, term(), {}};
  switch (request.what) {
    case system_request::kind::stop:
      resume(box);
      return box.begin_stop(request.reason);
    case system_request::kind::terminate:
      resume(box);
      box.begin_stop(request.reason);
      break;
    case system_request::kind::suspend:
      suspend(box);
      break;
    case system_request::kind::resume:
      resume(box);
      break;
    case system_request::kind::pry_next:
      box.add_halt(halt::pried);
      break;
    case system_request::kind::get_state:
      done.value = shown_state(box);
      break;
    case system_request::kind::get_status:
      done.value = status_of(box);
      break;
    case system_request::kind::code_change:
      done = change_code_for(box, request);
      break;
    case system_request::kind::debug:
      done.value = change_debugging(box, request.argument, request.extra);
      break;
    case system_request::kind::run:
      done = run_job(box, request);
      break;
  }
  send(request.id, std::move(done));
}

}  // namespace beamish::inline v0::detail
