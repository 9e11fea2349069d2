// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/process_info.hpp"

#include <atomic>
#include <memory>
#include <thread>

#include "beamish/runtime/blocking.hpp"
#include "beamish/runtime/hibernate.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

task<> wait_for_text() { co_await receive<std::string>(); }

task<> wait_for_blocking(std::shared_ptr<std::atomic<bool>> open) {
  auto job = blocking([open] {
    while (!*open) std::this_thread::yield();
  });
  co_await job;
}

struct ping {};
task<> wait_for_either() { co_await receive<int, ping>(1h); }
task<> wait_for_time() { co_await beamish::sleep(1h); }
task<> wait_deeper() { co_await wait_for_either(); }
task<> wait_asleep() { co_await hibernate(); }

// Until the process has come to wait.
task<std::string> waits_for(pid p) {
  for (;;) {
    auto info = co_await process_info(p);
    if (!info) co_return "(gone)";
    if (!info->waits_for.empty()) co_return info->waits_for;
  }
}

task<> with_everything(pid owner, pid friendly) {
  register_name("librarian");
  set_label(tuple(atom("shelf"), 3));
  process_dictionary::put(atom("color"), "red");
  trap_exits(true);
  link(friendly);
  monitor(owner);
  send(owner, atom("ready"));
  co_await receive<std::string>();
}

task<> sleep_deeply(pid owner) {
  co_await hibernate();
  send(owner, atom("awake"));
  auto one = co_await receive<int>();
  auto two = co_await receive<int>();
  send(owner, one * 10 + two);
  co_await hibernate();
}

}  // namespace

TEST_CASE("P31 process_info of a dead process is empty") {
  sim::in_all_worlds([]() -> task<> {
    auto dead = spawn_monitor([] {});
    co_await receive<down_message>();
    auto none = co_await process_info(dead.process);
    CHECK(!none);
    auto never = co_await process_info(pid{});
    CHECK(!never);
  });
}

TEST_CASE("P31 process_info of a living process shows what it is and has") {
  sim::in_all_worlds([]() -> task<> {
    const pid friendly = spawn(wait_for_text);
    const pid p = spawn(with_everything, self(), friendly);
    co_await receive<atom>();
    auto ref = monitor(p);
    send(p, 1);
    send(p, 2);
    auto info = co_await process_info(p);
    REQUIRE(info.has_value());
    CHECK(info->process == p);
    CHECK(info->registered_name == "librarian");
    CHECK(info->status == process_status::waiting);
    CHECK(info->message_queue_len == 2);
    CHECK(info->links == std::vector<pid>{friendly});
    CHECK(info->monitors == std::vector<pid>{self()});
    CHECK(info->monitored_by == std::vector<pid>{self()});
    CHECK(info->ancestors == std::vector<pid>{self()});
    REQUIRE(info->dictionary.size() == 1);
    CHECK(info->dictionary[0].second == term("red"));
    CHECK(info->label == tuple(atom("shelf"), 3));
    CHECK(info->trap_exit);
    CHECK(!info->initial_call.empty());
    send(p, std::string("end"));
    send(friendly, std::string("end"));
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
  });
}

TEST_CASE("process_info says what a process waits for") {
  sim::in_all_worlds([]() -> task<> {
    std::vector<pid> all;
    for (auto* f : {wait_for_text, wait_for_either, wait_deeper, wait_for_time, wait_asleep})
      all.push_back(spawn(f));
    const std::string wanted[] = {"string", "int or ping", "int or ping", "time to pass",
                                  "a message"};
    for (std::size_t i = 0; i < all.size(); ++i) {
      auto told = co_await waits_for(all[i]);
      CHECK(told == wanted[i]);
      beamish::exit(all[i], exit_reason::kill());
    }
    auto open = std::make_shared<std::atomic<bool>>(false);
    const pid busy = spawn(wait_for_blocking, open);
    auto told = co_await waits_for(busy);
    CHECK(told == "a blocking function");
    *open = true;
    auto mine = co_await process_info(self());
    CHECK(mine->waits_for.empty());
  });
}

TEST_CASE("P31 process_info of oneself says running") {
  sim::in_all_worlds([]() -> task<> {
    send(self(), 1);
    co_await beamish::sleep(1ms);
    auto info = co_await process_info(self());
    REQUIRE(info.has_value());
    CHECK(info->process == self());
    CHECK(info->status == process_status::running);
    CHECK(info->message_queue_len == 1);
    CHECK(info->registered_name.empty());
    CHECK(!info->trap_exit);
  });
}

TEST_CASE("P31 process_info of oneself counts what has come and was not looked at") {
  sim::in_real_world([]() -> task<> {
    send(self(), 1);
    send(self(), 2);
    auto info = co_await process_info(self());
    REQUIRE(info.has_value());
    CHECK(info->message_queue_len == 2);
    co_await receive<int>();
    auto later = co_await process_info(self());
    CHECK(later->message_queue_len == 1);
  });
}

TEST_CASE("P31 process_info of a process that dies meanwhile is empty") {
  sim::in_all_worlds([]() -> task<> {
    const pid p = spawn(wait_for_text);
    beamish::exit(p, exit_reason::kill());
    auto none = co_await process_info(p);
    CHECK(!none);
  });
}

TEST_CASE("P33 hibernate keeps mailbox and identity, and the next message wakes it") {
  sim::in_all_worlds([]() -> task<> {
    auto p = spawn_monitor(sleep_deeply, self());
    // It may not have begun to wait yet.
    for (bool asleep = false; !asleep;) {
      auto info = co_await process_info(p.process);
      REQUIRE(info.has_value());
      asleep = info->status == process_status::hibernating;
    }
    send(p.process, 4);
    auto awake = co_await receive<atom>();
    CHECK(awake == atom("awake"));
    CHECK(alive(p.process));
    send(p.process, 2);
    auto both = co_await receive<int>();
    CHECK(both == 42);
    // A signal ends it as it ends any other process.
    beamish::exit(p.process, exit_reason::shutdown());
    auto down = co_await receive<down_message>();
    CHECK(down.id == p.id);
    CHECK(down.reason.is("shutdown"));
  });
}

TEST_CASE("P33 hibernate returns at once if a message is there, and keeps the order") {
  sim::in_all_worlds([]() -> task<> {
    for (int i = 0; i < 3; ++i) send(self(), i);
    co_await hibernate();
    co_await hibernate();
    for (int i = 0; i < 3; ++i) {
      auto got = co_await receive<int>();
      CHECK(got == i);
    }
    send(self(), 3);
    auto last = co_await receive<int>();
    CHECK(last == 3);
  });
}
