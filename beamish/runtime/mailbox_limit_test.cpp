// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/mailbox_limit.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "beamish/runtime/mailbox_budget.hpp"
#include "beamish/runtime/mailbox_room.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/runtime/spawn.hpp"
#include "beamish/runtime/thread_body.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct go_on {};

// Bounds its mailbox, and then takes one int for each go_on, and shows it to its owner.
task<> consumer(pid owner, std::uint32_t limit, overflow when_full) {
  limit_mailbox({.messages = limit, .when_full = when_full});
  send(owner, go_on{});
  for (;;) {
    auto next = co_await receive<go_on, exit_message>();
    if (std::holds_alternative<exit_message>(next)) co_return;
    int n = co_await receive<int>();
    send(owner, n);
  }
}

// A consumer that is bounded already.
task<pid> start_consumer(std::uint32_t limit, overflow when_full) {
  const pid c = spawn(consumer, self(), limit, when_full);
  co_await receive<go_on>();
  co_return c;
}

// One that makes its senders wait, and first sleeps for a moment.
task<pid> start_sleeper(std::uint32_t limit, duration time) {
  const pid c = spawn([owner = self(), limit, time]() -> task<> {
    limit_mailbox({.messages = limit, .when_full = overflow::wait});
    send(owner, go_on{});
    co_await sleep(time);
    for (;;) {
      int n = co_await receive<int>();
      send(owner, n);
    }
  });
  co_await receive<go_on>();
  co_return c;
}

task<std::size_t> messages_of(pid p) {
  auto info = co_await process_info(p);
  co_return info ? info->message_queue_len : 0;
}

}  // namespace

TEST_CASE("a full mailbox refuses what comes, and takes again when there is room") {
  sim::in_all_worlds([]() -> task<> {
    const pid c = co_await start_consumer(2, overflow::reject);
    CHECK(send(c, 1).accepted());
    CHECK(send(c, 2).accepted());
    CHECK_FALSE(send(c, 3).accepted());
    bool awaited = co_await send(c, 4);
    CHECK_FALSE(awaited);
    auto info = co_await process_info(c);
    CHECK(info->message_queue_len == 2);
    CHECK(info->refused_messages == 2);
    exit(c, exit_reason(atom("over")));
  });
}

TEST_CASE("a place is free when its message is received, whoever sent it") {
  sim::in_all_worlds([]() -> task<> {
    const pid c = co_await start_consumer(2, overflow::reject);
    CHECK(send(c, 1).accepted());
    CHECK(send(c, go_on{}).accepted());
    int first = co_await receive<int>();
    CHECK(first == 1);
    // Both were taken.
    CHECK(send(c, 2).accepted());
    CHECK(send(c, go_on{}).accepted());
    int second = co_await receive<int>();
    CHECK(second == 2);
    exit(c, exit_reason(atom("over")));
  });
}

TEST_CASE("a mailbox that drops does not tell") {
  sim::in_all_worlds([]() -> task<> {
    const pid c = co_await start_consumer(1, overflow::drop);
    CHECK(send(c, 1).accepted());
    CHECK(send(c, 2).accepted());
    auto info = co_await process_info(c);
    CHECK(info->message_queue_len == 1);
    CHECK(info->refused_messages == 1);
    exit(c, exit_reason(atom("over")));
  });
}

TEST_CASE("senders wait in their order, and never more than the limit is there") {
  sim::in_all_worlds([]() -> task<> {
    const pid owner = self();
    const pid c = spawn([owner]() -> task<> {
      limit_mailbox({.messages = 3, .when_full = overflow::wait});
      send(owner, go_on{});
      for (int i = 0; i < 40; ++i) {
        const std::size_t there =
            detail::picture_of(*detail::current_context()->current).message_queue_len;
        CHECK(there <= 3);
        std::pair<int, int> got = co_await receive<std::pair<int, int>>();
        send(owner, got);
      }
    });
    co_await receive<go_on>();
    for (int who = 0; who < 4; ++who) {
      spawn([c, who]() -> task<> {
        for (int i = 0; i < 10; ++i) {
          const std::pair<int, int> next(who, i);
          bool sent = co_await send(c, next);
          CHECK(sent);
        }
      });
    }
    std::vector<int> seen(4, 0);
    for (int i = 0; i < 40; ++i) {
      std::pair<int, int> got = co_await receive<std::pair<int, int>>();
      CHECK(got.second == seen[static_cast<std::size_t>(got.first)]++);
    }
  });
}

