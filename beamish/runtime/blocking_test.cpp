// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/blocking.hpp"

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include "beamish/runtime/atomics.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// Threads wait here until it is opened.
struct gate {
  std::atomic<std::uint32_t> open{0};
  void wait() {
    while (open.load() == 0) detail::std_atomics::futex_wait(open, 0, -1);
  }
  void release() {
    open.store(1);
    detail::std_atomics::futex_wake(open, 1 << 30);
  }
};

}  // namespace

TEST_CASE("blocking gives the function's value") {
  sim::in_all_worlds([]() -> task<> {
    std::string input = "text";
    auto job = blocking([&] { return input + "!"; });
    std::string result = co_await job;
    CHECK(result == "text!");
    auto nothing = blocking([] {});
    co_await nothing;
  });
}

TEST_CASE("blocking gives the function's exception") {
  sim::in_all_worlds([]() -> task<> {
    auto job = blocking([]() -> int { throw std::runtime_error("disk on fire"); });
    std::string what;
    try {
      co_await job;
    } catch (const std::runtime_error& e) {
      what = e.what();
    }
    CHECK(what == "disk on fire");
  });
}

TEST_CASE("messages wait while a process waits for a blocking function") {
  sim::in_all_worlds([]() -> task<> {
    send(self(), 1);
    auto job = blocking([] { return 2; });
    auto two = co_await job;
    CHECK(two == 2);
    auto one = co_await receive<int>();
    CHECK(one == 1);
  });
}

TEST_CASE("others go on while functions block on every thread of the machine") {
  gate all;
  sim::in_real_world([&all]() -> task<> {
    const unsigned many = 2 * std::thread::hardware_concurrency() + 4;
    for (unsigned i = 0; i < many; ++i) {
      spawn(
          [&all](pid to) -> task<> {
            auto job = blocking([&all] { all.wait(); });
            co_await job;
            send(to, 1);
          },
          self());
    }
    for (int i = 0; i < 100; ++i) {
      auto other = spawn_monitor([]() -> task<> { co_await beamish::sleep(0ms); });
      auto down = co_await receive<down_message>();
      CHECK(down.id == other.id);
    }
    all.release();
    for (unsigned i = 0; i < many; ++i) co_await receive<int>();
  });
}

TEST_CASE(
    "a process that is killed while it waits dies at once, and its function's value is dropped") {
  gate one;
  auto value = std::make_shared<int>(1);
  sim::in_real_world([&one, value]() -> task<> {
    auto victim = spawn_monitor(
        [&one, value](pid owner) -> task<> {
          send(owner, atom("started"));
          auto job = blocking([&one, value] {
            one.wait();
            return value;
          });
          co_await job;
        },
        self());
    co_await receive<atom>();
    beamish::exit(victim.process, exit_reason::kill());
    auto down = co_await receive<down_message>();
    CHECK(down.reason.is("killed"));
    one.release();
  });
  CHECK(value.use_count() == 1);
}

TEST_CASE("a job that is never awaited leaves nothing") {
  auto value = std::make_shared<int>(1);
  {
    auto job = blocking([value] { return *value; });
    CHECK(value.use_count() == 2);
  }
  CHECK(value.use_count() == 1);
}
