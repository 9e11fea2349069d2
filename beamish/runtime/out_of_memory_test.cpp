// SPDX-License-Identifier: Apache-2.0
//
// Out of memory: what begins something throws bad_alloc before any effect, and what ends something
// never allocates. Each test lets the first, second, third ... allocation fail until none does.
#include <doctest/doctest.h>

#include <new>
#include <string>

#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/current.hpp"
#include "beamish/runtime/node.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/timer.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

constexpr int most_allocations = 50;

detail::magazines& memory() { return detail::current_context()->pool; }
// Takes an armed failure back by running into it.
bool disarm() {
  try {
    for (int i = 0; i < 1000; ++i) {
      void* block = detail::pool_allocate(32);
      detail::pool_deallocate(block, 32);
    }
  } catch (const std::bad_alloc&) {
    return true;
  }
  return false;
}

// How many allocations `action` needs; `after_failure` looks at the world each time one failed.
template <class Action, class Check>
int allocations_of(Action action, Check after_failure) {
  for (int k = 0; k < most_allocations; ++k) {
    memory().set_fail_after(static_cast<std::uint64_t>(k));
    try {
      action();
    } catch (const std::bad_alloc&) {
      after_failure();
      continue;
    }
    REQUIRE(disarm());
    return k;
  }
  FAIL("there is no end of allocations");
  return -1;
}

// Runs `body` as a process of a node that this thread polls: everything happens in one pool.
template <class Body>
void in_one_pool(Body body) {
  node n({.name = "memory@test", .workers = 0, .log = {[](void*, const log_entry&) {}}});
  n.start();
  bool ended_well = false;
  n.spawn([body, &ended_well]() -> task<> {
    co_await body();
    ended_well = true;
  });
  for (int i = 0; i < 100'000 && n.statistics().processes > 0; ++i) n.poll();
  CHECK(ended_well);
  CHECK(n.stop());
}

task<> wait_for_ever() { co_await receive<std::string>(); }

}  // namespace

TEST_CASE("without memory a send throws, and nothing arrives") {
  in_one_pool([]() -> task<> {
    const reference me = alias();
    const int plain = allocations_of([] { send(self(), 1); }, [] {});
    CHECK(plain == 1);
    const int by_alias = allocations_of([&] { send(me, 2); }, [] {});
    CHECK(by_alias == 2);
    const int signal = allocations_of([] { beamish::exit(pid{1, 9999, 0}, term(1)); }, [] {});
    CHECK(signal == 1);
    auto one = co_await receive<int>(0ms);
    CHECK(one == 1);
    auto two = co_await receive<int>(0ms);
    CHECK(two == 2);
    auto none = co_await receive<int>(0ms);
    CHECK(!none);
  });
}

TEST_CASE("without memory a spawn throws, and there is no process, link or monitor") {
  in_one_pool([]() -> task<> {
    const auto alone = [] {
      detail::self_access me;
      CHECK(me->links == nullptr);
      CHECK((me->extra == nullptr || me->extra->monitors == nullptr));
      CHECK(detail::all_processes(*me->node).size() == 1);
    };
    int ran = 0;
    pid made;
    CHECK(allocations_of([&] { made = spawn([&ran] { ++ran; }); }, alone) >= 1);
    co_await receive<int>(1ms);
    CHECK(allocations_of([&] { made = spawn_link([&ran] { ++ran; }); }, alone) >= 2);
    co_await receive<int>(1ms);
    CHECK(allocations_of([&] { made = spawn_monitor([&ran] { ++ran; }).process; }, alone) >= 2);
    co_await receive<down_message>();
    CHECK(ran == 3);
    CHECK(!alive(made));
  });
}

TEST_CASE("without memory link, monitor and timers throw, and leave nothing") {
  in_one_pool([]() -> task<> {
    trap_exits(true);
    const pid peer = spawn(wait_for_ever);
    const auto no_relation = [] {
      detail::self_access me;
      CHECK(me->links == nullptr);
      CHECK((me->extra == nullptr || me->extra->monitors == nullptr));
      CHECK((me->extra == nullptr || me->extra->aliases.empty()));
      CHECK(me->node->timers.size() == 0);
    };
    CHECK(allocations_of([&] { link(peer); }, no_relation) >= 1);
    unlink(peer);
    reference id;
    CHECK(allocations_of([&] { id = monitor(peer); }, no_relation) >= 1);
    CHECK(demonitor(id));
    CHECK(allocations_of([&] { id = monitor(peer, alias_kind::reply_demonitor); }, no_relation) >=
          1);
    CHECK(demonitor(id));
    CHECK(allocations_of([&] { id = send_after(1h, peer, 1); }, no_relation) == 1);
    CHECK(cancel_timer(id).has_value());
    auto picture = co_await process_info(peer);
    CHECK(picture->links.empty());
    CHECK(picture->monitored_by.empty());
    CHECK(picture->message_queue_len == 0);
    beamish::exit(peer, exit_reason::kill());
  });
}

TEST_CASE("a death allocates nothing: exits and DOWN arrive without memory") {
  in_one_pool([]() -> task<> {
    trap_exits(true);
    for (int i = 0; i < 20; ++i) {
      const pid peer = spawn_link(wait_for_ever);
      monitor(peer);
      beamish::exit(peer, term(atom("ends")));
    }
    memory().set_fail_after(0);
    for (int i = 0; i < 20; ++i) {
      auto gone = co_await receive<exit_message>();
      CHECK(gone.reason.is("ends"));
      auto down = co_await receive<down_message>();
      CHECK(down.reason.is("ends"));
    }
    CHECK(disarm());  // nothing has run into it
  });
}

TEST_CASE("unlink, demonitor and unalias allocate nothing") {
  in_one_pool([]() -> task<> {
    const pid peer = spawn_link(wait_for_ever);
    auto ref = monitor(peer);
    auto me = alias();
    memory().set_fail_after(0);
    unlink(peer);
    CHECK(demonitor(ref));
    CHECK(unalias(me));
    CHECK(disarm());
    beamish::exit(peer, exit_reason::kill());
    co_return;
  });
}

TEST_CASE("bad_alloc in a process ends that process only") {
  in_one_pool([]() -> task<> {
    auto hungry = spawn_monitor([]() -> task<> {
      co_await receive<int>(0ms);
      memory().set_fail_after(0);
      send(self(), 1);
    });
    auto down = co_await receive<down_message>();
    CHECK(down.id == hungry.id);
    REQUIRE(down.reason.exception() != nullptr);
    CHECK(down.reason.exception()->type == "std::bad_alloc");
    // A frame that can't be had is the same.
    auto second = spawn_monitor([]() -> task<> {
      co_await receive<int>(0ms);
      memory().set_fail_after(0);
      co_await wait_for_ever();
    });
    auto next = co_await receive<down_message>();
    CHECK(next.id == second.id);
    REQUIRE(next.reason.exception() != nullptr);
    CHECK(next.reason.exception()->type == "std::bad_alloc");
  });
}

TEST_CASE("a wait that gets no memory for its timer times out at once") {
  in_one_pool([]() -> task<> {
    auto child = spawn_monitor([]() -> task<> {
      memory().set_fail_after(0);
      auto none = co_await receive<int>(1h);
      CHECK(!none);
    });
    auto down = co_await receive<down_message>();
    CHECK(down.id == child.id);
    CHECK(down.reason.is_normal());
  });
}
