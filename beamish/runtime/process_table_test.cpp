// SPDX-License-Identifier: Apache-2.0
//
// Slots: what a dead process leaves (nothing), and what an old pid reaches (nobody).
#include <set>

#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

task<> full_life(pid owner) {
  register_name("full life");
  process_dictionary::put(atom("key"), "a value that does not fit into a term's own words");
  link(owner);
  monitor(owner);
  send_after(1h, self(), 1);
  send(self(), std::string("never received"));
  auto none = co_await receive<int>(0ms);
  CHECK(!none);
  unlink(owner);
}

task<> end_when_told() { co_await receive<int>(); }

std::size_t blocks_out() { return detail::the_program().depot.stats().blocks_out; }

// One process after the other, in one worker's memory.
task<> live_and_die(int count) {
  for (int i = 0; i < count; ++i) {
    spawn_monitor([] {});
    co_await receive<down_message>();
  }
}

task<> next_generation(int left, pid owner) {
  if (left > 0) {
    spawn(next_generation, left - 1, owner);
  } else {
    send(owner, atom("done"));
  }
  co_return;
}

// DOWN is sent shortly before the last of a process is gone.
task<> until_alone(sim::world& s) {
  while (s.node().statistics().processes > 1) co_await beamish::sleep(1ms);
}

constexpr std::size_t magazine_slack = 4'000;  // what the workers' magazines may hold

}  // namespace

TEST_CASE("a pid of a dead process reaches nobody, however often its slot is used again") {
  sim::in_all_worlds([]() -> task<> {
    std::vector<pid> old;
    for (int i = 0; i < 30; ++i) {
      auto p = spawn_monitor([]() -> task<> {
        auto stray = co_await receive<std::string>(0ms);
        CHECK(!stray);
      });
      for (pid dead : old) {
        CHECK(dead != p.process);
        CHECK(!alive(dead));
        send(dead, std::string("stray"));
        beamish::exit(dead, exit_reason::kill());
      }
      auto down = co_await receive<down_message>();
      CHECK(down.id == p.id);
      CHECK(down.reason.is_normal());
      old.push_back(p.process);
    }
  });
}

TEST_CASE("slots are used again, oldest first") {
  sim::in_simulation([](sim::world& s) -> task<> {
    std::vector<pid> all;
    for (int i = 0; i < 3; ++i) {
      all.push_back(spawn(end_when_told));
    }
    for (pid p : all) {
      auto ref = monitor(p);
      send(p, 1);
      auto down = co_await receive<down_message>();
      CHECK(down.id == ref);
    }
    for (pid old : all) {
      auto p = spawn_monitor(end_when_told);
      CHECK(p.process.id == old.id);
      CHECK(p.process.serial == old.serial + 1);
      send(p.process, 1);
      co_await receive<down_message>();
    }
    CHECK(s.node().core().next_id == 5);
  });
}

TEST_CASE("of a dead process no name, timer, link or monitor stays") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    for (int i = 0; i < 10; ++i) {
      auto p = spawn_monitor(full_life, self());
      auto down = co_await receive<down_message>();
      CHECK(down.id == p.id);
      CHECK(down.reason.is_normal());
    }
    co_await until_alone(s);
    co_await beamish::sleep(1ms);
    auto info = co_await process_info(self());
    CHECK(info->links.empty());
    CHECK(info->monitors.empty());
    CHECK(info->monitored_by.empty());
    CHECK(registered().empty());
    const node_statistics counts = s.node().statistics();
    CHECK(counts.timers == 0);
    CHECK(counts.names == 0);
    CHECK(counts.processes == 1);
  });
}

TEST_CASE("a million processes leave nothing: no slot, no monitor, no memory") {
  sim::in_real_world([](sim::world& s) -> task<> {
    co_await live_and_die(10'000);
    const std::size_t before = blocks_out();
    const std::uint32_t ids_before = s.node().core().next_id;
    co_await live_and_die(1'000'000);
    co_await until_alone(s);
    CHECK(s.node().core().next_id <= ids_before + 16);
    const std::size_t after = blocks_out();
    CHECK(after <= before + magazine_slack);
    auto info = co_await process_info(self());
    CHECK(info->monitors.empty());
    CHECK(info->message_queue_len == 0);
  });
}

TEST_CASE("a hundred thousand lives with name, timer, link, monitor and timeout leave nothing") {
  sim::in_real_world([](sim::world& s) -> task<> {
    std::size_t before = 0;
    for (int i = 0; i < 100'000; ++i) {
      if (i == 1'000) before = blocks_out();
      spawn_monitor(full_life, self());
      co_await receive<down_message>();
    }
    co_await until_alone(s);
    CHECK(blocks_out() <= before + magazine_slack);
    CHECK(s.node().statistics().timers == 0);
    CHECK(s.node().statistics().names == 0);
    auto info = co_await process_info(self());
    CHECK(info->links.empty());
    CHECK(info->monitored_by.empty());
  });
}

TEST_CASE("a hundred thousand generations leave no lineage") {
  sim::in_real_world([]() -> task<> {
    spawn(next_generation, 1'000, self());
    co_await receive<atom>();
    const std::size_t before = blocks_out();
    spawn(next_generation, 100'000, self());
    co_await receive<atom>();
    CHECK(blocks_out() <= before + magazine_slack);
  });
}

TEST_CASE("a process that timed out in a wait leaves no timer record") {
  sim::in_real_world([]() -> task<> {
    const auto lives = [](int count) -> task<> {
      for (int i = 0; i < count; ++i) {
        spawn_monitor([]() -> task<> { co_await receive<int>(1ns); });
        co_await receive<down_message>();
      }
    };
    co_await lives(200);
    const std::size_t before = blocks_out();
    co_await lives(10'000);
    CHECK(blocks_out() <= before + magazine_slack);
  });
}
