// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/played_server.hpp"

#include <stdexcept>

namespace differential {

using namespace beamish;

const term* option(const term& options, std::string_view key) {
  for (const term& pair : options.elements()) {
    if (pair.elements()[0].is_atom(key)) return &pair.elements()[1];
  }
  return nullptr;
}

namespace {

// What an instruction is known by in the log.
term head(const term& instruction) {
  return instruction.is_tuple() ? instruction.elements()[0] : instruction;
}

// Timeout, hibernation or continuation, for every kind of result.
template <class Result>
Result chained(Result result, const std::optional<term>& more) {
  if (!more) return result;
  if (more->is_integer()) return std::move(result).timeout(milliseconds_in(*more));
  if (more->is_atom("hibernate")) return std::move(result).hibernate();
  return std::move(result).then(played_server::go_on(more->elements()[1]));
}

}  // namespace

void played_server::log(std::string_view callback, const term& what) const {
  me->log(std::string(callback) + " " + show(what));
}

from<played_server::ask_later>& played_server::kept_as(const term& key) {
  const auto at = kept.find(key);
  if (at == kept.end()) throw std::runtime_error("nothing is kept");
  return at->second;
}

task<decision> played_server::act(term instruction) {
  for (;;) {
    const auto parts = instruction.elements();
    const term first = head(instruction);
    const std::string word(first.atom_name().value_or("none"));
    const auto part = [&](std::size_t at) {
      return at < parts.size() ? std::optional<term>(parts[at]) : std::nullopt;
    };
    term next = parts.empty() ? term() : parts.back();
    if (word == "sleep") {
      co_await beamish::sleep(milliseconds_in(parts[1]));
    } else if (word == "run") {
      const term steps = parts[1];
      co_await perform_all(*me, steps);
    } else if (word == "answer") {
      kept_as(parts[1]).reply(parts[2]);
      kept.erase(parts[1]);
    } else if (word == "hand") {
      const pid to = pid_in(parts[2]);
      send<handed_over>(to, std::move(kept_as(parts[1])));
      kept.erase(parts[1]);
    } else if (word == "raise") {
      throw std::runtime_error(std::string(*parts[1].as_binary()));
    } else if (word == "exit") {
      exit(parts[1]);
    } else if (word == "throw") {
      throw parts[1];
    } else if (word == "return") {
      co_return decision(decision::kind::any, parts[1]);
    } else if (word == "ignore" || word == "refuse") {
      const term as_returned = word == "ignore" ? instruction : tuple(atom("stop"), parts[1]);
      co_return decision(decision::kind::any, as_returned);
    } else if (word == "stop") {
      decision d(decision::kind::stop, parts[1]);
      d.reply = part(2);
      co_return d;
    } else if (word == "reply") {
      decision d(decision::kind::reply, parts[1]);
      d.and_then = part(2);
      co_return d;
    } else {
      // ok, noreply, keep
      decision d(decision::kind::go_on, term());
      d.and_then = part(word == "keep" ? 2 : 1);
      co_return d;
    }
    instruction = next;
  }
}

task<played_server::init_result> played_server::init(player who, term instruction, term options) {
  me.emplace(std::move(who));
  co_await watch(*me->where, me->name, self(), role::server);
  if (option(options, "trap_exit") != nullptr) trap_exits(true);
  if (const term* last = option(options, "terminate")) at_end = *last;
  if (const term* name = option(options, "diary")) diary = *name->atom_name();
  me->log("init");
  const decision d = co_await act(std::move(instruction));
  if (d.what == decision::kind::any) co_return init_from(d.value);
  co_return chained(ok(), d.and_then);
}

task<played_server::call_result<played_server::ask>> played_server::handle_call(ask& m) {
  log("handle_call", head(m.instruction));
  const decision d = co_await act(m.instruction);
  if (d.what == decision::kind::any) co_return outcome_from(d.value);
  if (d.what == decision::kind::reply) co_return chained(reply(d.value), d.and_then);
  if (d.what == decision::kind::go_on) co_return chained(noreply(), d.and_then);
  if (d.reply) co_return stop_with_reply(d.value, *d.reply);
  co_return stop(d.value);
}

task<played_server::outcome> played_server::decide(term instruction) {
  const decision d = co_await act(std::move(instruction));
  if (d.what == decision::kind::any) co_return outcome_from(d.value);
  if (d.what == decision::kind::stop) co_return stop(d.value);
  co_return chained(noreply(), d.and_then);
}

task<played_server::outcome> played_server::handle_call(ask_later& m, from<ask_later> caller) {
  log("handle_call", head(m.instruction));
  kept.insert_or_assign(m.instruction.elements()[1], std::move(caller));
  outcome o = co_await decide(m.instruction);
  co_return o;
}

task<played_server::outcome> played_server::handle_cast(tell& m) {
  log("handle_cast", head(m.instruction));
  outcome o = co_await decide(m.instruction);
  co_return o;
}

task<played_server::outcome> played_server::handle_info(term& m) {
  if (m.is_tuple() && m.size() == 2 && m.elements()[0].is_atom("do")) {
    const term instruction = m.elements()[1];
    log("handle_info", head(instruction));
    outcome o = co_await decide(instruction);
    co_return o;
  }
  log("handle_info", m);
  co_return noreply();
}

played_server::outcome played_server::handle_info(down_message& m) {
  log("handle_info", as_term(m));
  return noreply();
}
played_server::outcome played_server::handle_info(exit_message& m) {
  log("handle_info", as_term(m));
  return noreply();
}
played_server::outcome played_server::handle_info(timeout_message&) {
  log("handle_info", term(atom("timeout")));
  return noreply();
}

task<played_server::outcome> played_server::handle_continue(go_on& m) {
  log("handle_continue", head(m.instruction));
  outcome o = co_await decide(m.instruction);
  co_return o;
}

bool played_server::code_change(const term&, const term& extra) {
  if (extra.elements()[0].is_atom("refuse")) return false;
  at_end = extra.elements()[1];
  return true;
}

task<> played_server::terminate(const exit_reason& reason) {
  log("terminate", reason.value());
  if (!diary.empty()) me->where->log(diary, "stops " + me->name);
  if (at_end) co_await act(*at_end);
}

}  // namespace differential
