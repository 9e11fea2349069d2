// SPDX-License-Identifier: Apache-2.0
//
// A state machine that does what it is told and keeps a log of it, for the tests of state machines.
//
//     auto g = co_await start<cases::gate>();
//     g.cast<cases::gate::item>(1);              // closed: postponed
//     g.cast<cases::gate::turn>(2);              // to `open`
//     auto log = co_await g.call<cases::gate::read>();    // "enter closed", "enter open", "item 1"
//
// tested in: gen_statem_test.cpp
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "beamish/otp/gen_statem.hpp"

namespace beamish::inline v0::cases {

using strings = std::vector<std::string>;

struct gate : gen_statem<gate> {
  struct closed {};
  struct half {};
  struct open {};
  using states = std::variant<closed, half, open>;

  struct item {
    int n;
  };
  struct turn {
    int to;  // 0 closed, 1 half, 2 open
  };
  // Handled in every state by what it carries.
  struct run {
    std::function<transition(gate&)> what;
  };
  // The answer comes when `answers` says so.
  struct ask {
    using reply = int;
    int n;
  };
  struct read {
    using reply = strings;
  };
  using messages = accepts<item, turn, run, ask, read>;

  // What it inserts, and what its timeouts carry.
  struct step {
    int n;
  };
  struct ring {
    int n;
  };

  strings log;
  std::vector<from<ask>> waiting;

  void note(std::string text) { log.push_back(std::move(text)); }
  void note(const char* what, int n) { note(what + std::to_string(n)); }
  static transition to(int state) {
    if (state == 0) return next_state(closed{});
    if (state == 1) return next_state(half{});
    return next_state(open{});
  }

  void enter(closed&) { note("enter closed"); }
  void enter(half&, const closed&) { note("enter half from closed"); }
  void enter(half&, const open&) { note("enter half from open"); }
  void enter(open&) { note("enter open"); }

  transition handle_cast(closed&, item&) { return keep_state().postpone(); }
  transition handle_cast(half&, item& m) {
    if (m.n % 2 == 0) return keep_state().postpone();
    note("half item ", m.n);
    return keep_state();
  }
  void handle_cast(open&, item& m) { note("item ", m.n); }
  transition handle_cast(turn& m) { return to(m.to); }
  transition handle_cast(run& m) { return m.what(*this); }
  void handle_call(ask&, from<ask> caller) { waiting.push_back(std::move(caller)); }
  strings handle_call(read&) { return log; }
  void handle_internal(step& s) { note("step ", s.n); }
  void handle_timeout(ring& r) { note("ring ", r.n); }
  void handle_timeout(state_timeout_message&) { note("state timeout"); }
  void handle_timeout(timeout_message&) { note("event timeout"); }
  void handle_timeout(named_timeout_message& m) { note(inspect(m.name)); }
};

// Has the machine return what `f` returns.
template <class F>
void tell(server<gate> g, F f) {
  g.cast<gate::run>(std::function<gate::transition(gate&)>(std::move(f)));
}

inline task<strings> log_of(server<gate> g) {
  strings log = co_await g.call<gate::read>();
  co_return log;
}

}  // namespace beamish::inline v0::cases
