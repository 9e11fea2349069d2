// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/sys.hpp"

#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"

namespace beamish::inline v0 {

namespace {

using detail::system_answer;
using detail::system_request;

exit_reason failed(const exit_reason& why, const char* function, const term& server) {
  return exit_reason(
      tuple(why.value(), tuple(atom("sys"), atom(std::string_view(function)), list(server))));
}

// Asks and waits; the server's death or silence exits the caller.
task<system_answer> ask(const destination& server, system_request::kind what, const char* function,
                        const term& argument, const term& extra, duration limit) {
  const term shown = server.to_term();
  const pid target = server.resolve();
  if (!target) throw exited(failed(exit_reason::noproc(), function, shown));
  if (target == self()) throw exited(failed(exit_reason(atom("calling_self")), function, shown));
  const reference id = monitor(target);
  send<system_request>(target, what, self(), id, exit_reason(), argument, extra);
  auto answered = [id](const auto& m) { return m.id == id; };
  auto got = co_await receive_if<system_answer, down_message>(limit, answered);
  demonitor(id, true);
  if (!got) throw exited(failed(exit_reason(atom("timeout")), function, shown));
  if (auto* down = std::get_if<down_message>(&*got))
    throw exited(failed(down->reason, function, shown));
  co_return std::move(std::get<system_answer>(*got));
}

}  // namespace

task<> stop(destination server, exit_reason reason, duration limit) {
  const term shown = server.to_term();
  const pid target = server.resolve();
  if (!target) throw exited(failed(exit_reason::noproc(), "terminate", shown));
  if (target == self()) throw exited(failed(exit_reason(atom("calling_self")), "terminate", shown));
  const reference id = monitor(target);
  send<system_request>(target, system_request::kind::terminate, self(), id, reason, term(), term());
  auto ended = [id](const down_message& m) { return m.id == id; };
  auto down = co_await receive_if<down_message>(limit, ended);
  if (!down) {
    demonitor(id, true);
    throw exited(failed(exit_reason(atom("timeout")), "terminate", shown));
  }
  if (!(down->reason == reason)) throw exited(failed(down->reason, "terminate", shown));
}

namespace sys {

task<> suspend(destination server, duration limit) {
  auto done = co_await ask(server, system_request::kind::suspend, "suspend", term(), term(), limit);
  (void)done;
}

task<> resume(destination server, duration limit) {
  auto done = co_await ask(server, system_request::kind::resume, "resume", term(), term(), limit);
  (void)done;
}

task<term> get_state(destination server, duration limit) {
  auto got =
      co_await ask(server, system_request::kind::get_state, "get_state", term(), term(), limit);
  co_return std::move(got.value);
}

task<bool> change_code(destination server, term old, term extra, duration limit) {
  auto got =
      co_await ask(server, system_request::kind::code_change, "change_code", old, extra, limit);
  co_return got.ok;
}

}  // namespace sys
}  // namespace beamish::inline v0
