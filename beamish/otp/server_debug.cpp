// SPDX-License-Identifier: Apache-2.0
// tested in: sys_debug_test.cpp
#include "beamish/otp/server_debug.hpp"

#include <algorithm>
#include <deque>
#include <vector>

#include "beamish/runtime/file.hpp"
#include "beamish/runtime/log.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::detail {

namespace {

struct named_function {
  std::string name;
  std::unique_ptr<debug_function> function;
};

struct server_debug final : body_debug {
  bool traces = false;
  bool counts = false;
  bool owes_state = false;  // what the message under way has led to was not told yet
  std::size_t most = 0;     // events to keep; 0: none
  std::deque<sys::event> events;
  std::int64_t since = 0;  // wall clock, when the counting began
  std::int64_t callbacks = 0, in = 0, out = 0;
  file written;
  std::vector<named_function> functions;

  bool is_on() const noexcept {
    return traces || counts || most != 0 || written.is_open() || !functions.empty();
  }
};

// Null: nobody debugs it.
server_debug* debug_of(const server_box& box) noexcept {
  if ((box.halts & halt::debugged) == 0) return nullptr;
  return static_cast<server_debug*>(box.slot().extra->debugging.get());
}

server_debug& wanted_debug(server_box& box) {
  auto& place = extra_of(box.slot()).debugging;
  if (place == nullptr) place = std::make_unique<server_debug>();
  return static_cast<server_debug&>(*place);
}

// After each change: what is no longer wanted costs nothing from then on.
void settle_debug(server_box& box) noexcept {
  auto& place = box.slot().extra->debugging;
  if (static_cast<server_debug&>(*place).is_on()) return box.add_halt(halt::debugged);
  place.reset();
  box.end_halt(halt::debugged);
}

std::string shown_name(const server_box& box) {
  const pid me = pid_of(box.slot());
  const std::string name = box.slot().node->names.name_of(me);
  return inspect(name.empty() ? term(me) : term(atom(name)));
}

void warn(const server_box& box, const std::string& text) {
  write_log(*box.slot().node, {log_level::warning, pid_of(box.slot()), text});
}

void count(server_debug& d, const sys::event& e) noexcept {
  if (e.is_in()) ++d.in;
  if (e.is_out()) ++d.out;
}

void keep(server_debug& d, const sys::event& e) {
  d.events.push_back(e);
  if (d.events.size() > d.most) d.events.pop_front();
}

void print(const server_box& box, const sys::event& e) {
  write_log(*box.slot().node,
            {log_level::notice, pid_of(box.slot()), sys::text_of(e, shown_name(box))});
}

void write(const server_box& box, server_debug& d, const sys::event& e) {
  const auto done = d.written.append(sys::text_of(e, shown_name(box)) + "\n");
  if (done.ok()) return;
  d.written = file();
  warn(box, "log_to_file of " + shown_name(box) + " ends: " + done.error().text());
}

// True if the function stays.
bool tell(const server_box& box, named_function& f, const sys::event& e) {
  std::string why;
  try {
    return f.function->see(e);
  } catch (const exited& failure) {
    why = inspect(failure.reason());
  } catch (const std::exception& failure) {
    why = failure.what();
  } catch (...) {
    why = "an exception";
  }
  warn(box,
       "debug function " + f.name + " of " + shown_name(box) + " failed and is removed: " + why);
  return false;
}

void tell_all(const server_box& box, server_debug& d, const sys::event& e) {
  if (d.counts) count(d, e);
  if (d.most != 0) keep(d, e);
  if (d.traces) print(box, e);
  if (d.written.is_open()) write(box, d, e);
  std::erase_if(d.functions, [&](named_function& f) { return !tell(box, f, e); });
}

}  // namespace

void note_event(server_box& box, const sys::event& e) noexcept {
  server_debug* const d = debug_of(box);
  if (d == nullptr) return;
  try {
    tell_all(box, *d, e);
  } catch (const std::exception&) {
    // Without memory for the event the server still works.
  }
  if (!d->is_on()) settle_debug(box);
}

namespace {

// Begins a callback: what becomes of it is told later.
template <class Make>
void begin_event(server_box& box, Make make) noexcept {
  server_debug* const d = debug_of(box);
  if (d == nullptr) return;
  d->owes_state = true;
  if (d->counts) ++d->callbacks;
  try {
    note_event(box, make());
  } catch (const std::exception&) {
    // Without memory for the event the server still works.
  }
}

}  // namespace

void note_message(server_box& box, const signal& s) noexcept {
  begin_event(box, [&s]() -> sys::event {
    using enum sys::event::kind;
    if (s.type->kind == signal_kind::call)
      return {call, shown_message(s), static_cast<const request_base&>(s).from, term()};
    return {s.type->kind == signal_kind::cast ? cast : info, shown_message(s), pid{}, term()};
  });
}

