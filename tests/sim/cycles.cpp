// SPDX-License-Identifier: Apache-2.0
//
// Cycles of calls: found in every schedule, and never where there is none.
#include <map>
#include <mutex>

#include "tests/sim/help.hpp"

namespace {

// Who waits for whom right now, as the servers themselves know it.
struct notes {
  std::mutex mutex;
  std::map<std::uint32_t, std::uint32_t> edges;
  int cycles = 0;

  void waits(pid who, pid whom) {
    const std::lock_guard lock(mutex);
    edges[who.id] = whom.id;
  }
  void waits_no_more(pid who) {
    const std::lock_guard lock(mutex);
    edges.erase(who.id);
  }
  bool does_wait(const term& who, const term& whom) {
    const std::lock_guard lock(mutex);
    const auto at = edges.find(who.as_pid()->id);
    return at != edges.end() && at->second == whom.as_pid()->id;
  }
};

struct link_in_ring : gen_server<link_in_ring> {
  struct go {
    using reply = int;
    std::uint32_t more;  // calls to make
  };
  struct helped {
    using reply = int;
    duration after;
  };
  struct set {
    using reply = void;
    pid next;
    duration limit;
  };
  struct poke {};
  using messages = accepts<go, helped, set, poke>;

  sim::world* w = nullptr;
  std::shared_ptr<notes> book;
  pid next;
  duration limit = infinity;

  void init(sim::world* place, std::shared_ptr<notes> b) {
    w = place;
    book = std::move(b);
  }
  void handle_call(set& m) {
    next = m.next;
    limit = m.limit;
  }
  void handle_cast(poke&) {}

  // The calls that the reason names are exactly those that wait for each other. Only one's own has
  // just ended.
  void check(const exit_reason& why) {
    const term cause = help::cause(why);
    if (!cause.is_tuple() || !cause.elements()[0].is_atom("calling_cycle")) {
      w->require(limit.count() >= 0 || help::caused_by(why, {"killed", "noproc"}),
                 "without a limit only a cycle or a death ends a call");
      return;
    }
    {
      const std::lock_guard lock(book->mutex);
      ++book->cycles;
    }
    const auto pids = cause.elements()[1].elements();
    w->require(pids.size() >= 2 && pids[0] == term(self()), "whoever closed it is named first");
    if (limit.count() >= 0) return;
    for (std::size_t i = 0; i < pids.size(); ++i)
      w->require(book->does_wait(pids[i], pids[(i + 1) % pids.size()]),
                 "each of a cycle waits for the next");
  }

  task<int> handle_call(go& m) {
    if (m.more == 0) co_return 1;
    const std::uint32_t more = m.more - 1;
    book->waits(self(), next);
    auto got = co_await try_call<go>(within(limit), next, more);
    if (!got.ok()) check(got.reason());
    book->waits_no_more(self());
    co_return got.ok() ? *got : 0;
  }
  // Its caller is answered by somebody else, while it waits itself.
  task<> handle_call(helped& m, from<helped> f) {
    spawn([f = std::move(f), after = m.after]() mutable -> task<> {
      co_await beamish::sleep(after);
      f.reply(1);
    });
    auto got = co_await try_call<go>(within(infinity), next, 0u);
    w->require(got.ok(), "what somebody else can answer is no cycle");
  }
};

struct outer : gen_server<outer> {
  struct ask {
    using reply = int;
    pid to;
    duration after;
  };
  struct unused {};
  using messages = accepts<ask, link_in_ring::go>;
  task<int> handle_call(ask& m) {
    const pid to = m.to;
    const duration after = m.after;
    co_return co_await call<link_in_ring::helped>(within(infinity), to, after);
  }
  int handle_call(link_in_ring::go&) { return 1; }
};

struct ring {
  std::shared_ptr<notes> book = std::make_shared<notes>();
  std::vector<server<link_in_ring>> all;
};

task<ring> make_ring(sim::world& w, std::size_t size, duration limit) {
  ring r;
  for (std::size_t i = 0; i < size; ++i) {
    auto made = co_await try_start<link_in_ring>({}, &w, r.book);
    while (!made.ok()) made = co_await try_start<link_in_ring>({}, &w, r.book);
    r.all.push_back(*made);
  }
  for (std::size_t i = 0; i < size; ++i) {
    const pid next = r.all[(i + 1) % size];
    auto told = co_await r.all[i].try_call<link_in_ring::set>(within(infinity), next, limit);
    w.require(told.ok() || !alive(r.all[i]), "only the dead are not told");
  }
  co_return r;
}

task<> end_ring(const ring& r) {
  for (const auto& s : r.all) co_await help::kill(s);
}

// One question goes round: two, three or four servers, and the last calls the first.
task<> cycle_of_one_way(sim::world& w) {
  const std::uint32_t size = 2 + w.pick(3);
  const ring r = co_await make_ring(w, size, infinity);
  for (std::uint32_t i = w.pick(4); i > 0; --i) r.all[w.pick(size)].cast<link_in_ring::poke>();
  const std::uint32_t first = w.pick(size);
  auto got = co_await r.all[first].try_call<link_in_ring::go>(within(infinity), size);
  w.require(got.ok() && *got == 0, "the first caller is answered: a cycle was closed");
  w.require(r.book->cycles == 1, "a cycle is told to one of its callers, once");
  co_await end_ring(r);
  co_await sim::nothing_more(w);
}

// Everybody asks everybody at once: whether a cycle comes about depends on the schedule. With no
// limit for any call, all end only if each cycle is found.
task<> cycles_at_once(sim::world& w) {
  const std::uint32_t size = 2 + w.pick(2);
  const ring r = co_await make_ring(w, size, infinity);
  const std::uint32_t clients = 1 + w.pick(2 * size), deep = 1 + w.pick(2 * size);
  sim::once ends(w, "end of a client");
  for (std::uint32_t i = 0; i < clients; ++i) {
    const auto to = r.all[(i + w.pick(2)) % size];
    ends.owe(spawn_monitor([to, deep, poke = w.pick(2)]() -> task<> {
               if (poke == 1) to.cast<link_in_ring::poke>();
               co_await to.call<link_in_ring::go>(within(infinity), deep);
             }).id);
  }
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(d.reason.is_normal(), "each client is answered");
  }
  co_await w.eventually("nobody waits any more", 1min, [&] {
    const std::lock_guard lock(r.book->mutex);
    return r.book->edges.empty();
  });
  co_await end_ring(r);
  co_await sim::nothing_more(w);
}

