// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/registry.hpp"

#include "beamish/otp/sys.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

using rooms = registry<std::string, int>;
using room = registration<int>;

task<> rest() { co_await receive<atom>(); }

task<std::vector<pid>> links_of(pid p) {
  auto asked = process_info(p);
  auto info = co_await asked;
  co_return info->links;
}

// A process that has registered itself, and waits to be told to end.
task<> member(rooms where, std::string key, int value, pid maker) {
  auto mine = where.register_key(key, value);
  // The partition answers behind the link.
  if (mine.ok()) co_await links_of(*mine);
  send(maker, mine.ok());
  co_await rest();
}
task<pid> new_member(rooms where, std::string key, int value) {
  const pid p = spawn(member, where, key, value, self());
  co_await receive<bool>();
  co_return p;
}

task<> end(pid p) {
  const auto ref = monitor(p);
  beamish::exit(p, exit_reason::kill());
  co_await receive_if<down_message>([ref](const down_message& d) { return d.id == ref; });
}

// Looks until it is so.
template <class F>
task<> until(F holds) {
  while (!holds()) co_await beamish::sleep(1ms);
}

bool is_there(const rooms& r) {
  try {
    return r.count() == 0;
  } catch (const argument_error&) {
    return false;
  }
}

task<> stop_it(const rooms& r) {
  unlink(r.process());
  co_await stop(r);
}

// The same body for one partition and for eight.
template <class Body>
void with_partitions(Body body) {
  for (const int partitions : {1, 8}) {
    sim::in_all_worlds([body, partitions]() -> task<> { co_await body(partitions); });
  }
}

}  // namespace

TEST_CASE("R1 a unique key has one process, and registers once for it, too") {
  with_partitions([](int partitions) -> task<> {
    auto r = co_await rooms::start_link({.keys = unique, .name = "r", .partitions = partitions});
    auto first = r.register_key("lobby", 1);
    CHECK(first.ok());
    auto again = r.register_key("lobby", 2);
    CHECK(again.reason().value() == tuple(atom("already_registered"), self()));
    auto other = spawn_monitor([r, maker = self()] {
      auto late = r.register_key("lobby", 3);
      send(maker, late.reason());
    });
    auto why = co_await receive<exit_reason>();
    CHECK(why.value() == tuple(atom("already_registered"), self()));
    co_await receive<down_message>();
    CHECK(r.lookup("lobby") == std::vector<room>{{self(), 1}});
    CHECK(r.whereis("lobby") == self());
    CHECK(!r.whereis("kitchen"));
    CHECK(r.lookup("kitchen").empty());
    CHECK(other.process != self());
    r.unregister("lobby");
    auto fresh = r.register_key("lobby", 4);
    CHECK(fresh.ok());
    r.unregister("lobby");
    co_await stop_it(r);
  });
}

TEST_CASE("R2 a duplicate key has many processes, and one of them many times") {
  with_partitions([](int partitions) -> task<> {
    auto r = co_await rooms::start_link({.keys = duplicate, .name = "r", .partitions = partitions});
    auto one = r.register_key("news", 1);
    auto two = r.register_key("news", 2);
    CHECK(one.ok());
    CHECK(two.ok());
    const pid third = co_await new_member(r, "news", 3);
    CHECK(r.lookup("news") == std::vector<room>{{self(), 1}, {self(), 2}, {third, 3}});
    CHECK(r.count() == 3);
    CHECK(r.keys(self()) == std::vector<std::string>{"news", "news"});
    CHECK(r.values("news", self()) == std::vector{1, 2});
    r.unregister("news");
    CHECK(r.lookup("news") == std::vector<room>{{third, 3}});
    co_await end(third);
    CHECK(r.lookup("news").empty());
    co_await stop_it(r);
  });
}