void note_timeout(server_box& box) noexcept {
  begin_event(box, []() -> sys::event {
    return {sys::event::kind::info, term(atom("timeout")), pid{}, term()};
  });
}

void note_continue(server_box& box, const signal& value) noexcept {
  begin_event(box, [&value]() -> sys::event {
    return {sys::event::kind::other, tuple(atom("continue"), shown_message(value)), pid{}, term()};
  });
}

void note_reply(server_box& box, pid client, const void* value,
                term (*shown)(const void*)) noexcept {
  server_debug* const d = debug_of(box);
  if (d == nullptr) return;
  d->owes_state = false;
  try {
    note_event(box, {sys::event::kind::reply, shown(value), client, shown_state(box)});
  } catch (const std::exception&) {
    // Without memory for the event the answer is given all the same.
  }
}

void note_done(server_box& box) noexcept {
  server_debug* const d = debug_of(box);
  if (d == nullptr || box.callback != nullptr || !std::exchange(d->owes_state, false)) return;
  if (box.stopping) return;
  try {
    note_event(box, {sys::event::kind::state, term(), pid{}, shown_state(box)});
  } catch (const std::exception&) {
    // Without memory for the event the server still works.
  }
}

term logged_events(server_box& box) {
  std::vector<term> all;
  if (const server_debug* d = debug_of(box))
    for (const sys::event& e : d->events) all.push_back(sys::to_term(e));
  return list_from(all);
}

namespace {

term set_log(server_debug& d, std::size_t most) {
  d.most = most;
  if (most == 0) d.events.clear();
  while (d.events.size() > most) d.events.pop_front();
  return term(atom("ok"));
}

void print_events(server_box& box) {
  if (const server_debug* d = debug_of(box))
    for (const sys::event& e : d->events) print(box, e);
}

term set_statistics(server_box& box, server_debug& d, bool on) {
  if (on && d.counts) return term(atom("ok"));
  d.counts = on;
  d.callbacks = d.in = d.out = 0;
  d.since = on ? box.slot().node->wall_clock() : 0;
  return term(atom("ok"));
}

term shown_statistics(server_box& box) {
  const server_debug* const d = debug_of(box);
  if (d == nullptr || !d->counts) return term(atom("no_statistics"));
  return list(d->since, box.slot().node->wall_clock(), d->callbacks, d->in, d->out);
}

// {:error, text} if the file can't be opened; then the one before stays.
term set_file(server_debug& d, const term& path) {
  const auto name = path.as_binary();
  if (!name) {
    d.written = file();
    return term(atom("ok"));
  }
  auto opened = file::open(*name, open_mode::append);
  if (!opened.ok()) return tuple(atom("error"), opened.error().text());
  d.written = std::move(*opened);
  return term(atom("ok"));
}

term remove_function(server_debug& d, const term& name) {
  const auto wanted = name.as_binary();
  std::erase_if(d.functions, [&](const named_function& f) { return wanted && f.name == *wanted; });
  return term(atom("ok"));
}

}  // namespace

term change_debugging(server_box& box, const term& what, const term& how) {
  if (what.is_atom("get_log")) return logged_events(box);
  if (what.is_atom("get_statistics")) return shown_statistics(box);
  if (what.is_atom("print_log")) return print_events(box), term(atom("ok"));
  server_debug& d = wanted_debug(box);
  term answer(atom("ok"));
  if (what.is_atom("trace")) d.traces = how == term(true);
  if (what.is_atom("log")) answer = set_log(d, static_cast<std::size_t>(*how.as_integer()));
  if (what.is_atom("statistics")) answer = set_statistics(box, d, how == term(true));
  if (what.is_atom("log_to_file")) answer = set_file(d, how);
  if (what.is_atom("remove")) answer = remove_function(d, how);
  if (what.is_atom("no_debug")) box.slot().extra->debugging = std::make_unique<server_debug>();
  settle_debug(box);
  return answer;
}

void install_debug_function(server_box& box, std::string name, std::unique_ptr<debug_function> f) {
  server_debug& d = wanted_debug(box);
  // As in OTP a name that is taken keeps the function it has.
  const bool taken = std::any_of(d.functions.begin(), d.functions.end(),
                                 [&](const named_function& one) { return one.name == name; });
  if (!taken) d.functions.push_back({std::move(name), std::move(f)});
  settle_debug(box);
}

term shown_debugging(server_box& box) {
  std::vector<term> on;
  if (const server_debug* d = debug_of(box)) {
    if (d->counts) on.emplace_back(tuple(atom("statistics"), shown_statistics(box)));
    if (d->most != 0) on.emplace_back(tuple(atom("log"), logged_events(box)));
    if (d->traces) on.emplace_back(tuple(atom("trace"), true));
    if (d->written.is_open()) on.emplace_back(tuple(atom("log_to_file"), d->written.path()));
    for (const named_function& f : d->functions) on.emplace_back(tuple(atom("install"), f.name));
  }
  return list_from(on);
}

}  // namespace beamish::inline v0::detail
