// SPDX-License-Identifier: Apache-2.0
//
// Memory that runs out: what throws bad_alloc has done nothing, and what ends needs none.
#include <new>

#include "tests/sim/help.hpp"

namespace {

struct note {
  std::uint32_t number;
};
struct report {
  bool linked = false;
  bool named = false;
};

// False if it ran out of memory.
template <class Action>
bool succeeds(Action action) {
  try {
    action();
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

struct ledgers {
  sim::once notes, ties;
  ledgers(sim::world& w) : notes(w, "note"), ties(w, "end of a tie") {}
};

// Does one of the things that may fail, and remembers if it did not.
void act(std::uint32_t what, std::uint32_t number, pid peer, const ledgers& l, report& r) {
  reference id;
  pid child;
  switch (what) {
    case 0:
      l.notes.owe(number);
      if (!succeeds([&] { send(peer, note{number}); })) l.notes.waive(number);
      break;
    case 1:
      l.notes.owe(number);
      if (!succeeds([&] { send_after(10us, peer, note{number}); })) l.notes.waive(number);
      break;
    case 2:
      if (succeeds([&] { id = monitor(peer); })) l.ties.owe(id);
      break;
    case 3:
      if (succeeds([&] { id = spawn_monitor([] {}).id; })) l.ties.owe(id);
      break;
    case 4:
      if (succeeds([&] { child = spawn_link([] {}); })) l.ties.owe(child);
      break;
    case 5:
      if (!r.named) r.named = succeeds([] { register_name("careful"); });
      break;
    case 6:
      succeeds([] { unalias(alias()); });
      break;
    default:
      if (succeeds([&] { link(peer); }) && !std::exchange(r.linked, true)) l.ties.owe(peer);
  }
}

// Tries; then waits for the ends of what it has tied itself to.
task<> careful(sim::world& w, ledgers l, pid peer, pid reader) {
  trap_exits(true);
  report r;
  const std::uint32_t count = 1 + w.pick(8);
  for (std::uint32_t i = 0; i < count; ++i) {
    act(w.pick(8), i, peer, l, r);
    // Another turn: memory may run out once in each.
    co_await beamish::sleep(10us);
  }
  w.require((whereis("careful") == self()) == r.named, "a name is there, or is not");
  while (!succeeds([&] { send(reader, r); })) {
  }
  while (l.ties.open() > 0) {
    const auto got = co_await receive<down_message, exit_message>();
    const auto* d = std::get_if<down_message>(&got);
    l.ties.happened(d != nullptr ? term(d->id) : term(std::get<exit_message>(got).from));
  }
  const auto more = co_await receive<down_message, exit_message>(help::a_while(w));
  w.require(!more, "no tie of what had failed");
}

// send, spawn, link, monitor, register_name, send_after and alias throw before any effect.
task<> nothing_half_done(sim::world& w) {
  const ledgers l(w);
  const pid me = self();
  const pid peer = spawn([me]() -> task<> {
    for (;;) {
      const note n = co_await receive<note>();
      send(me, n);
    }
  });
  w.spare(peer);
  const auto one = spawn_monitor(careful, std::ref(w), l, peer, self());
  auto got = co_await receive<report, note, down_message>();
  while (std::holds_alternative<note>(got)) {
    l.notes.happened(std::get<note>(got).number);
    got = co_await receive<report, note, down_message>();
  }
  if (const auto* d = std::get_if<down_message>(&got)) {
    // There was not even memory to begin.
    w.require(d->reason.exception() != nullptr, "it ran out of memory");
    co_await help::kill(peer);
    co_return;
  }
  w.calm();
  while (l.notes.open() > 0) {
    const note n = co_await receive<note>();
    l.notes.happened(n.number);
  }
  co_await help::kill(peer);
  const down_message d = co_await help::down_of(one.id);
  w.require(d.reason.is_normal(), "it ends well: " + inspect(d.reason));
  w.require(!whereis("careful"), "its name is free");
  co_await sim::nothing_more(w);
}

struct keeper : gen_server<keeper> {
  struct add {
    using reply = int;
    int number;
  };
  using messages = accepts<add>;
  sim::once handled;
  int handle_call(add& m) {
    // A callback that allocates, and may fail in the middle.
    spawn([] {});
    handled.happened(m.number);
    return m.number;
  }
};

// A server that runs out of memory ends as by any exception, and its callers hear it; a call that
// throws bad_alloc was never made.
task<> servers_without_memory(sim::world& w) {
  const sim::once handled(w, "request handled");
  auto started = co_await try_start<keeper>({}, handled);
  while (!started.ok()) started = co_await try_start<keeper>({}, handled);
  const server<keeper> s = *started;
  sim::once ends(w, "end of a client");
  const std::uint32_t clients = 1 + w.pick(3);
  for (std::uint32_t c = 0; c < clients; ++c) {
    ends.owe(spawn_monitor([&w, s, handled, c]() -> task<> {
               for (int i = 0; i < 3; ++i) {
                 const int number = 10 * static_cast<int>(c) + i;
                 handled.owe(number);
                 try {
                   auto got = co_await s.try_call<keeper::add>(within(infinity), number);
                   w.require(!got.ok() || *got == number, "the answer to this call");
                   if (got.ok()) w.require(handled.has_happened(number), "it was handled");
                   if (!got.ok()) handled.close(number);
                 } catch (const std::bad_alloc&) {
                   handled.waive(number);
                 }
               }
             }).id);
  }
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(d.reason.is_normal() || d.reason.exception() != nullptr, "an end by bad_alloc");
  }
  w.calm();
  co_await help::kill(s);
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> memory_scenarios() {
  const auto poor = sim::faults().delay_signals(0.05, 2s).fail_allocations(0.3);
  return {
      {"nothing_half_done",
       "what throws bad_alloc has done nothing",
       nothing_half_done,
       {.faults = poor}},
      {"servers_without_memory",
       "a server without memory ends as by any exception",
       servers_without_memory,
       {.faults = poor}},
  };
}
