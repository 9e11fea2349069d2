// SPDX-License-Identifier: Apache-2.0
//
// Registries: one holder of a unique key, nobody finds the dead, locks exclude, and what the end of
// a registry means to whoever is registered.
#include "tests/sim/help.hpp"

namespace {

using rooms = registry<std::uint32_t, std::uint32_t>;

task<> stop_process(pid p) {
  unlink(p);
  co_await stop(p);
}

// The processes of a registry, or of any supervisor; empty if they can't be had now.
task<std::vector<pid>> children_of(pid supervisor_process) {
  std::vector<pid> all;
  auto rows = co_await attempt(supervisor(supervisor_process).which_children());
  if (!rows.ok()) co_return all;
  for (const child_info& row : *rows) all.push_back(row.process);
  co_return all;
}

// A registry that faults leave alone.
task<rooms> spared_registry(sim::world& w, registry_options o) {
  trap_exits(true);
  o.name = "rooms";
  for (;;) {
    auto started = co_await rooms::try_start_link(o);
    if (!started.ok()) continue;
    const rooms r = *started;
    const pid process = r.process();
    w.spare(process);
    const auto partitions = co_await children_of(process);
    for (const pid p : partitions) w.spare(p);
    // A kill may be under way to one of them.
    co_await beamish::sleep(help::a_while(w));
    const auto still = co_await children_of(process);
    const bool all =
        still == partitions && std::ranges::all_of(still, [](pid p) { return p && alive(p); });
    if (all && !still.empty()) co_return r;
    auto ended = co_await attempt(stop_process(process));
  }
}

bool is_held_by(const rooms& r, std::uint32_t key, pid p) {
  const auto all = r.lookup(key);
  return std::ranges::any_of(all, [p](const auto& one) { return one.process == p; });
}

// Registers, rests, and maybe unregisters; then it ends, with its entries.
task<> guest(sim::world& w, rooms r, std::uint32_t first) {
  for (std::uint32_t i = 0; i < 2; ++i) {
    const std::uint32_t key = (first + i) % 2;
    auto mine = r.register_key(key, i);
    if (!mine.ok()) continue;
    w.require(is_held_by(r, key, self()), "who has registered is found");
    co_await beamish::sleep(10us * (first % 4));
    if (first % 3 == 0) {
      r.unregister(key);
      w.require(!is_held_by(r, key, self()), "who has unregistered is not");
    }
  }
}

// R3: after the death of a process can be seen, nobody finds it, and its key is free.
task<> nobody_finds_the_dead(sim::world& w) {
  const registry_keys kind = w.pick(2) == 0 ? unique : duplicate;
  const auto r =
      co_await spared_registry(w, {.keys = kind, .partitions = 1 + static_cast<int>(w.pick(3))});
  sim::once ends(w, "end of a guest");
  const std::uint32_t guests = 2 + w.pick(4);
  for (std::uint32_t i = 0; i < guests; ++i)
    ends.owe(spawn_monitor(guest, std::ref(w), r, w.pick(6)).id);
  while (ends.open() > 0) {
    const auto down = co_await receive<down_message>();
    ends.happened(down.id);
    for (const std::uint32_t key : {0u, 1u})
      w.require(!is_held_by(r, key, down.process), "the dead are not found");
    w.require(r.keys(down.process).empty(), "the dead have no keys");
  }
  for (const std::uint32_t key : {0u, 1u}) {
    w.require(r.register_key(key, 7u).ok(), "a dead process's key is free");
    r.unregister(key);
  }
  co_await stop_process(r.process());
}

struct claim {
  pid who;
  bool won;
  pid holder;
};

// R1: of those who race for a unique key one has it, and the others hear who.
task<> one_holder_of_a_key(sim::world& w) {
  const auto r =
      co_await spared_registry(w, {.keys = unique, .partitions = 1 + static_cast<int>(w.pick(3))});
  std::vector<pid> all;
  const std::uint32_t contenders = 2 + w.pick(4);
  for (std::uint32_t i = 0; i < contenders; ++i) {
    all.push_back(spawn([r, me = self()]() -> task<> {
      auto mine = r.register_key(0u, 1u);
      const pid holder = mine.ok() ? self() : *mine.reason().value().elements()[1].as_pid();
      send(me, claim{self(), mine.ok(), holder});
      co_await help::wait_for_ever();
    }));
  }
  pid king;
  std::vector<claim> claims;
  for (std::uint32_t i = 0; i < contenders; ++i) {
    const claim c = co_await receive<claim>();
    w.require(!c.won || !king, "one process for each key");
    if (c.won) king = c.who;
    claims.push_back(c);
  }
  w.require(king != pid{}, "one of them has it");
  for (const claim& c : claims) w.require(c.holder == king, "the others hear who has it");
  w.require(r.whereis(0u) == king, "and it is found");
  co_await help::kill(king);
  w.require(!r.whereis(0u), "until it ends");
  w.require(r.register_key(0u, 2u).ok(), "then the key is free");
  for (const pid p : all) co_await help::kill(p);
  r.unregister(0u);
  co_await stop_process(r.process());
}

struct registered_again {
  pid who;
};
struct here {
  pid who;
  pid partition;
};

// Hears of the registry's end if it traps exits, and comes back when there is a new one.
task<> resident(sim::world& w, std::uint32_t key, bool traps, pid owner) {
  trap_exits(traps);
  const auto r = rooms::named("rooms");
  auto mine = r.register_key(key, 1u);
  w.require(mine.ok(), "its own key is free");
  // The partition answers behind the link.
  auto asked = process_info(*mine);
  co_await asked;
  send(owner, here{self(), *mine});
  const auto is_it = [&](const exit_message& e) { return e.from == *mine; };
  co_await receive_if<exit_message>(is_it);
  for (;;) {
    try {
      if (r.register_key(key, 2u).ok()) break;
    } catch (const argument_error&) {
      // There is none yet.
    }
    co_await beamish::sleep(10ms);
  }
  send(owner, registered_again{self()});
  co_await help::wait_for_ever();
}

bool is_there(const rooms& r) {
  try {
    r.count();
    return true;
  } catch (const argument_error&) {
    return false;
  }
}

// R5: a registry that dies, or one of its partitions, tells all who are registered.
task<> registry_killed(sim::world& w) {
  const int partitions = 1 + static_cast<int>(w.pick(3));
  child_list children{
      rooms::child_spec({.keys = unique, .name = "rooms", .partitions = partitions})};
  auto top = co_await supervisor::start_link(children, {.strategy = one_for_one});
  const std::uint32_t count = 1 + w.pick(4), traps = w.pick(16);
  std::vector<monitored> all;
  for (std::uint32_t i = 0; i < count; ++i) {
    all.push_back(spawn_monitor(resident, std::ref(w), i, (traps >> i & 1) != 0, self()));
    co_await receive<here>();
  }
  const pid registry_process = whereis("rooms");
  const auto parts = co_await children_of(registry_process);
  beamish::exit(w.pick(2) == 0 ? registry_process : parts[0], exit_reason::kill());
  for (std::uint32_t i = 0; i < count; ++i) {
    if ((traps >> i & 1) != 0) continue;
    const down_message down = co_await help::down_of(all[i].id);
    w.require(help::one_of(down.reason, {exit_reason::killed(), exit_reason::shutdown()}),
              "who is registered ends with the registry: " + inspect(down.reason));
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    if ((traps >> i & 1) != 0) co_await receive<registered_again>();
  }
  const auto r = rooms::named("rooms");
  while (!is_there(r)) co_await beamish::sleep(10ms);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto found = r.lookup(i);
    const bool came_back = (traps >> i & 1) != 0;
    w.require(found.size() == (came_back ? 1u : 0u), "only who has come back is found");
    if (came_back) w.require(found[0].value == 2, "and not as it was");
  }
  for (const monitored& m : all) co_await help::kill(m.process);
  co_await stop_process(top.process());
}

