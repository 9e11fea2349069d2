// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "beamish/otp/async.hpp"
#include "beamish/otp/task_cases.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace beamish::cases;
using namespace std::chrono_literals;

namespace {

task<> until_trapping(pid p) {
  for (;;) {
    auto asked = process_info(p);
    auto info = co_await asked;
    if (info && info->trap_exit) co_return;
    co_await sleep(1ms);
  }
}

// Ends with that reason when it is told to, or, if there is none, with a result.
task<int> trapping_until_told(term reason) {
  trap_exits(true);
  co_await receive<exit_message>();
  if (reason == term()) co_return 8;
  beamish::exit(reason);
}

}  // namespace

TEST_CASE("T8 shutdown tells a task to end, and kills it when it doesn't") {
  sim::in_all_worlds([]() -> task<> {
    // It stops as it is asked to.
    auto idle = async([]() -> task<int> { co_return co_await receive<int>(); });
    auto nothing = co_await idle.shutdown();
    CHECK(!nothing);
    // It has sent its result.
    auto done = async([] { return 7; });
    co_await end_of(done.process());
    auto seven = co_await done.shutdown();
    REQUIRE(seven);
    CHECK(**seven == 7);
    // It doesn't listen.
    auto deaf = async([]() -> task<int> {
      trap_exits(true);
      co_return co_await receive<int>();
    });
    co_await until_trapping(deaf.process());
    auto killed = co_await deaf.shutdown(1ms);
    REQUIRE(killed);
    CHECK(killed->reason().value() == term(atom("killed")));
    // It ends with another reason, or with its result.
    auto other = async(trapping_until_told, term(atom("other")));
    co_await until_trapping(other.process());
    auto reason = co_await other.shutdown();
    REQUIRE(reason);
    CHECK(reason->reason().value() == term(atom("other")));
    auto normally = async(trapping_until_told, term(atom("normal")));
    co_await until_trapping(normally.process());
    auto normal = co_await normally.shutdown();
    REQUIRE(normal);
    CHECK(normal->reason().is_normal());
    auto answers = async(trapping_until_told, term());
    co_await until_trapping(answers.process());
    auto answered = co_await answers.shutdown();
    REQUIRE(answered);
    CHECK(**answered == 8);
    const std::size_t left = co_await mailbox_length();
    CHECK(left == 0);
  });
}

TEST_CASE("T9 shutdown(brutal_kill) gives nothing when the kill ended the task") {
  sim::in_all_worlds([]() -> task<> {
    auto deaf = async([]() -> task<int> {
      trap_exits(true);
      co_return co_await receive<int>();
    });
    auto killed = co_await deaf.shutdown(brutal_kill);
    CHECK(!killed);
    auto done = async([] { return 7; });
    co_await end_of(done.process());
    auto seven = co_await done.shutdown(brutal_kill);
    REQUIRE(seven);
    CHECK(**seven == 7);
    trap_exits(true);
    auto own = async([]() -> int { beamish::exit(atom("shutdown")); });
    co_await end_of(own.process());
    auto shutdown = co_await own.shutdown(brutal_kill);
    REQUIRE(shutdown);
    CHECK(shutdown->reason().value() == term(atom("shutdown")));
    auto forgotten = async([]() -> int { beamish::exit(atom("shutdown")); });
    co_await end_of(forgotten.process());
    auto as_told = co_await forgotten.shutdown();
    CHECK(!as_told);
  });
}

TEST_CASE("T10 what was awaited already is shut down as noproc, and ignored as nothing") {
  sim::in_all_worlds([]() -> task<> {
    auto t = async([] { return 1; });
    co_await t.await();
    auto ended = co_await t.shutdown();
    REQUIRE(ended);
    CHECK(ended->reason().value() == term(atom("noproc")));
    auto killed = co_await t.shutdown(brutal_kill);
    REQUIRE(killed);
    CHECK(killed->reason().value() == term(atom("noproc")));
    CHECK(!t.ignore());
    auto again = co_await attempt(await_of(t, 1ms));
    CHECK(again.reason().value().elements()[0] == term(atom("timeout")));
    auto nothing = co_await t.yield(1ms);
    CHECK(!nothing);
  });
}

TEST_CASE("T11 ignore gives what has come, and unlinks and demonitors what runs on") {
  sim::in_all_worlds([]() -> task<> {
    auto t = async([]() -> task<int> {
      auto reason = co_await receive<term>();
      beamish::exit(reason);
    });
    CHECK(!t.ignore());
    auto asked = process_info(self());
    auto info = co_await asked;
    CHECK(info->links.empty());
    CHECK(info->monitors.empty());
    // The owner doesn't trap exits, and lives on.
    send(t.process(), term(atom("crash")));
    co_await end_of(t.process());
    auto answers = async([]() -> task<int> { co_return co_await receive<int>(); });
    CHECK(!answers.ignore());
    send(answers.process(), 4);
    co_await end_of(answers.process());
    auto done = async([] { return 9; });
    co_await end_of(done.process());
    auto nine = done.ignore();
    REQUIRE(nine);
    CHECK(**nine == 9);
    trap_exits(true);
    auto crashed = async([]() -> int { beamish::exit(atom("crash")); });
    co_await end_of(crashed.process());
    auto reason = crashed.ignore();
    REQUIRE(reason);
    CHECK(reason->reason().value() == term(atom("crash")));
    co_await receive<exit_message>();
    const std::size_t left = co_await mailbox_length();
    CHECK(left == 0);
  });
}