TEST_CASE("whoever can't wait is refused by a mailbox whose senders wait") {
  sim::in_all_worlds([]() -> task<> {
    const pid c = co_await start_consumer(1, overflow::wait);
    CHECK(send(c, 1).accepted());
    CHECK_FALSE(send(c, 2).accepted());
    send(c, 3);
    auto info = co_await process_info(c);
    CHECK(info->message_queue_len == 1);
    CHECK(info->refused_messages == 2);
    exit(c, exit_reason(atom("over")));
  });
}

TEST_CASE("exits, DOWN, timers and a process's own messages pass") {
  sim::in_all_worlds([]() -> task<> {
    const pid owner = self();
    const pid c = spawn([owner]() -> task<> {
      limit_mailbox({.messages = 1});
      trap_exits(true);
      auto [gone, watch] = spawn_monitor([]() -> task<> { co_await receive<int>(); });
      send(owner, go_on{});
      auto told = co_await receive<exit_message>();
      CHECK(told.reason.is("well"));
      exit(gone, exit_reason::kill());
      CHECK(send(self(), std::string("own")).accepted());
      send_after(1ms, self(), 7);
      auto down = co_await receive<down_message>();
      CHECK(down.id == watch);
      int tick = co_await receive<int>();
      CHECK(tick == 7);
      auto own = co_await receive<std::string>();
      CHECK(own == "own");
      send(owner, go_on{});
      co_await receive<go_on>();
    });
    co_await receive<go_on>();
    // Nobody will receive it.
    CHECK(send(c, 1.5).accepted());
    CHECK_FALSE(send(c, 2.5).accepted());
    exit(c, exit_reason(atom("well")));
    co_await receive<go_on>();
    const std::size_t left = co_await messages_of(c);
    CHECK(left == 1);
    exit(c, exit_reason::kill());
  });
}

TEST_CASE("a sender that ends while it waits has sent nothing, and leaves no place taken") {
  sim::in_simulation([]() -> task<> {
    const pid c = co_await start_sleeper(1, 1h);
    CHECK(send(c, 1).accepted());
    auto [waiting, ref] = spawn_monitor([c, owner = self()]() -> task<> {
      send(owner, go_on{});
      co_await send(c, 2);
    });
    co_await receive<go_on>();
    auto info = co_await process_info(waiting);
    REQUIRE(info.has_value());
    CHECK(info->waits_for.starts_with("a reply of"));
    exit(waiting, exit_reason::kill());
    auto down = co_await receive<down_message>();
    CHECK(down.reason.is("killed"));
    bool sent = co_await send(c, 3);
    CHECK(sent);
    int first = co_await receive<int>();
    CHECK(first == 1);
    int next = co_await receive<int>();
    CHECK(next == 3);
    CHECK(send(c, 4).accepted());
    exit(c, exit_reason::kill());
  });
}

TEST_CASE("a receiver that ends lets go who waits") {
  sim::in_all_worlds([]() -> task<> {
    const pid c = co_await start_consumer(1, overflow::wait);
    CHECK(send(c, 1).accepted());
    auto [waiting, ref] = spawn_monitor([c]() -> task<> {
      bool sent = co_await send(c, 2);
      CHECK(sent);
      sent = co_await send(c, 3);
      CHECK(sent);
    });
    exit(c, exit_reason::kill());
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    CHECK(down.reason.is_normal());
  });
}

TEST_CASE("a higher limit lets in who waits, and another process of that slot has none") {
  sim::in_all_worlds([]() -> task<> {
    const pid owner = self();
    const pid c = spawn([owner]() -> task<> {
      limit_mailbox({.messages = 1, .when_full = overflow::wait});
      send(owner, go_on{});
      co_await sleep(1ms);
      limit_mailbox({.messages = 10, .when_full = overflow::wait});
      co_await receive<std::string>();
    });
    co_await receive<go_on>();
    for (int i = 0; i < 5; ++i) {
      bool sent = co_await send(c, i);
      CHECK(sent);
    }
    std::size_t there = co_await messages_of(c);
    CHECK(there == 5);
    const reference end = monitor(c);
    bool last = co_await send(c, std::string("end"));
    CHECK(last);
    auto down = co_await receive<down_message>();
    CHECK(down.id == end);
    // Slots are used again, oldest first.
    for (int i = 0; i < 300; ++i) {
      auto [next, ref] = spawn_monitor([]() -> task<> {
        for (int k = 0; k < 3; ++k) co_await receive<int>();
      });
      for (int k = 0; k < 3; ++k) CHECK(send(next, k).accepted());
      co_await receive<down_message>();
    }
  });
}