TEST_CASE("R3 entries go with their process, and a dead one is never found") {
  with_partitions([](int partitions) -> task<> {
    auto r = co_await rooms::start_link({.keys = unique, .name = "r", .partitions = partitions});
    const pid p = co_await new_member(r, "lobby", 1);
    CHECK(r.whereis("lobby") == p);
    // The partition is delayed, and still nobody sees the dead, or waits for its key.
    auto linked = co_await links_of(p);
    const pid partition = linked.front();
    co_await sys::suspend(partition);
    co_await end(p);
    CHECK(!r.whereis("lobby"));
    CHECK(r.lookup("lobby").empty());
    CHECK(r.keys(p).empty());
    CHECK(r.values("lobby", p).empty());
    CHECK(r.select().empty());
    auto mine = r.register_key("lobby", 2);
    CHECK(mine.ok());
    co_await sys::resume(partition);
    co_await sys::get_state(partition);
    CHECK(r.lookup("lobby") == std::vector<room>{{self(), 2}});
    r.unregister("lobby");
    co_await stop_it(r);
  });
}

TEST_CASE("R3 when the partition has heard of an end, nothing is left of the process") {
  sim::in_all_worlds([]() -> task<> {
    const std::string_view audit[] = {"audit"};
    auto r = co_await rooms::start_link({.keys = duplicate, .name = "r", .listeners = audit});
    const pid p = co_await new_member(r, "lobby", 1);
    const pid q = co_await new_member(r, "lobby", 2);
    register_name("audit");
    co_await end(p);
    auto gone = co_await receive<rooms::unregistered>();
    CHECK(gone.process == p);
    CHECK(r.count() == 1);
    CHECK(r.lookup("lobby") == std::vector<room>{{q, 2}});
    co_await end(q);
    co_await receive<rooms::unregistered>();
    CHECK(r.count() == 0);
    co_await stop_it(r);
  });
}

TEST_CASE("R4 who registers is linked to its partition, until its last entry goes") {
  with_partitions([](int partitions) -> task<> {
    auto r = co_await rooms::start_link({.keys = unique, .name = "r", .partitions = partitions});
    const auto before = co_await links_of(self());
    CHECK(before == std::vector{r.process()});
    auto one = r.register_key("one", 1);
    auto two = r.register_key("two", 2);
    CHECK(*one == *two);
    auto linked = co_await links_of(self());
    CHECK(linked.size() == 2);
    CHECK(std::ranges::count(linked, *one) == 1);
    r.unregister("one");
    linked = co_await links_of(self());
    CHECK(linked.size() == 2);
    r.unregister("two");
    linked = co_await links_of(self());
    CHECK(linked == before);
    // Who was refused is not linked, either.
    const pid p = co_await new_member(r, "one", 1);
    auto refused = r.register_key("one", 2);
    CHECK(!refused.ok());
    linked = co_await links_of(self());
    CHECK(linked == before);
    co_await end(p);
    co_await stop_it(r);
  });
}

TEST_CASE("R4 a process registers only itself") {
  sim::in_all_worlds([]() -> task<> {
    auto r = co_await rooms::start_link({.keys = unique, .name = "r"});
    const via name(r, "lobby", 1);
    const pid p = spawn(rest);
    CHECK_THROWS_AS(name.target()->insert(p), argument_error);
    CHECK(!name.target()->insert(self()));
    CHECK(name.target()->insert(self()) == self());
    name.target()->erase();
    CHECK(!r.whereis("lobby"));
    co_await end(p);
    co_await stop_it(r);
  });
}

