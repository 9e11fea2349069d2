// SPDX-License-Identifier: Apache-2.0
//
// A server's loop: continue before everything, timeouts, suspending, hibernating.
#include "tests/sim/help.hpp"

namespace {

// ---- continue

struct step {
  int number;
};

// Between a callback that continues and its handle_continue nothing else may come.
struct eager : gen_server<eager> {
  struct poke {};
  struct ask {
    using reply = int;
  };
  using messages = accepts<poke, ask>;

  sim::world* place = nullptr;
  pid owner;
  int owed = 0;
  int done = 0;

  task<init_result> init(sim::world* w, pid o, int chain) {
    place = w;
    owner = o;
    co_await beamish::sleep(10us);
    co_return ok().then(step{owe(chain)});
  }
  int owe(int chain) { return owed = chain; }
  void nothing_owed() const { place->require(owed == 0, "a continue comes before any message"); }

  outcome handle_continue(step& s) {
    place->require(s.number == owed && owed > 0, "each continue once, in order");
    ++done;
    if (--owed > 0) return noreply().then(step{owed});
    return noreply();
  }
  outcome handle_cast(poke&) {
    nothing_owed();
    return noreply().then(step{owe(2)});
  }
  outcome handle_info(poke&) {
    nothing_owed();
    return noreply().then(step{owe(1)});
  }
  call_result<ask> handle_call(ask&) {
    nothing_owed();
    return reply(done).then(step{owe(1)});
  }
};

// G11, G12, G13.
task<> continue_goes_first(sim::world& w) {
  const int chain = 1 + static_cast<int>(w.pick(3));
  const std::uint32_t pokers = 1 + w.pick(3), count = 1 + w.pick(4);
  sim::once ends(w, "end of a client");
  for (std::uint32_t i = 0; i < pokers; ++i) {
    ends.owe(spawn_monitor([&w, count]() -> task<> {
               // Also while it is still in its init: a name leads there before.
               while (!whereis("eager")) co_await beamish::sleep(5us);
               const pid server = whereis("eager");
               for (std::uint32_t n = 0; n < count; ++n) {
                 const std::uint32_t how = w.pick(3);
                 if (how == 0) cast<eager::poke>(server);
                 if (how == 1) send(server, eager::poke{});
                 if (how == 2) {
                   const int done = co_await call<eager::ask>(within(infinity), server);
                   w.require(done > 0, "the continue of init goes first");
                 }
               }
             }).id);
  }
  const auto s = co_await start<eager>({.name = "eager"}, &w, self(), chain);
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(d.reason.is_normal(), "no client fails");
  }
  co_await stop(s);
  co_await sim::nothing_more(w);
}

// ---- timeouts of callbacks

struct patient : gen_server<patient> {
  struct poke {
    bool again;
  };
  struct hush {};
  struct echo {};
  using messages = accepts<poke, hush, echo>;

  sim::world* place = nullptr;
  pid owner;
  std::optional<std::chrono::nanoseconds> due;
  bool echoes = false;

  outcome arm(bool again) {
    if (!again) {
      due.reset();
      return noreply();
    }
    due = now() + 30us;
    return noreply().timeout(30us);
  }
  outcome handle_cast(poke& m) { return arm(m.again); }
  // No result: no timeout.
  void handle_cast(hush&) { due.reset(); }
  outcome handle_info(poke& m) { return arm(m.again); }
  // What is in the mailbox already goes before a timeout of zero.
  outcome handle_cast(echo&) {
    echoes = true;
    send(self(), echo{});
    due = now();
    return noreply().timeout(0s);
  }
  outcome handle_info(echo&) {
    echoes = false;
    return arm(due.has_value());
  }
  void handle_info(timeout_message&) {
    place->require(!echoes, "a timeout of zero comes after what was there");
    place->require(due.has_value(), "no timeout that nobody asked for, or twice");
    if (due) place->require(now() >= *due, "a timeout is not early, and a message cancels it");
    due.reset();
    send(owner, atom("timeout"));
  }
};

// G30, G31: a timeout comes if nothing else does, and anything else cancels it.
task<> timeouts_of_callbacks(sim::world& w) {
  const auto s = co_await start<patient>(&w, self(), std::nullopt);
  const std::uint32_t count = 1 + w.pick(8);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t how = w.pick(4);
    if (how == 0) s.cast<patient::poke>(w.pick(3) != 2);
    if (how == 1) send(s, patient::poke{w.pick(3) != 2});
    if (how == 2) s.cast<patient::hush>();
    if (how == 3) s.cast<patient::echo>();
    co_await beamish::sleep(20us * w.pick(4));
  }
  s.cast<patient::poke>(true);
  co_await receive<atom>();
  co_await beamish::sleep(help::a_while(w));
  // As many as there were quiet times; the last of them has come.
  co_await help::drop<atom>();
  s.cast<patient::poke>(true);
  co_await receive<atom>();
  const auto second = co_await receive<atom>(help::a_while(w));
  w.require(!second, "a timeout comes once");
  co_await stop(s);
  co_await sim::nothing_more(w);
}

// ---- suspended and hibernating

