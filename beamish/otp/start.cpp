// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/start.hpp"

#include <stdexcept>

#include "beamish/otp/node_calls.hpp"
#include "beamish/runtime/mailbox_room.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/runtime/runner.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0 {

namespace detail {

namespace {
// In the starter: what can never be a name is its mistake.
void check_name(std::string_view name) {
  if (name != "undefined" && name != "nil" && name.size() <= atom::characters_max) return;
  throw argument_error("start: '" + std::string(name) + "' can't be a name");
}
}  // namespace

process_slot& prepare_server(node_core& node, const server_type& type, server_box* box, bond how,
                             reference& monitor, const start_options& options, pid parent) {
  check_name(options.name);
  check_limit(options.mailbox);
  if (!options.name.empty()) box->start->name = options.name;
  if (options.registry_name != nullptr) box->start->registered_as = options.registry_name->target();
  process_slot& slot = prepare_spawn(node, type, how, monitor);
  box->may_hibernate = options.hibernate_after.count() >= 0;
  try {
    if (box->may_hibernate) extra_of(slot).hibernate_after = options.hibernate_after.count();
    if (options.mailbox.messages != mailbox_limit::none) set_room(slot, options.mailbox);
  } catch (...) {
    abandon_process(slot);
    throw;
  }
  // A server that its starter neither links to nor monitors has itself as parent, as in OTP.
  box->parent = how == bond::link || how == bond::monitor ? parent : pid_of(slot);
  slot.body = box;
  return slot;
}

pid holder_of_name(const start_options& options) {
  if (options.registry_name != nullptr) return options.registry_name->whereis();
  return options.name.empty() ? pid{} : destination(options.name).resolve();
}

start_answer already_started(pid holder) {
  return {start_answer::kind::error, pid{},
          exit_reason(tuple(atom("already_started"), term(holder)))};
}

start_answer end_start(call_waiter& w, pid process, const reference& monitor) {
  if (!w.returned) {
    // Too slow: the server is killed, and nothing of it reaches the starter.
    self_access me;
    stop_link(*me, process);
    if (monitor_record* r = monitor ? find_monitor(*me, monitor) : nullptr) stop_monitor(*me, r);
    send_exit(pid_of(*me), process, exit_reason::kill());
    return {start_answer::kind::error, pid{}, exit_reason(atom("timeout"))};
  }
  auto* node = static_cast<request_node<start_request>*>(std::exchange(w.node, nullptr));
  disposer end(node);
  start_answer answer = node->progress == request_progress::answered
                            ? std::move(node->answer)
                            : start_answer{start_answer::kind::error, pid{}, node->failure};
  // What never was a server has no DOWN.
  if (monitor && answer.what != start_answer::kind::ok) demonitor(monitor, true);
  return answer;
}

bool server_starting::wait_on(process_slot& self) noexcept {
  wait_for_reply(self, waiter_);
  return true;
}

bool server_starting::begin(process_slot& self) {
  begun_ = true;
  holder_ = holder_of_name(options_);
  if (holder_) return false;
  auto* request = make_request<start_request>();
  request->from = pid_of(self);
  waiter_.node = request;
  process_slot& fresh =
      prepare_server(*self.node, *type_, box_, bond_, monitor_, options_, pid_of(self));
  box_->start->request = request;
  box_ = nullptr;
  process_ = pid_of(fresh);
  if (!within_starter_ || !begin_within(self, fresh, waiter_)) finish_spawn(fresh);
  if (waiter_.returned) return false;
  wait_for_reply(self, waiter_);
  return true;
}

start_answer start_from_outside(node& n, const server_type& type, server_box* box,
                                void (*drop)(server_box*) noexcept, const start_options& options) {
  if (!may_block_here()) {
    drop(box);
    return {start_answer::kind::error, pid{}, exit_reason(atom("would_block"))};
  }
  request_node<start_request>* request = nullptr;
  outside_call* call = nullptr;
  process_slot* slot = nullptr;
  const auto undo = [&]() noexcept {
    drop(box);
    if (call != nullptr) {
      release(call);
      release(call);
    }
    if (request != nullptr) {
      request->outside = nullptr;
      discard_request(request);
    }
  };
  try {
    request = make_request<start_request>();
    call = begin_outside_call(request);
    reference none;
    slot = &prepare_server(n.core(), type, box, bond::none, none, options, pid{});
  } catch (const exited& e) {
    // The node stops, or is full.
    undo();
    return {start_answer::kind::error, pid{}, e.reason()};
  } catch (const std::runtime_error&) {
    // The node has stopped: that is an answer, not a failure of the caller's.
    undo();
    return {start_answer::kind::error, pid{}, exit_reason::noproc()};
  } catch (...) {
    undo();
    throw;
  }
  box->start->request = request;
  const pid process = pid_of(*slot);
  finish_spawn(*slot);
  if (!end_outside_call(call, options.timeout.count())) {
    send_exit(pid{}, process, exit_reason::kill());
    return {start_answer::kind::error, pid{}, exit_reason(atom("timeout"))};
  }
  disposer end(request);
  if (request->progress != request_progress::answered) {
    return {start_answer::kind::error, pid{}, request->failure};
  }
  return std::move(request->answer);
}

}  // namespace detail

start_options start_options_from(const term& keywords) {
  start_options o;
  for (const term& entry : keywords.elements()) {
    const auto pair = entry.elements();
    if (pair.size() != 2 || !pair[0].is_atom())
      throw argument_error("start options: expected a keyword list");
    const std::string key(pair[0].as_atom()->name());
    const auto number = pair[1].as_integer();
    const duration value = number ? duration(std::chrono::milliseconds(*number)) : infinity;
    if (key == "name") {
      // The view lives as long as `keywords`.
      const auto name = pair[1].atom_name();
      if (!name)
        throw argument_error("start options: name must be an atom, not " + inspect(pair[1]));
      if (!pair[1].is_nil()) o.name = *name;
      continue;
    }
    if (!number && !pair[1].is_atom("infinity")) {
      throw argument_error("start options: " + key + " must be milliseconds or :infinity");
    }
    if (key == "timeout")
      o.timeout = value;
    else if (key == "hibernate_after")
      o.hibernate_after = value;
    else
      throw argument_error("start options: unknown key " + key +
                           "; known are name, timeout, hibernate_after");
  }
  return o;
}

}  // namespace beamish::inline v0
