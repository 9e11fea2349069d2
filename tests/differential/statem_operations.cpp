// SPDX-License-Identifier: Apache-2.0
//
// Operations on state machines. A machine does what each event says, in the state that it is in.
#include <map>

#include "tests/differential/player.hpp"

namespace differential {

using namespace beamish;

namespace {

struct played_machine : gen_statem<played_machine> {
  struct a {};
  struct b {};
  struct c {};
  using states = std::variant<a, b, c>;
  struct ask {
    using reply = term;
    explicit ask(term t) : instruction(std::move(t)) {}
    term instruction;
  };
  struct tell {
    explicit tell(term t) : instruction(std::move(t)) {}
    term instruction;
  };
  struct inserted {
    explicit inserted(term t) : instruction(std::move(t)) {}
    term instruction;
  };
  struct fired {
    fired(std::string k, term t) : kind(std::move(k)), instruction(std::move(t)) {}
    std::string kind;
    term instruction;
  };
  using messages = accepts<ask, tell, term>;
  using caller = std::optional<from<ask>>;

  std::optional<player> me;
  std::map<term, from<ask>> kept;

  task<init_result> init(player who, term first) {
    me.emplace(std::move(who));
    co_await watch(*me->where, me->name, self(), role::server);
    me->log("init");
    if (first.is_atom("b")) co_return start_in(b{});
    if (first.is_atom("c")) co_return start_in(c{});
    co_return start_in(a{});
  }
  template <class State, class Old>
  void enter(State&, const Old&) {
    me->log("enter " + name_of<Old>() + " " + name_of<State>());
  }
  template <class State>
  transition handle_call(State&, ask& m, from<ask> who) {
    return act<State>("call", m.instruction, std::move(who));
  }
  template <class State>
  transition handle_cast(State&, tell& m) {
    return act<State>("cast", m.instruction, {});
  }
  template <class State>
  transition handle_info(State&, term& m) {
    return act<State>("info", m, {});
  }
  template <class State>
  transition handle_internal(State&, inserted& m) {
    return act<State>("internal", m.instruction, {});
  }
  template <class State>
  transition handle_timeout(State&, fired& m) {
    return act<State>(m.kind, m.instruction, {});
  }
  template <class State>
  void terminate(State&, const exit_reason& why) {
    me->log("terminate " + show(why.value()) + " " + name_of<State>());
  }

 private:
  template <class State>
  static std::string name_of() {
    return std::string(short_type_name<State>());
  }
  template <class State>
  transition act(const std::string& kind, const term& instruction, caller who) {
    const term head = instruction.is_tuple() ? instruction.elements()[0] : instruction;
    me->log(kind + " " + show(head) + " in " + name_of<State>());
    return decide(name_of<State>(), instruction, who);
  }
  transition decide(const std::string& state, const term& what, caller& who);
  transition with(transition t, const term& actions, caller& who);
  transition with_one(transition t, const term& action, caller& who);
  transition stopped(const term& reason, const term& replies);
};

using machine = played_machine;

// {:in, state, then, otherwise}, {:hold, key}, {:keep, actions}, {:repeat, actions}, {:next, state,
// actions}, {:stop, reason}, {:stop_and_reply, reason, [{key, value}]}, {:exit, reason}
machine::transition machine::decide(const std::string& state, const term& what, caller& who) {
  const auto parts = what.elements();
  const std::string word(*parts[0].atom_name());
  if (word == "in") return decide(state, parts[1].is_atom(state) ? parts[2] : parts[3], who);
  if (word == "exit") exit(parts[1]);
  if (word == "stop") return stopped(parts[1], list());
  if (word == "stop_and_reply") return stopped(parts[1], parts[2]);
  if (word == "repeat") return with(repeat_state(), parts[1], who);
  if (word == "keep") return with(keep_state(), parts[1], who);
  if (word == "hold") {
    kept.insert_or_assign(parts[1], std::move(*who));
    return keep_state();
  }
  if (parts[1].is_atom("a")) return with(next_state(a{}), parts[2], who);
  if (parts[1].is_atom("b")) return with(next_state(b{}), parts[2], who);
  return with(next_state(c{}), parts[2], who);
}

machine::transition machine::stopped(const term& reason, const term& replies) {
  auto last = stop(reason);
  for (const term& one : replies.elements()) {
    const auto at = kept.find(one.elements()[0]);
    last = std::move(last).reply(std::move(at->second), one.elements()[1]);
    kept.erase(at);
  }
  return last;
}

machine::transition machine::with(transition t, const term& actions, caller& who) {
  for (const term& one : actions.elements()) t = with_one(std::move(t), one, who);
  return t;
}

// :postpone, {:reply, v}, {:answer, key, v}, {:insert, x}, {:state_timeout, ms, x},
// {:event_timeout, ms, x}, {:timeout, name, ms, x}, {:cancel, name}, {:update, name, x}; the name
// `state` is the state timeout's.
machine::transition machine::with_one(transition t, const term& action, caller& who) {
  if (action.is_atom("postpone"))
    return who ? std::move(t).postpone(std::move(*who)) : std::move(t).postpone();
  const auto parts = action.elements();
  const std::string word(*parts[0].atom_name());
  const bool of_state = parts.size() > 1 && parts[1].is_atom("state");
  const std::string named = "timeout " + show(parts[1]);
  if (word == "reply") return std::move(t).reply(std::move(*who), parts[1]);
  if (word == "insert") return std::move(t).next_event(inserted(parts[1]));
  if (word == "state_timeout")
    return std::move(t).state_timeout(milliseconds_in(parts[1]), fired("state_timeout", parts[2]));
  if (word == "event_timeout")
    return std::move(t).event_timeout(milliseconds_in(parts[1]), fired("event_timeout", parts[2]));
  if (word == "timeout")
    return std::move(t).timeout(parts[1], milliseconds_in(parts[2]), fired(named, parts[3]));
  if (word == "cancel")
    return of_state ? std::move(t).cancel_state_timeout() : std::move(t).cancel_timeout(parts[1]);
  if (word == "update" && of_state)
    return std::move(t).update_state_timeout(fired("state_timeout", parts[2]));
  if (word == "update") return std::move(t).update_timeout(parts[1], fired(named, parts[2]));
  const auto at = kept.find(parts[1]);
  t = std::move(t).reply(std::move(at->second), parts[2]);
  kept.erase(at);
  return t;
}

task<shown> op_start_machine(const player& me, const step_arguments& a) {
  const player who(*me.where, a.name());
  auto result = co_await try_start<machine>({}, who, a[0]);
  const term process = (*result).process();
  co_return shown(tuple(atom("ok"), process), {process});
}
task<shown> op_ask_machine(const player&, const step_arguments& a) {
  const address to(a[0]);
  const term reply = co_await call<machine::ask>(to, a[1]);
  co_return shown(reply);
}
task<shown> op_tell_machine(const player&, const step_arguments& a) {
  const address to(a[0]);
  cast<machine::tell>(to, a[1]);
  co_return shown(term(atom("ok")));
}

}  // namespace

void add_statem_operations(operation_table& to) {
  to["start_machine"] = &op_start_machine;
  to["ask_machine"] = &op_ask_machine;
  to["tell_machine"] = &op_tell_machine;
}

}  // namespace differential
