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

// Where a system message goes, and how failing is shown. Resolved before anything waits, since a
// destination may hold views. No aggregate, so that coroutines can take it by value.
class target {
 public:
  explicit target(const destination& to) : to_(detail::resolve_for_call(to, true)) {
    if (to_.shown == term()) to_.shown = term(to_.process);
    if (to_.process != self()) return;
    to_.process = pid{};
    to_.unreachable = exit_reason(atom("calling_self"));
  }
  pid process() const noexcept { return to_.process; }
  const term& shown() const noexcept { return to_.shown; }
  // Why there is no process.
  const exit_reason& unreachable() const noexcept { return to_.unreachable; }

 private:
  detail::call_target to_;
};

// Asks and waits; the server's death or silence exits the caller.
task<system_answer> ask(target server, const char* function, system_request::kind what,
                        term argument, term extra, duration limit) {
  if (!server.process()) throw exited(failed(server.unreachable(), function, server.shown()));
  // The answer comes by the alias: one that is late finds nobody.
  const reference id = monitor(server.process(), alias_kind::reply_demonitor);
  system_request request{what, self(), id, exit_reason(), std::move(argument), std::move(extra)};
  send(server.process(), std::move(request));
  auto answered = [&id](const auto& m) { return m.id == id; };
  auto got = co_await receive_if<system_answer, down_message>(limit, answered);
  demonitor(id, true);
  // It may have come since the time ran out, and then is no stranger's to find.
  if (!got) got = co_await receive_if<system_answer, down_message>(duration(0), answered);
  if (!got) throw exited(failed(exit_reason(atom("timeout")), function, server.shown()));
  if (auto* down = std::get_if<down_message>(&*got))
    throw exited(failed(down->reason, function, server.shown()));
  auto answer = std::move(std::get<system_answer>(*got));
  if (!answer.ok) throw exited(failed(exit_reason(answer.value), function, server.shown()));
  co_return answer;
}

term milliseconds(duration limit) {
  if (limit.count() < 0) return term(atom("infinity"));
  return term(std::chrono::duration_cast<std::chrono::milliseconds>(limit).count());
}

task<> stop_target(target server, exit_reason reason, duration limit) {
  const auto failed = [&](const exit_reason& why) {
    return exited(exit_reason(
        tuple(why.value(), tuple(atom("gen_server"), atom("stop"),
                                 list(server.shown(), reason.value(), milliseconds(limit))))));
  };
  if (!server.process()) throw failed(server.unreachable());
  // Told apart from one that ends with the reason `noproc`, as asked.
  if (!alive(server.process())) throw failed(exit_reason::noproc());
  const reference id = monitor(server.process());
  system_request request{system_request::kind::terminate, self(), id, reason, term(), term()};
  send(server.process(), std::move(request));
  auto ended = [&id](const down_message& m) { return m.id == id; };
  auto down = co_await receive_if<down_message>(limit, ended);
  if (!down) {
    demonitor(id, true);
    throw failed(exit_reason(atom("timeout")));
  }
  if (!(down->reason == reason)) throw failed(down->reason);
}

// For requests whose answer says nothing more.
task<> tell(target server, const char* function, system_request::kind what, duration limit) {
  auto done = co_await ask(std::move(server), function, what, term(), term(), limit);
  (void)done;
}

task<term> ask_state(target server, duration limit) {
  auto got = co_await ask(std::move(server), "get_state", system_request::kind::get_state, term(),
                          term(), limit);
  co_return std::move(got.value);
}

task<bool> ask_change(target server, term old, term extra, duration limit) {
  auto got = co_await ask(std::move(server), "change_code", system_request::kind::code_change,
                          std::move(old), std::move(extra), limit);
  co_return got.value == term(true);
}

}  // namespace

task<> stop(destination server, exit_reason reason, duration limit) {
  return stop_target(target(server), std::move(reason), limit);
}

namespace sys {

task<> suspend(destination server, duration limit) {
  return tell(target(server), "suspend", system_request::kind::suspend, limit);
}

task<> resume(destination server, duration limit) {
  return tell(target(server), "resume", system_request::kind::resume, limit);
}

task<> pry_next(destination server, duration limit) {
  return tell(target(server), "pry_next", system_request::kind::pry_next, limit);
}

task<term> get_state(destination server, duration limit) {
  return ask_state(target(server), limit);
}

task<bool> change_code(destination server, term old, term extra, duration limit) {
  return ask_change(target(server), std::move(old), std::move(extra), limit);
}

}  // namespace sys
}  // namespace beamish::inline v0