// Somebody is within; not any more when its coroutine ends, in whatever way.
struct presence {
  presence(sim::world& w, std::atomic<int>& n) : inside(n) {
    w.require(++inside == 1, "one at a time has a lock");
  }
  presence(const presence&) = delete;
  presence& operator=(const presence&) = delete;
  ~presence() { --inside; }
  std::atomic<int>& inside;
};

struct lock_case {
  std::atomic<int> inside[2] = {0, 0};
};

// R14: one at a time, also if holders throw or die, and whoever waits has its turn.
task<> locks_exclude(sim::world& w) {
  const auto r = co_await spared_registry(
      w, {.keys = duplicate, .partitions = 1 + static_cast<int>(w.pick(3))});
  lock_case all;
  sim::once ends(w, "end of who wants a lock");
  const std::uint32_t workers = 2 + w.pick(4);
  for (std::uint32_t i = 0; i < workers; ++i) {
    ends.owe(spawn_monitor([&w, &all, r, key = w.pick(2), fails = w.pick(3)]() -> task<> {
               for (int turn = 0; turn < 2; ++turn) {
                 auto work = [&w, &all, key, fails]() -> task<> {
                   const presence within(w, all.inside[key]);
                   co_await beamish::sleep(10us * fails);
                   if (fails == 2) throw std::runtime_error("fails within");
                 };
                 auto locking = r.lock(key, work);
                 auto done = co_await attempt(std::move(locking));
                 w.require(done.ok() == (fails != 2), "the function's end is the lock's");
               }
             }).id);
  }
  while (ends.open() > 0) {
    const auto down = co_await receive<down_message>();
    ends.happened(down.id);
  }
  for (const std::uint32_t key : {0u, 1u}) {
    auto locking = r.lock(key, [] { return 1; });
    const int one = co_await locking;
    w.require(one == 1, "at the end all locks are free");
  }
  co_await stop_process(r.process());
}

