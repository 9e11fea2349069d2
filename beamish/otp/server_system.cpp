// SPDX-License-Identifier: Apache-2.0
//
// How a server starts and what it answers to system messages.
#include "beamish/otp/server_box.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process.hpp"

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
  if (start.registry && !start.registry->insert(start.registry->object, start.via_name, self)) {
    const pid holder = start.registry->find(start.registry->object, start.via_name);
    start.registry.reset();  // the name is the other's: don't take it from him
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
  if (!started && start->registry) start->registry->erase(start->registry->object, start->via_name);
  request_node<start_request>::reply(std::exchange(start->request, nullptr), std::move(answer));
}

bool is_system_message(const signal& s) noexcept { return is<system_request>(s); }

bool handle_system_message(server_box& box, signal& s) {
  if (!is<system_request>(s)) return false;
  auto& request = payload_of<system_request>(s);
  switch (request.what) {
    case system_request::kind::terminate:
      box.suspended = false;
      box.begin_stop(request.reason);
      return true;
    case system_request::kind::suspend:
      box.suspended = true;
      break;
    case system_request::kind::resume:
      box.suspended = false;
      break;
    case system_request::kind::get_state:
      send(request.from, system_answer{request.id, true, box.type().status(box)});
      return true;
    case system_request::kind::code_change: {
      const bool changed = box.type().code_change == nullptr ||
                           box.type().code_change(box, request.argument, request.extra);
      send(request.from, system_answer{request.id, changed, term()});
      return true;
    }
  }
  send(request.from, system_answer{request.id, true, term()});
  return true;
}

}  // namespace beamish::inline v0::detail