struct diary : gen_server<diary> {
  struct entry {
    pid from;
    std::uint64_t number;
  };
  struct sync {
    using reply = void;
    pid from;
    std::uint64_t number;
  };
  using messages = accepts<entry, sync>;

  sim::world* place = nullptr;
  sim::order lanes;
  std::shared_ptr<std::atomic<bool>> suspended;

  outcome take(entry& m) {
    place->require(!*suspended, "a suspended server takes no message");
    lanes.arrived(m.from, self(), m.number);
    if (m.number % 2 == 0) return noreply().hibernate();
    return noreply();
  }
  // Some take a while: a call that comes meanwhile waits behind what came before it.
  task<outcome> handle_cast(entry& m) {
    const bool slow = m.number % 3 == 1;
    outcome end = take(m);
    if (slow) co_await beamish::sleep(15us);
    co_return std::move(end);
  }
  outcome handle_info(entry& m) { return take(m); }
  void handle_info(timeout_message&) { place->require(false, "to hibernate is no timeout"); }
  void handle_call(sync& m) {
    place->require(!*suspended, "a suspended server takes no message");
    lanes.arrived(m.from, self(), m.number);
  }
};

// Suspended, a server takes nothing; resumed, everything in its order. hibernate_after changes
// nothing that can be seen.
task<> suspended_servers(sim::world& w) {
  sim::order lanes(w, "entries");
  const auto suspended = std::make_shared<std::atomic<bool>>(false);
  start_options o;
  o.hibernate_after = 10us * (1 + w.pick(4));
  const auto s = co_await start<diary>(o, &w, lanes, suspended);
  const std::uint32_t writers = 1 + w.pick(3), count = 1 + w.pick(4);
  sim::once ends(w, "end of a writer");
  for (std::uint32_t i = 0; i < writers; ++i) {
    ends.owe(spawn_monitor([&w, s, lanes, count]() mutable -> task<> {
               for (std::uint32_t n = 0; n < count; ++n) {
                 const diary::entry e{self(), lanes.next(self(), s)};
                 const std::uint32_t how = w.pick(3);
                 if (how == 0) s.cast<diary::entry>(e.from, e.number);
                 if (how == 1) send(s, e);
                 if (how == 2) co_await s.call<diary::sync>(within(infinity), e.from, e.number);
                 if (w.pick(2) == 1) co_await beamish::sleep(help::moment(w));
               }
               co_await s.call<diary::sync>(within(infinity), self(), lanes.next(self(), s));
             }).id);
  }
  const std::uint32_t rounds = 1 + w.pick(3);
  for (std::uint32_t i = 0; i < rounds; ++i) {
    co_await sys::suspend(s, infinity);
    *suspended = true;
    co_await beamish::sleep(help::moment(w));
    const term state = co_await sys::get_state(s, infinity);
    if (w.pick(2) == 1) co_await sys::suspend(s, infinity);
    *suspended = false;
    co_await sys::resume(s, infinity);
    co_await beamish::sleep(help::moment(w));
  }
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(d.reason.is_normal(), "no writer fails");
  }
  lanes.settle();
  if (w.pick(2) == 1) co_await sys::suspend(s, infinity);
  co_await stop(s);
  co_await sim::nothing_more(w);
}

// Several who suspend, look and resume at once: in the end it runs, and nothing was lost.
task<> suspended_by_many(sim::world& w) {
  sim::order lanes(w, "entries");
  const auto never = std::make_shared<std::atomic<bool>>(false);
  const auto s = co_await start<diary>({}, &w, lanes, never);
  const std::uint32_t others = 1 + w.pick(4), count = 1 + w.pick(4);
  sim::once ends(w, "end of another");
  for (std::uint32_t i = 0; i < others; ++i) {
    ends.owe(spawn_monitor([&w, s, lanes, count]() -> task<> {
               for (std::uint32_t n = 0; n < count; ++n) {
                 const std::uint64_t number = lanes.next(self(), s);
                 s.cast<diary::entry>(self(), number);
                 if (w.pick(2) == 1) co_await sys::suspend(s, infinity);
                 if (w.pick(2) == 1) co_await beamish::sleep(help::moment(w));
                 send(s, diary::entry{self(), lanes.next(self(), s)});
                 co_await sys::resume(s, infinity);
               }
             }).id);
  }
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(d.reason.is_normal(), "nobody fails");
  }
  co_await w.eventually("all is handled", 1min, [&] { return lanes.under_way() == 0; });
  co_await stop(s);
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> server_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms).jump_clock(0.01);
  return {
      {"continue_goes_first",
       "a handle_continue comes before any message",
       continue_goes_first,
       {.faults = slow}},
      {"timeouts_of_callbacks",
       "a callback's timeout comes if nothing else does, once",
       timeouts_of_callbacks,
       {.faults = slow}},
      {"suspended_servers",
       "a suspended server takes nothing, and everything in order afterwards",
       suspended_servers,
       {.faults = slow}},
      {"suspended_by_many",
       "several who suspend and resume at once lose nothing",
       suspended_by_many,
       {.faults = slow}},
  };
}