// A calls B, which hands the `from` to a helper and calls A: the helper opens the circle.
task<> no_cycle_if_somebody_else_answers(sim::world& w) {
  const ring r = co_await make_ring(w, 2, infinity);
  const auto a = co_await start<outer>();
  co_await r.all[0].call<link_in_ring::set>(within(infinity), a.process(), infinity);
  const std::uint32_t rounds = 1 + w.pick(3);
  for (std::uint32_t i = 0; i < rounds; ++i) {
    const duration after = w.pick(4) == 3 ? duration(3s) : help::moment(w);
    auto got = co_await a.try_call<outer::ask>(within(infinity), r.all[0].process(), after);
    w.require(got.ok() && *got == 1, "the helper's answer");
    // Its callback still waits for `a`: called from there now, it would be a cycle indeed.
    auto rests = co_await r.all[0].try_call<link_in_ring::go>(within(infinity), 0u);
    w.require(rests.ok(), "it is through");
  }
  co_await help::kill(a);
  co_await end_ring(r);
  co_await sim::nothing_more(w);
}

// Members die, calls run out of time: whoever is left is answered, and nobody twice.
task<> cycles_among_the_dying(sim::world& w) {
  const std::uint32_t size = 2 + w.pick(3);
  const ring r = co_await make_ring(w, size, 10us * (1 + w.pick(8)));
  sim::once ends(w, "end of a client");
  const std::uint32_t clients = 1 + w.pick(size);
  for (std::uint32_t i = 0; i < clients; ++i) {
    const auto to = r.all[i];
    ends.owe(spawn_monitor([to, size]() -> task<> {
               auto first = co_await to.try_call<link_in_ring::go>(within(1s), size + 1);
               auto second = co_await to.try_call<link_in_ring::go>(within(1s), first.ok() ? 1 : 0);
               second.ok();
             }).id);
  }
  if (w.pick(2) == 1) {
    co_await beamish::sleep(help::moment(w));
    beamish::exit(r.all[w.pick(size)], exit_reason::kill());
  }
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
  }
  co_await end_ring(r);
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> cycle_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms);
  const auto deadly = sim::faults().delay_signals(0.05, 2s).kill_processes(0.02);
  return {
      {"cycle_of_one_way",
       "a cycle of calls is found in every schedule, and told to one of its callers",
       cycle_of_one_way,
       {.faults = slow}},
      {"cycles_at_once",
       "cycles that several calls close at once are found, and never one that is none",
       cycles_at_once,
       {.faults = slow}},
      {"no_cycle_if_somebody_else_answers",
       "a circle that the holder of a `from` can open is no cycle",
       no_cycle_if_somebody_else_answers,
       {.faults = slow}},
      {"cycles_among_the_dying",
       "deaths and timeouts within a cycle leave no caller without an answer",
       cycles_among_the_dying,
       {.faults = deadly}},
  };
}