struct news {
  std::uint32_t number;
};
struct heard {
  pid who;
  std::uint32_t number;
};
struct ready {};

// R2, R9: who has subscribed before something is published hears it, once; who has left does not.
task<> news_reaches_subscribers(sim::world& w) {
  const auto r = co_await spared_registry(
      w, {.keys = duplicate, .partitions = 1 + static_cast<int>(w.pick(3))});
  sim::once arrivals(w, "news");
  std::vector<pid> all;
  const std::uint32_t subscribers = 1 + w.pick(4), items = 1 + w.pick(4);
  for (std::uint32_t i = 0; i < subscribers; ++i) {
    all.push_back(spawn([r, me = self()]() -> task<> {
      auto mine = r.register_key(0u, 0u);
      send(me, ready{});
      for (;;) {
        auto got = co_await receive<news, ready>();
        if (const auto* item = std::get_if<news>(&got)) {
          send(me, heard{self(), item->number});
        } else {
          r.unregister(0u);
          send(me, ready{});
        }
      }
    }));
  }
  for (std::uint32_t i = 0; i < subscribers; ++i) co_await receive<ready>();
  for (std::uint32_t n = 0; n < items; ++n) {
    for (const pid p : all) arrivals.owe(tuple(p, n));
    spawn([r, n] {
      r.dispatch(0u, [n](const std::vector<rooms::registration>& those) {
        for (const auto& one : those) send(one.process, news{n});
      });
    });
  }
  while (arrivals.open() > 0) {
    const heard h = co_await receive<heard>();
    arrivals.happened(tuple(h.who, h.number));
  }
  send(all[0], ready{});
  co_await receive<ready>();
  r.dispatch(0u, [&](const std::vector<rooms::registration>& those) {
    for (const auto& one : those) w.require(one.process != all[0], "who has left hears nothing");
  });
  w.require(r.lookup(0u).size() == subscribers - 1, "and the others are still there");
  for (const pid p : all) co_await help::kill(p);
  co_await stop_process(r.process());
}

// R10: each registration has an end, and a listener hears of both, once.
task<> listeners_hear_all(sim::world& w) {
  register_name("audit");
  const std::string_view audit[] = {"audit"};
  const auto r = co_await spared_registry(
      w, {.keys = duplicate, .partitions = 1 + static_cast<int>(w.pick(2)), .listeners = audit});
  sim::once ends(w, "end of a guest");
  std::map<std::pair<pid, std::uint32_t>, int> balance;
  const std::uint32_t guests = 1 + w.pick(4);
  for (std::uint32_t i = 0; i < guests; ++i)
    ends.owe(spawn_monitor(guest, std::ref(w), r, w.pick(6)).id);
  const auto open = [&] {
    return ends.open() > 0 || std::ranges::any_of(balance, [](auto& b) { return b.second != 0; });
  };
  while (open()) {
    const auto got = co_await receive<rooms::registered, rooms::unregistered, down_message>(10s);
    if (!got) {
      w.fail("an end that the listener did not hear of");
    } else if (const auto* in = std::get_if<rooms::registered>(&*got)) {
      ++balance[{in->process, in->key}];
    } else if (const auto* out = std::get_if<rooms::unregistered>(&*got)) {
      --balance[{out->process, out->key}];
    } else {
      ends.happened(std::get<down_message>(*got).id);
    }
  }
  w.require(r.count() == 0, "nothing is left");
  unregister_name("audit");
  co_await stop_process(r.process());
  co_await help::drop<rooms::unregistered>();
}

struct keeper : gen_server<keeper> {
  struct who {
    using reply = pid;
  };
  using messages = accepts<who>;
  std::atomic<int>* running = nullptr;
  keeper() = default;
  keeper(const keeper&) = delete;
  void init(sim::world* w, std::atomic<int>* count) {
    w->require(++*count == 1, "one server of a key");
    running = count;
  }
  pid handle_call(who&) { return self(); }
  ~keeper() {
    if (running != nullptr) --*running;
  }
};

