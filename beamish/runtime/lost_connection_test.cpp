// SPDX-License-Identifier: Apache-2.0
// Links and monitors between nodes that lose each other: after a minute of a cut.
#include "beamish/runtime/node.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

void cut_both_ways(sim::world& s) {
  s.cut("a@sim", "b@sim", 2min);
  s.cut("b@sim", "a@sim", 2min);
}

task<> hear_an_exit(std::atomic<int>& heard) {
  trap_exits(true);
  const auto gone = co_await receive<exit_message>();
  if (gone.reason.is("noconnection")) ++heard;
}

task<> wait_for_ever() { co_await receive<int>(); }

}  // namespace

TEST_CASE("who is linked over a connection that is lost hears noconnection, on both sides") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    if (!s.simulated()) co_return;  // there nothing is cut
    trap_exits(true);
    std::atomic<int> heard = 0;
    const pid far = s.node("b@sim").spawn(hear_an_exit, std::ref(heard));
    link(far);
    co_await process_info(far);  // behind it
    cut_both_ways(s);
    const auto gone = co_await receive<exit_message>(2min);
    REQUIRE(gone.has_value());
    CHECK(gone->from == far);
    CHECK(gone->reason.is("noconnection"));
    co_await s.eventually("so does the other side", 1min, [&] { return heard == 1; });
  });
}

TEST_CASE("a monitor that was taken back before its connection was lost leaves nothing") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    if (!s.simulated()) co_return;
    const pid far = s.node("b@sim").spawn(wait_for_ever);
    co_await process_info(far);
    cut_both_ways(s);
    const auto undone = monitor(far);
    const auto kept = monitor(far);
    demonitor(undone);
    const auto down = co_await receive<down_message>();
    CHECK(down.id == kept);
    CHECK(down.reason.is("noconnection"));
    co_await sleep(3min);
    const auto again = monitor(far);
    beamish::exit(far, exit_reason::kill());
    const auto end = co_await receive<down_message>();
    CHECK(end.id == again);
    CHECK(end.reason.is("killed"));
    const auto none = co_await receive<down_message>(1min);
    CHECK(!none);
  });
}