TEST_CASE("R5 the end of a registry is an exit signal for whoever is registered") {
  with_partitions([](int partitions) -> task<> {
    trap_exits(true);
    auto r = co_await rooms::start_link({.keys = unique, .name = "r", .partitions = partitions});
    const pid p = co_await new_member(r, "lobby", 1);
    auto mine = r.register_key("kitchen", 2);
    const auto ref = monitor(p);
    // Both answer behind what was sent to them before: the monitor, and the link.
    co_await links_of(p);
    co_await links_of(*mine);
    const pid supervisor = r.process();
    co_await stop(r, exit_reason::shutdown());
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    CHECK(down.reason == exit_reason::shutdown());
    const auto from_partition = [&](const exit_message& m) { return m.from == *mine; };
    auto exit_of_partition = co_await receive_if<exit_message>(from_partition);
    CHECK(exit_of_partition.reason == exit_reason::shutdown());
    const auto from_supervisor = [&](const exit_message& m) { return m.from == supervisor; };
    co_await receive_if<exit_message>(from_supervisor);
    CHECK_THROWS_AS(r.lookup("lobby"), argument_error);
  });
}

TEST_CASE("R5 a partition that dies takes all partitions with it, and their entries") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto r = co_await rooms::start_link({.keys = duplicate, .name = "r", .partitions = 2});
    auto mine = r.register_key("lobby", 1);
    const pid partition = *mine;
    co_await links_of(partition);
    // Some in the other partition.
    int parts = 0;
    while (parts < 2) {
      co_await new_member(r, "hall", 3);
      parts = 0;
      r.dispatch("hall", [&parts](const std::vector<room>&) { ++parts; });
    }
    beamish::exit(partition, exit_reason::kill());
    auto gone = co_await receive<exit_message>();
    CHECK(gone.from == partition);
    CHECK(gone.reason == exit_reason::killed());
    CHECK(r.lookup("lobby").empty());
    co_await until([&r] { return r.lookup("hall").empty(); });
    // The supervisor starts them again; until then nobody can register.
    const auto registers = [&r] {
      try {
        return r.register_key("kitchen", 2).ok();
      } catch (const argument_error&) {
        return false;
      }
    };
    co_await until(registers);
    auto again = r.register_key("lobby", 2);
    CHECK(*again != partition);
    CHECK(r.lookup("lobby") == std::vector<room>{{self(), 2}});
    r.unregister("lobby");
    r.unregister("kitchen");
    co_await stop_it(r);
  });
}

TEST_CASE("R8 update_value changes the caller's own entry of a unique key") {
  with_partitions([](int partitions) -> task<> {
    auto r = co_await rooms::start_link({.keys = unique, .name = "r", .partitions = partitions});
    auto mine = r.register_key("lobby", 20);
    auto changed = r.update_value("lobby", [](int n) { return n + 22; });
    CHECK(changed->value == 42);
    CHECK(changed->before == 20);
    CHECK(r.lookup("lobby") == std::vector<room>{{self(), 42}});
    const pid p = co_await new_member(r, "kitchen", 7);
    CHECK(!r.update_value("kitchen", [](int n) { return n + 1; }));
    CHECK(!r.update_value("cellar", [](int n) { return n + 1; }));
    CHECK(r.lookup("kitchen") == std::vector<room>{{p, 7}});
    // The function may ask the registry.
    auto seen = r.update_value("lobby", [r](int n) { return n + r.lookup("kitchen")[0].value; });
    CHECK(seen->value == 49);
    co_await end(p);
    r.unregister("lobby");
    co_await stop_it(r);
    auto many = co_await rooms::start_link({.keys = duplicate, .name = "many"});
    CHECK_THROWS_AS(many.update_value("lobby", [](int n) { return n; }), argument_error);
    co_await stop_it(many);
  });
}

