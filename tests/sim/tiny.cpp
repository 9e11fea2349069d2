// SPDX-License-Identifier: Apache-2.0
//
// Programs so small that every schedule can be tried: `--strategy exhaustive` completes.
#include "tests/sim/help.hpp"

namespace {

// Two messages each of two senders: all orders but those that turn a sender's own around.
task<> tiny_order(sim::world& w) {
  const pid me = self();
  for (int s = 0; s < 2; ++s) {
    spawn([me, s] {
      send(me, 2 * s);
      send(me, 2 * s + 1);
    });
  }
  int next[2] = {0, 0};
  for (int i = 0; i < 4; ++i) {
    const int got = co_await receive<int>();
    w.require(got % 2 == next[got / 2]++, "in the order of sending");
  }
}

task<> tiny_monitor(sim::world& w) {
  const pid target = spawn([] {});
  const reference kept = monitor(target), flushed = monitor(target);
  if (w.pick(2) == 1) co_await beamish::sleep(0s);
  demonitor(flushed, true);
  const auto d = co_await receive<down_message>();
  w.require(d.id == kept, "one DOWN, of the monitor that was kept");
  const auto more = co_await receive<down_message>(help::a_while(w));
  w.require(!more, "and no other");
}

task<> tiny_link(sim::world& w) {
  trap_exits(true);
  const pid peer = spawn([] { beamish::exit(exit_reason(atom("own"))); });
  link(peer);
  unlink(peer);
  const auto before = co_await receive<exit_message>(0s);
  if (!before) link(peer);
  const auto e = co_await receive<exit_message>(before ? duration(help::a_while(w)) : infinity);
  w.require(e.has_value() != before.has_value(), "one EXIT for the link that broke");
}

task<> tiny_name(sim::world& w) {
  const pid me = self();
  for (int i = 0; i < 2; ++i) {
    spawn([me] {
      bool won = true;
      try {
        register_name("throne");
      } catch (const argument_error&) {
        won = false;
      }
      send(me, won);
    });
  }
  const bool one = co_await receive<bool>(), two = co_await receive<bool>();
  w.require(one || two, "one of them had it");
}

task<> tiny_timer(sim::world& w) {
  const reference timer = send_after(10us, self(), 1);
  const pid me = self();
  spawn([timer, me]() -> task<> {
    co_await beamish::sleep(10us);
    send(me, cancel_timer(timer).has_value());
  });
  const bool cancelled = co_await receive<bool>();
  const auto fired = co_await receive<int>(help::a_while(w));
  w.require(fired.has_value() != cancelled, "it fires or is cancelled");
}

task<> tiny_alias(sim::world& w) {
  const reference single = alias(alias_kind::reply);
  for (int i = 0; i < 2; ++i) spawn([single, i] { send(single, i); });
  co_await receive<int>();
  const auto second = co_await receive<int>(help::a_while(w));
  w.require(!second, "a reply alias brings one message");
}

struct answerer : gen_server<answerer> {
  struct ask {
    using reply = int;
  };
  using messages = accepts<ask>;
  int handle_call(ask&) { return 42; }
};

task<> tiny_call(sim::world& w) {
  const auto s = co_await start<answerer>();
  spawn([s] { beamish::exit(s, exit_reason::kill()); });
  auto got = co_await s.try_call<answerer::ask>(within(infinity));
  if (got.ok())
    w.require(*got == 42, "its answer");
  else
    w.require(help::caused_by(got.reason(), {"killed", "noproc"}), "or why there is none");
}

task<> tiny_task(sim::world& w) {
  const auto handler = co_await task_handler::start_link({.task_limit = 1});
  sim::gauge running(w, "tasks that run", 1);
  const auto work = [running]() -> task<> {
    const sim::gauge::visit here(running);
    co_await beamish::sleep(0s);
  };
  auto one = handler.submit(work), two = handler.submit(work);
  auto first = co_await one;
  auto second = co_await two;
  w.require(first.ok() && second.ok(), "both are done");
  co_await stop(handler.address());
}

}  // namespace

std::vector<sim::scenario> tiny_scenarios() {
  return {
      {"tiny_order", "two senders, two messages each", tiny_order},
      {"tiny_monitor", "two monitors of a process that ends, one given up", tiny_monitor},
      {"tiny_link", "a link that is taken back and made again beside an end", tiny_link},
      {"tiny_name", "two that want one name", tiny_name},
      {"tiny_timer", "a timer that is cancelled when it is due", tiny_timer},
      {"tiny_alias", "two replies by one alias", tiny_alias},
      {"tiny_call", "a call beside a kill", tiny_call},
      {"tiny_task", "two tasks and one slot", tiny_task},
  };
}
