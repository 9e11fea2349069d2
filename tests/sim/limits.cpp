// SPDX-License-Identifier: Apache-2.0
//
// Whoever gives up waiting for a server hears nothing of it afterwards: calls, stops and system
// messages with a limit, to servers that are slow, end meanwhile, or end right after an answer.
#include "tests/sim/help.hpp"

namespace {

struct slow_server : gen_server<slow_server> {
  struct work {
    using reply = int;
    int number;
    duration takes;
  };
  struct busy {
    duration takes;
  };
  // Ends a moment after the messages before it.
  struct leave {
    int how;
  };
  using messages = accepts<work, busy, leave>;

  task<int> handle_call(work& m) {
    if (m.takes > 0s) co_await beamish::sleep(m.takes);
    co_return m.number;
  }
  task<> handle_cast(busy& m) { co_await beamish::sleep(m.takes); }
  outcome handle_cast(leave& m) {
    if (m.how == 0) return stop(exit_reason::normal());
    if (m.how == 1) throw std::runtime_error("leaves");
    beamish::exit(self(), exit_reason::kill());
    return noreply();
  }
};

bool known_end(const exit_reason& why) {
  const term cause = help::cause(why);
  return help::caused_by(why, {"timeout", "normal", "noproc", "killed", "shutdown"}) ||
         cause.is_tuple() || exit_reason(cause).exception() != nullptr ||
         why.exception() != nullptr;
}

// One request with a limit of its own. Whatever comes of it, comes now.
task<> ask_once(sim::world& w, server<slow_server> to, int number) {
  const duration limit = 10us * w.pick(6);
  const std::uint32_t how = w.pick(5);
  const duration takes = 10us * w.pick(4);
  try {
    if (how <= 1) {
      const int got = co_await to.call<slow_server::work>(within(limit), number, takes);
      w.require(got == number, "the answer to this request, not to one that was given up");
    }
    if (how == 2) co_await sys::get_state(to, limit);
    if (how == 3) {
      co_await sys::suspend(to, limit);
      co_await sys::resume(to, infinity);
    }
    if (how == 4 && w.pick(2) == 1) {
      co_await stop(to, exit_reason::shutdown(), limit);
      w.require(!alive(to), "stopped is gone");
    }
  } catch (const exited& e) {
    w.require(known_end(e.reason()), "it says why");
  }
}

// Nobody reads this mailbox meanwhile, so all that comes unasked is still there in the end.
task<> client(sim::world& w, server<slow_server> to, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    co_await ask_once(w, to, static_cast<int>(i));
    const duration rest = help::moment(w);
    if (rest > 0s) co_await beamish::sleep(rest);
  }
  // A server that was left suspended would keep everybody.
  co_await sim::nothing_more(w);
}

// G18, G19, G33, Y7.
task<> given_up_is_given_up(sim::world& w) {
  const auto s = co_await start<slow_server>();
  const std::uint32_t clients = 1 + w.pick(3), count = 1 + w.pick(4);
  sim::once ends(w, "end of a client");
  for (std::uint32_t i = 0; i < clients; ++i)
    ends.owe(spawn_monitor(client, std::ref(w), s, count).id);
  const std::uint32_t disturbances = w.pick(4);
  for (std::uint32_t i = 0; i < disturbances; ++i) {
    co_await beamish::sleep(help::moment(w));
    const duration takes = 10us * (1 + w.pick(5));
    s.cast<slow_server::busy>(takes);
  }
  if (w.pick(2) == 1) s.cast<slow_server::leave>(static_cast<int>(w.pick(3)));
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(d.reason.is_normal(), "no client fails");
  }
  beamish::exit(s.process(), exit_reason::kill());
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> limit_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms);
  return {
      {"given_up_is_given_up",
       "who gives up waiting for a server hears nothing of it later",
       given_up_is_given_up,
       {.faults = slow}},
  };
}