TEST_CASE("R9 dispatch calls its function in the caller, once for each partition with entries") {
  sim::in_all_worlds([]() -> task<> {
    auto r = co_await rooms::start_link({.keys = duplicate, .name = "r", .partitions = 3});
    int calls = 0;
    r.dispatch("news", [&](const std::vector<room>&) { ++calls; });
    CHECK(calls == 0);
    std::vector<pid> members;
    std::vector<pid> partitions;
    for (int i = 0; i < 6; ++i) {
      const pid p = co_await new_member(r, "news", i);
      members.push_back(p);
      auto linked = co_await links_of(p);
      if (std::ranges::count(partitions, linked.front()) == 0) partitions.push_back(linked.front());
    }
    std::vector<int> values;
    r.dispatch("news", [&](const std::vector<room>& all) {
      ++calls;
      CHECK(!all.empty());
      for (const room& one : all) values.push_back(one.value);
    });
    CHECK(calls == static_cast<int>(partitions.size()));
    std::ranges::sort(values);
    CHECK(values == std::vector{0, 1, 2, 3, 4, 5});
    // In parallel: by other processes, if there is more than one part.
    auto telling = r.dispatch_in_parallel("news", [owner = self()](const std::vector<room>& all) {
      send(owner, std::pair(self(), all.size()));
    });
    co_await telling;
    std::size_t told = 0;
    for (std::size_t i = 0; i < partitions.size(); ++i) {
      auto [by, many] = co_await receive<std::pair<pid, std::size_t>>();
      CHECK((by == self()) == (partitions.size() == 1));
      told += many;
    }
    CHECK(told == 6);
    for (const pid p : members) co_await end(p);
    co_await stop_it(r);
  });
}

TEST_CASE("R9 dispatch to a unique key calls its function once") {
  sim::in_all_worlds([]() -> task<> {
    auto r = co_await rooms::start_link({.keys = unique, .name = "r", .partitions = 8});
    auto mine = r.register_key("lobby", 1);
    std::vector<room> seen;
    r.dispatch("lobby", [&](const std::vector<room>& all) {
      seen.insert(seen.end(), all.begin(), all.end());
    });
    CHECK(seen == std::vector<room>{{self(), 1}});
    r.unregister("lobby");
    co_await stop_it(r);
  });
}

TEST_CASE("R10 listeners hear of each registration and of its end") {
  with_partitions([](int partitions) -> task<> {
    register_name("audit");
    const std::string_view listeners[] = {"audit", "nobody"};
    auto r = co_await rooms::start_link(
        {.keys = unique, .name = "r", .partitions = partitions, .listeners = listeners});
    auto mine = r.register_key("lobby", 1);
    auto in = co_await receive<rooms::registered>();
    CHECK(in.registry == "r");
    CHECK(in.key == "lobby");
    CHECK(in.process == self());
    CHECK(in.value == 1);
    auto refused = r.register_key("lobby", 1);
    r.unregister("lobby");
    auto out = co_await receive<rooms::unregistered>();
    CHECK(out.registry == "r");
    CHECK(out.key == "lobby");
    CHECK(out.process == self());
    const pid p = co_await new_member(r, "kitchen", 2);
    in = co_await receive<rooms::registered>();
    CHECK(in.process == p);
    co_await end(p);
    out = co_await receive<rooms::unregistered>();
    CHECK(out.key == "kitchen");
    CHECK(out.process == p);
    co_await stop_it(r);
  });
}

TEST_CASE("R13 a registry that isn't there is an argument_error; a missing key is none") {
  sim::in_all_worlds([]() -> task<> {
    const auto none = rooms::named("nope");
    CHECK_THROWS_AS(none.lookup("lobby"), argument_error);
    CHECK_THROWS_AS((void)none.register_key("lobby", 1), argument_error);
    CHECK_THROWS_AS(none.unregister("lobby"), argument_error);
    CHECK_THROWS_AS(none.keys(self()), argument_error);
    CHECK_THROWS_AS(none.count(), argument_error);
    CHECK_THROWS_AS(none.select(), argument_error);
    CHECK_THROWS_AS(none.dispatch("lobby", [](const std::vector<room>&) {}), argument_error);
    CHECK_THROWS_AS((void)none.lock("lobby", [] {}), argument_error);
    CHECK(!none.process());
    try {
      none.count();
    } catch (const argument_error& e) {
      CHECK(std::string(e.what()).find("no registry is called 'nope'") != std::string::npos);
    }
    auto r = co_await rooms::start_link({.keys = unique, .name = "r"});
    r.unregister("nope");
    CHECK(r.lookup("nope").empty());
    CHECK(!r.whereis("nope"));
    CHECK(r.values("nope", self()).empty());
    CHECK(!r.update_value("nope", [](int n) { return n; }));
    r.dispatch("nope", [](const std::vector<room>&) { FAIL("nobody has that key"); });
    // The handle by name finds it, and one of another kind doesn't.
    CHECK(rooms::named("r").count() == 0);
    const auto other = registry<int, int>::named("r");
    CHECK_THROWS_AS(other.count(), argument_error);
    co_await stop_it(r);
    CHECK_THROWS_AS(r.count(), argument_error);
  });
}