TEST_CASE("what was taken on a node that has ended is free on the next one") {
  detail::slot_branch branch;
  const auto rooms = std::make_unique<detail::room_chunk>();
  branch.rooms[3] = rooms.get();
  detail::mailbox_room& room = rooms->rooms[7];
  room.limit = 1;
  CHECK(room.take_place());
  CHECK_FALSE(room.take_place());
  detail::forget_places(branch);
  CHECK(room.take_place());
}

TEST_CASE("a thread body waits for room, too") {
  sim::in_all_worlds([]() -> task<> {
    const pid owner = self();
    const pid c = co_await start_sleeper(2, 1ms);
    spawn_thread([c, owner] {
      for (int i = 0; i < 20; ++i) CHECK(send(c, i).wait());
      send(owner, go_on{});
    });
    for (int i = 0; i < 20; ++i) {
      int got = co_await receive<int>();
      CHECK(got == i);
    }
    co_await receive<go_on>();
    exit(c, exit_reason::kill());
  });
}

TEST_CASE("a limit of no messages, and a wait that would hold a worker, are refused") {
  sim::in_all_worlds([]() -> task<> {
    CHECK_THROWS_WITH_AS(limit_mailbox({.messages = 0}),
                         "mailbox_limit: a mailbox for 0 messages would take none: say 1 or more",
                         argument_error);
    const pid c = co_await start_consumer(1, overflow::wait);
    CHECK(send(c, 1).wait());
    auto second = send(c, 2);
    CHECK_THROWS_AS(second.wait(), std::logic_error);
    exit(c, exit_reason::kill());
  });
}

TEST_CASE("a budget tells of its high water once each way, and refuses what goes beyond") {
  detail::mailbox_budget b;
  using change = detail::mailbox_budget::change;
  b.restart(1000, 0);
  change what = change::none;
  CHECK(b.take(700, false, what));
  CHECK(what == change::none);
  CHECK(b.take(100, false, what));
  CHECK(what == change::reached);
  what = change::none;
  CHECK(b.take(200, false, what));
  CHECK_FALSE(b.take(1, false, what));
  CHECK(b.take(50, true, what));
  CHECK(what == change::none);
  CHECK(b.used() == 1050);
  CHECK(b.give_back(300) == change::none);
  CHECK(b.give_back(50) == change::left);
  CHECK(b.give_back(700) == change::none);
  CHECK(b.used() == 0);
}

namespace {
std::atomic<int> warnings{0};
void count_warnings(void*, const log_entry& e) {
  if (e.text.find("have reached") != std::string::npos) ++warnings;
}
}  // namespace

TEST_CASE("the messages of a node stay within its budget of bytes") {
  warnings = 0;
  node n({.name = "budget@test",
          .workers = 2,
          .mailbox_bytes = 100'000,
          .high_water_bytes = 50'000,
          .log = {.call = count_warnings}});
  n.start();
  std::atomic<int> sent{0};
  std::atomic<int> reached{0};
  std::atomic<int> left{0};
  n.spawn([&]() -> task<> {
    monitor_high_water();
    const pid keeper = spawn([]() -> task<> {
      co_await receive<int>();
      for (;;) co_await receive<std::string>();
    });
    const std::string page(10'000, 'x');
    while (send(keeper, page).accepted()) ++sent;
    auto news = co_await receive<mailbox_high_water>();
    if (news.reached && news.budget == 100'000) ++reached;
    exit(keeper, exit_reason::kill());
    news = co_await receive<mailbox_high_water>();
    if (!news.reached) ++left;
  });
  CHECK(n.wait_until_empty(30s));
  CHECK(sent == 9);
  CHECK(reached == 1);
  CHECK(left == 1);
  CHECK(warnings == 1);
  CHECK(n.statistics().mailbox_bytes == 0);
  CHECK(n.stop(5s));
}

TEST_CASE("a message from outside is refused by a full mailbox") {
  node n({.name = "outside@test", .workers = 1});
  n.start();
  std::atomic<bool> bounded{false};
  const pid c = n.spawn([&bounded]() -> task<> {
    limit_mailbox({.messages = 1});
    bounded = true;
    bounded.notify_all();
    co_await receive<std::string>();
  });
  bounded.wait(false);
  CHECK(n.send(c, 1));
  CHECK_FALSE(n.send(c, 2));
  n.exit(c, exit_reason::kill());
  CHECK(n.wait_until_empty(30s));
  CHECK(n.stop(5s));
}
