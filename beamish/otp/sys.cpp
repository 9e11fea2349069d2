// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/sys.hpp"

#include "beamish/otp/server_box.hpp"
#include "beamish/otp/server_debug.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"

namespace beamish::inline v0 {

namespace {

using detail::server_job;
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
                        term argument, term extra, duration limit,
                        std::unique_ptr<server_job> job = nullptr,
                        exit_reason reason = exit_reason()) {
  if (!server.process()) throw exited(failed(server.unreachable(), function, server.shown()));
  // The answer comes by the alias: one that is late finds nobody.
  const reference id = monitor(server.process(), alias_kind::reply_demonitor);
  system_request request{
      what, id, std::move(reason), std::move(argument), std::move(extra), {std::move(job)}};
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
  system_request request{system_request::kind::stop, id, reason, term(), term(), {}};
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

task<term> value_of(target server, const char* function, system_request::kind what, term argument,
                    term extra, duration limit) {
  auto got =
      co_await ask(std::move(server), function, what, std::move(argument), std::move(extra), limit);
  co_return std::move(got.value);
}

task<term> debug(target server, const char* function, term how, duration limit) {
  return value_of(std::move(server), function, system_request::kind::debug,
                  term(atom(std::string_view(function))), std::move(how), limit);
}

task<> set_debug(target server, const char* function, term how, duration limit) {
  auto done = co_await debug(std::move(server), function, std::move(how), limit);
  (void)done;
}

task<> ask_to_end(target server, exit_reason reason, duration limit) {
  auto done = co_await ask(std::move(server), "terminate", system_request::kind::terminate, term(),
                           term(), limit, nullptr, std::move(reason));
  (void)done;
}

task<bool> ask_change(target server, term old, term extra, duration limit) {
  auto got = co_await value_of(std::move(server), "change_code", system_request::kind::code_change,
                               std::move(old), std::move(extra), limit);
  co_return got == term(true);
}

task<sys::status> ask_status(target server, duration limit) {
  auto got = co_await value_of(std::move(server), "get_status", system_request::kind::get_status,
                               term(), term(), limit);
  const auto parts = got.elements();
  sys::status s{*parts[0].as_pid(),
                std::string(*parts[1].as_binary()),
                {},
                parts[3] == term(true),
                *parts[4].as_pid(),
                parts[5],
                parts[6]};
  for (const term& entry : parts[2].elements())
    s.dictionary.emplace_back(entry.elements()[0], entry.elements()[1]);
  co_return s;
}

task<std::vector<sys::event>> ask_log(target server, duration limit) {
  auto got = co_await debug(std::move(server), "get_log", term(), limit);
  std::vector<sys::event> events;
  for (const term& one : got.elements()) events.push_back(sys::event_from(one));
  co_return events;
}

task<bool> ask_file(target server, std::string path, duration limit) {
  auto got = co_await debug(std::move(server), "log_to_file", term(path), limit);
  co_return got.is_atom("ok");
}

std::chrono::system_clock::time_point time_from(const term& nanoseconds) {
  using clock = std::chrono::system_clock;
  return clock::time_point(
      std::chrono::duration_cast<clock::duration>(duration(*nanoseconds.as_integer())));
}

task<std::optional<sys::counts>> ask_statistics(target server, duration limit) {
  auto got = co_await debug(std::move(server), "get_statistics", term(), limit);
  if (!got.is_list()) co_return std::nullopt;
  const auto parts = got.elements();
  co_return sys::counts{time_from(parts[0]), time_from(parts[1]), *parts[2].as_integer(),
                        *parts[3].as_integer(), *parts[4].as_integer()};
}

exit_reason not_here(const char* function, const target& server) {
  return failed(exit_reason(atom("not_serialisable")), function, server.shown());
}

task<std::unique_ptr<server_job>> run_in(target server, const char* function,
                                         std::unique_ptr<server_job> job, duration limit) {
  if (server.process() && server.process().node != self().node)
    throw exited(not_here(function, server));
  auto done = co_await ask(std::move(server), function, system_request::kind::run, term(), term(),
                           limit, std::move(job));
  co_return std::move(done.place.job);
}

struct install_job final : server_job {
  install_job(std::string n, std::unique_ptr<detail::debug_function> f)
      : name(std::move(n)), function(std::move(f)) {}
  void run(detail::server_box& box) override {
    install_debug_function(box, std::move(name), std::move(function));
  }
  std::string name;
  std::unique_ptr<detail::debug_function> function;
};

task<> install_in(target server, std::unique_ptr<server_job> job, duration limit) {
  auto done = co_await run_in(std::move(server), "install", std::move(job), limit);
  (void)done;
}

}  // namespace

task<> stop(destination server, exit_reason reason, duration limit) {
  return stop_target(target(server), std::move(reason), limit);
}

namespace detail {

task<std::unique_ptr<server_job>> run_inside(destination server, const char* function,
                                             std::unique_ptr<server_job> job, duration limit) {
  return run_in(target(server), function, std::move(job), limit);
}

task<> install_debug(destination server, std::string name, std::unique_ptr<debug_function> f,
                     duration limit) {
  return install_in(target(server), std::make_unique<install_job>(std::move(name), std::move(f)),
                    limit);
}

void throw_callback_failed() {
  const exit_reason why = exit_reason::from_exception(std::current_exception());
  throw exited(exit_reason(tuple(atom("callback_failed"), why.value())));
}

void* state_for(server_box& box, const message_type& wanted) {
  const message_type* is = box.type().state_type;
  if (is != nullptr && same_message(is, &wanted)) return box.type().state(box);
  const std::string_view name = is != nullptr ? is->name : box.type().initial_call;
  throw exited(exit_reason(tuple(
      atom("wrong_state"), "it is a " + std::string(name) + ", no " + std::string(wanted.name))));
}

}  // namespace detail

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

task<> terminate(destination server, exit_reason reason, duration limit) {
  return ask_to_end(target(server), std::move(reason), limit);
}

task<term> inspect(destination server, duration limit) {
  return value_of(target(server), "get_state", system_request::kind::get_state, term(), term(),
                  limit);
}

task<term> get_state(destination server, duration limit) { return inspect(server, limit); }

task<bool> change_code(destination server, term old, term extra, duration limit) {
  return ask_change(target(server), std::move(old), std::move(extra), limit);
}

term to_term(const status& s) {
  std::vector<term> dictionary;
  for (const auto& [key, value] : s.dictionary) dictionary.push_back(tuple(key, value));
  return tuple(atom("status"), s.process, tuple(atom("module"), atom(s.module)),
               list(list_from(dictionary), atom(s.suspended ? "suspended" : "running"), s.parent,
                    s.debugging, s.state));
}

task<status> get_status(destination server, duration limit) {
  return ask_status(target(server), limit);
}

task<> trace(destination server, bool on, duration limit) {
  return set_debug(target(server), "trace", term(on), limit);
}

task<> log(destination server, std::size_t most, duration limit) {
  return set_debug(target(server), "log", term(static_cast<std::int64_t>(most)), limit);
}

task<std::vector<event>> get_log(destination server, duration limit) {
  return ask_log(target(server), limit);
}

task<> print_log(destination server, duration limit) {
  return set_debug(target(server), "print_log", term(), limit);
}

task<bool> log_to_file(destination server, std::string path, duration limit) {
  return ask_file(target(server), std::move(path), limit);
}

task<> end_log_to_file(destination server, duration limit) {
  return set_debug(target(server), "log_to_file", term(), limit);
}

task<> statistics(destination server, bool on, duration limit) {
  return set_debug(target(server), "statistics", term(on), limit);
}

task<std::optional<counts>> get_statistics(destination server, duration limit) {
  return ask_statistics(target(server), limit);
}

task<> remove(destination server, std::string name, duration limit) {
  return set_debug(target(server), "remove", term(name), limit);
}

task<> no_debug(destination server, duration limit) {
  return set_debug(target(server), "no_debug", term(), limit);
}

}  // namespace sys
}  // namespace beamish::inline v0
