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

// Both link at the same time, and one of them takes it back, or not.
task<> tiny_crossing(sim::world& w) {
  trap_exits(true);
  const pid me = self();
  const bool unlinks = w.pick(2) == 1;
  const pid peer = spawn([me, unlinks]() -> task<> {
    link(me);
    if (unlinks) send(me, atom("linked"));
    co_await receive<atom>();
  });
  link(peer);
  if (unlinks) {
    co_await receive<atom>();
    unlink(peer);
  }
  send(peer, atom("end"));
  if (unlinks)
    co_await help::end_of(peer);
  else
    co_await receive<exit_message>();
  co_await sim::nothing_more(w);
}

// Both link at the same time, and one takes its own back at once: in the end both are linked, or
// neither is.
task<> tiny_half_link(sim::world& w) {
  trap_exits(true);
  const pid me = self();
  const auto peer = spawn_monitor([me]() -> task<> {
    link(me);
    co_await receive<atom>();
  });
  link(peer.process);
  unlink(peer.process);
  co_await beamish::sleep(10us);  // all has arrived
  const auto lists = [](const std::optional<process_picture>& i, pid other) {
    return i && std::ranges::find(i->links, other) != i->links.end();
  };
  const auto mine = co_await process_info(me);
  const auto its = co_await process_info(peer.process);
  const bool linked = lists(mine, peer.process);
  w.require(linked == lists(its, me), "a link has two sides");
  send(peer.process, atom("end"));
  co_await help::down_of(peer.id);
  const auto e = co_await receive<exit_message>(0s);
  w.require(e.has_value() == linked, "one EXIT for a link");
}

// What was sent before an exit signal is there before it, and neither is lost.
task<> tiny_exit(sim::world& w) {
  const pid me = self();
  const auto peer = spawn_monitor([me, &w]() -> task<> {
    trap_exits(true);
    send(me, atom("ready"));
    const auto first = co_await receive<int, exit_message>();
    w.require(first.index() == 0, "the message that was sent first");
    const auto e = co_await receive<exit_message>();
    w.require(e.reason.is("own"), "the reason of the exit signal");
  });
  co_await receive<atom>();
  send(peer.process, 1);
  beamish::exit(peer.process, exit_reason(atom("own")));
  if (w.pick(2) == 1) beamish::exit(peer.process, exit_reason::kill());
  const auto d = co_await help::down_of(peer.id);
  w.require(d.reason.is_normal() || d.reason.is("killed"), "it has heard all, or was killed");
}

// A task beside its owner's patience: the value comes once, or never.
task<> tiny_async(sim::world& w) {
  trap_exits(true);
  const auto t = async([]() -> task<int> {
    co_await beamish::sleep(10us);
    co_return 1;
  });
  const std::uint32_t how = w.pick(3);
  auto early = co_await t.yield(10us);
  w.require(!early || **early == 1, "its value");
  if (!early && how == 0) {
    auto end = t.ignore();
    w.require(!end || **end == 1, "its value");
  } else if (!early && how == 1) {
    auto end = co_await t.shutdown();
    w.require(!end || !end->ok() || **end == 1, "its value");
  } else if (!early) {
    const int value = co_await t.await();
    w.require(value == 1, "its value");
  }
  co_await beamish::sleep(20us);
  co_await help::drop<exit_message>();
  co_await sim::nothing_more(w);
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

}  // namespace

std::vector<sim::scenario> tiny_scenarios() {
  return {
      {"tiny_order", "two senders, two messages each", tiny_order},
      {"tiny_monitor", "two monitors of a process that ends, one given up", tiny_monitor},
      {"tiny_link", "a link that is taken back and made again beside an end", tiny_link},
      {"tiny_crossing", "two that link each other at the same time", tiny_crossing},
      {"tiny_half_link", "two that link, and one takes it back at once", tiny_half_link},
      {"tiny_exit", "an exit signal behind a message", tiny_exit},
      {"tiny_async", "a task beside its owner's patience", tiny_async},
      {"tiny_name", "two that want one name", tiny_name},
      {"tiny_timer", "a timer that is cancelled when it is due", tiny_timer},
      {"tiny_alias", "two replies by one alias", tiny_alias},
      {"tiny_call", "a call beside a kill", tiny_call},
  };
}