// R6: of many who start a server by a key one succeeds, and the others hear which it is.
task<> servers_by_key(sim::world& w) {
  const auto r = co_await spared_registry(w, {.keys = unique});
  std::atomic<int> running = 0;
  sim::once ends(w, "end of a starter");
  const std::uint32_t starters = 2 + w.pick(4);
  for (std::uint32_t i = 0; i < starters; ++i) {
    ends.owe(spawn_monitor([&w, &running, r]() -> task<> {
               const via name(r, 0u);
               auto s = co_await try_start<keeper>({.registry_name = &name}, &w, &running);
               if (!s.ok()) {
                 w.require(help::one_of(s.reason(), {exit_reason::killed()}) ||
                               help::caused_by(s.reason(), {"already_started"}),
                           "taken, or killed: " + inspect(s.reason()));
                 co_return;
               }
               const pid mine = (*s).process();
               auto answer = co_await try_call<keeper::who>(name);
               // Killed meanwhile, it may have made room for another.
               w.require(!answer.ok() || *answer == mine || !alive(mine), "the key leads to it");
               co_await beamish::sleep(10us);
               co_await help::kill(mine);
               w.require(r.whereis(0u) != mine, "until it ends");
             }).id);
  }
  while (ends.open() > 0) {
    const auto down = co_await receive<down_message>();
    ends.happened(down.id);
  }
  // A starter that was killed leaves its server behind.
  while (const pid left = r.whereis(0u)) co_await help::kill(left);
  co_await stop_process(r.process());
}

struct shard : gen_server<shard> {
  struct which {
    using reply = int;
  };
  using messages = accepts<which>;
  int number = 0;
  void init(int n) { number = n; }
  int handle_call(which&) { return number; }
};

// PS1, PS2: a key leads to its partition, as often as that starts again.
task<> partitions_restart(sim::world& w) {
  trap_exits(true);
  const int partitions = 1 + static_cast<int>(w.pick(3));
  const partition_supervisor_options o{
      .name = "shards", .partitions = partitions, .max_restarts = 1000000};
  const auto child = [](int n) { return child_spec<shard>(n); };
  auto all = co_await partition_supervisor::try_start_link(o, child);
  for (;;) {
    if (all.ok()) {
      w.spare(all->process());
      // A kill may be under way to it.
      co_await beamish::sleep(help::a_while(w));
      if (all->process()) break;
    }
    all = co_await partition_supervisor::try_start_link(o, child);
  }
  const partition_supervisor shards = *all;
  sim::once ends(w, "end of a client");
  const std::uint32_t clients = 1 + w.pick(3);
  for (std::uint32_t c = 0; c < clients; ++c) {
    ends.owe(spawn_monitor([&w, shards, c, partitions]() -> task<> {
               for (int key = -2; key < 3; ++key) {
                 const via to(shards, key);
                 auto got = co_await try_call<shard::which>(within(infinity), to);
                 w.require(!got.ok() || *got == std::abs(key) % partitions, "the right partition");
                 if (c == 0 && key == 0) beamish::exit(shards.whereis(0), exit_reason::kill());
                 co_await beamish::sleep(10us);
               }
             }).id);
  }
  while (ends.open() > 0) {
    const auto down = co_await receive<down_message>();
    ends.happened(down.id);
  }
  w.calm();
  for (int key = 0; key < partitions; ++key) {
    auto got = co_await try_call<shard::which>(via(shards, key));
    while (!got.ok()) {
      co_await beamish::sleep(10ms);
      got = co_await try_call<shard::which>(via(shards, key));
    }
    w.require(*got == key, "in the end all are there");
  }
  co_await stop_process(shards.process());
}

}  // namespace

std::vector<sim::scenario> registry_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms);
  const auto deadly = sim::faults().delay_signals(0.05, 2s).kill_processes(0.02);
  return {
      {"nobody_finds_the_dead",
       "a registry never finds a process whose death could be seen",
       nobody_finds_the_dead,
       {.faults = deadly}},
      {"one_holder_of_a_key",
       "of those who race for a unique key one has it, and the others hear who",
       one_holder_of_a_key,
       {.faults = slow}},
      {"registry_killed",
       "who is registered hears of the registry's end, and can come back",
       registry_killed,
       {.faults = slow}},
      {"locks_exclude",
       "a lock is one process's at a time, also if holders throw or die",
       locks_exclude,
       {.faults = deadly}},
      {"news_reaches_subscribers",
       "dispatch reaches each who has subscribed, once",
       news_reaches_subscribers,
       {.faults = slow}},
      {"listeners_hear_all",
       "listeners hear of each registration and of its end",
       listeners_hear_all,
       {.faults = deadly}},
      {"servers_by_key",
       "a key that many start a server by has one at most",
       servers_by_key,
       {.faults = deadly}},
      {"partitions_restart",
       "a key leads to its partition, as often as that starts again",
       partitions_restart,
       {.faults = deadly}},
  };
}
