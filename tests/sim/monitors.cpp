// SPDX-License-Identifier: Apache-2.0
//
// Monitors: exactly one DOWN, behind everything else of the dead, none of what was given up.
#include "tests/sim/help.hpp"

namespace {

exit_reason own() { return exit_reason(atom("own")); }

// Monitors `target` several times, gives some up, and tells of each DOWN.
task<> watcher(sim::world& w, sim::once downs, pid target, pid reader) {
  const std::uint32_t count = 1 + w.pick(3);
  std::vector<reference> kept;
  for (std::uint32_t i = 0; i < count; ++i) {
    const reference id = monitor(target);
    downs.owe(id);
    if (w.pick(3) == 2) co_await beamish::sleep(10us);
    switch (w.pick(3)) {
      case 0:
        kept.push_back(id);
        break;
      case 1: {  // with flush: never from now on
        demonitor(id, true);
        downs.close(id);
        const auto is_it = [&id](const down_message& d) { return d.id == id; };
        const auto flushed = co_await receive_if<down_message>(0s, is_it);
        w.require(!flushed, "a flush takes the DOWN that had come");
        break;
      }
      default: {  // without: it is there, or it never comes
        const bool active = demonitor(id);
        const auto is_it = [&id](const down_message& d) { return d.id == id; };
        const auto there = co_await receive_if<down_message>(0s, is_it);
        if (there) downs.happened(id);
        w.require(active == !there.has_value(), "demonitor says whether the monitor was active");
        downs.close(id);
      }
    }
  }
  for (const reference& id : kept) {
    const down_message d = co_await help::down_of(id);
    downs.happened(d.id);
    w.require(d.process == target, "of the target");
    w.require(help::one_of(d.reason, {own(), exit_reason::killed(), exit_reason::noproc()}),
              "its own reason, or killed, or nobody was there");
  }
  // Whatever may still come would be one too many.
  const auto late = co_await receive<down_message>(help::a_while(w));
  w.require(!late, "one DOWN for each monitor, and none for one that was given up");
  send(reader, atom("done"));
}

// P16, P17, P19: each monitor tells once, also one that was made late, unless it is given up.
task<> down_once(sim::world& w) {
  sim::once downs(w, "DOWN");
  const duration end = 10us * w.pick(5);
  const pid target = spawn([end]() -> task<> {
    co_await beamish::sleep(end);
    beamish::exit(own());
  });
  const std::uint32_t watchers = 1 + w.pick(4);
  for (std::uint32_t i = 0; i < watchers; ++i)
    w.spare(spawn(watcher, std::ref(w), downs, target, self()));
  for (std::uint32_t i = 0; i < watchers; ++i) co_await receive<atom>();
  downs.settle();
  co_await sim::nothing_more(w);
}

struct note {
  pid from;
  std::uint64_t number;
};

// P21: what the dead one had sent comes before its end is told, however it ended.
task<> messages_before_down(sim::world& w) {
  trap_exits(true);
  const pid me = self();
  sim::order notes(w, "messages of the dead");
  sim::once ends(w, "end of a sender");
  const std::uint32_t senders = 1 + w.pick(4);
  for (std::uint32_t i = 0; i < senders; ++i) {
    const auto body = [me, notes, count = w.pick(6)]() mutable -> task<> {
      for (std::uint32_t n = 0; n < count; ++n) {
        send(me, note{self(), notes.next(self(), me)});
        if (n % 2 == 1) co_await beamish::sleep(10us);
      }
      beamish::exit(own());
    };
    if (i % 2 == 0)
      ends.owe(spawn_monitor(body).id);
    else
      ends.owe(spawn_link(body));
  }
  const auto complete = [&](pid p, const exit_reason& why) {
    w.require(notes.under_way(p, me) == 0, "messages come before the end");
    w.require(help::one_of(why, {own(), exit_reason::killed()}), "its own reason, or killed");
  };
  while (ends.open() > 0) {
    const auto got = co_await receive<note, down_message, exit_message>();
    if (const auto* n = std::get_if<note>(&got)) {
      notes.arrived(n->from, me, n->number);
    } else if (const auto* d = std::get_if<down_message>(&got)) {
      ends.happened(d->id);
      complete(d->process, d->reason);
    } else {
      const auto& e = std::get<exit_message>(got);
      ends.happened(e.from);
      complete(e.from, e.reason);
    }
  }
  co_await sim::nothing_more(w);
}

// P20: a monitor by name tells {name, node}; nobody there is noproc at once.
task<> monitor_by_name(sim::world& w) {
  const duration begin = help::moment(w), end = begin + help::moment(w);
  auto holder = spawn_monitor([begin, end]() -> task<> {
    co_await beamish::sleep(begin);
    register_name("shop");
    co_await beamish::sleep(end - begin);
    beamish::exit(own());
  });
  const std::uint32_t count = 1 + w.pick(4);
  const term object = tuple(atom("shop"), atom(node_name()));
  for (std::uint32_t i = 0; i < count; ++i) {
    const pid before = whereis("shop");
    const reference id = monitor("shop");
    const auto d = co_await help::down_of(id);
    w.require(d.object() == object, "a monitor by name tells the name");
    if (before == holder.process)
      w.require(help::one_of(d.reason, {own(), exit_reason::killed(), exit_reason::noproc()}),
                "its own reason");
    w.require(whereis("shop") != holder.process || d.reason == exit_reason::noproc(),
              "the name is free before the DOWN");
    co_await beamish::sleep(help::moment(w));
  }
  co_await help::down_of(holder.id);
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> monitor_scenarios() {
  const auto deadly = sim::faults().delay_signals(0.05, 2s).kill_processes(0.02);
  return {
      {"down_once",
       "a monitor tells once, unless it was given up, whenever it was made",
       down_once,
       {.faults = deadly}},
      {"messages_before_down",
       "what a dead process had sent comes before its DOWN or EXIT",
       messages_before_down,
       {.faults = deadly}},
      {"monitor_by_name",
       "a monitor by name tells {name, node}, once",
       monitor_by_name,
       {.faults = deadly}},
  };
}