TEST_CASE("R12 a registry has as many partitions as it was told, under its supervisor") {
  sim::in_all_worlds([]() -> task<> {
    auto r = co_await rooms::start_link({.keys = unique, .name = "r", .partitions = 3});
    CHECK(whereis("r") == r.process());
    auto rows = co_await supervisor(r.process()).which_children();
    CHECK(rows.size() == 3);
    for (const child_info& row : rows) {
      CHECK(row.state == child_state::running);
      CHECK(row.module == elixir_module("Registry.Partition"));
    }
    auto taken = co_await rooms::try_start_link({.keys = unique, .name = "r"});
    CHECK(taken.reason().value() == tuple(atom("already_started"), r.process()));
    const registry_options none{.keys = unique, .name = "s", .partitions = 0};
    CHECK_THROWS_AS((void)rooms::start_link(none), argument_error);
    const registry_options unnamed{.keys = unique};
    CHECK_THROWS_AS((void)rooms::start_link(unnamed), argument_error);
    co_await stop_it(r);
  });
}

TEST_CASE("a registry is a child of a supervisor, and handles find it when it was started again") {
  sim::in_all_worlds([]() -> task<> {
    auto spec = rooms::child_spec({.keys = unique, .name = "r", .partitions = 2});
    CHECK(spec.id == term(atom("r")));
    auto top = co_await supervisor::start_link(child_list{spec}, {.strategy = one_for_one});
    const auto r = rooms::named("r");
    const pid first = r.process();
    const pid p = co_await new_member(r, "lobby", 1);
    const auto ref = monitor(p);
    co_await links_of(p);
    beamish::exit(first, exit_reason::kill());
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    CHECK(down.reason == exit_reason::killed());
    const auto back = [&] { return r.process() && r.process() != first && is_there(r); };
    co_await until(back);
    CHECK(r.lookup("lobby").empty());
    co_await top.count_children();
    auto mine = r.register_key("lobby", 2);
    CHECK(mine.ok());
    r.unregister("lobby");
    unlink(top.process());
    co_await stop(top);
  });
}

TEST_CASE("what belongs to a registry as a whole is kept as long as it is there") {
  sim::in_all_worlds([]() -> task<> {
    auto r = co_await rooms::start_link({.keys = unique, .name = "r"});
    CHECK(!r.meta(atom("owner")));
    r.put_meta(atom("owner"), "Ada");
    CHECK(r.meta(atom("owner")) == term("Ada"));
    r.put_meta(atom("owner"), 1);
    CHECK(r.meta(atom("owner")) == term(1));
    r.delete_meta(atom("owner"));
    CHECK(!r.meta(atom("owner")));
    co_await stop_it(r);
  });
}

TEST_CASE("a process of another node registers nothing") {
  sim::in_all_worlds([](sim::world& w) -> task<> {
    auto r = co_await rooms::start_link({.keys = unique, .name = "r"});
    w.node("b@sim").spawn([r, owner = self()] {
      bool refused = false;
      try {
        auto none = r.register_key("lobby", 1);
        (void)none.ok();
      } catch (const argument_error&) {
        refused = true;
      }
      send(owner, refused);
    });
    auto refused = co_await receive<bool>();
    CHECK(refused);
    CHECK(r.lookup("lobby").empty());
    co_await stop_it(r);
  });
}
