// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/global.hpp"

#include "beamish/runtime/program.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {
task<> wait_to_end() { co_await receive<int>(); }
}  // namespace

TEST_CASE("G46 a global name is one process for all nodes of the program") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    const global name(tuple(atom("shelf"), 3));
    CHECK(!name.whereis());
    CHECK(name.register_process(self()));
    CHECK(name.register_process(self()) == false);
    s.node("b@sim").spawn([] {
      const global same(tuple(atom("shelf"), 3));
      send(same, same.whereis());
    });
    auto seen = co_await receive<pid>();
    CHECK(seen == self());
    name.unregister();
    CHECK(!name.whereis());
  });
}

TEST_CASE("P23 a global name is free before anybody hears of its holder's death") {
  sim::in_all_worlds([]() -> task<> {
    const global first("first");
    const global second("second");
    auto holder = spawn_monitor(wait_to_end);
    CHECK(first.register_process(holder.process));
    CHECK(second.register_process(holder.process));
    CHECK(first.whereis() == holder.process);
    beamish::exit(holder.process, exit_reason::kill());
    co_await receive<down_message>();
    CHECK(!first.whereis());
    CHECK(first.register_process(self()));
    CHECK(second.register_process(self()));
    first.unregister();
    second.unregister();
    CHECK(!first.register_process(holder.process));
    CHECK(detail::the_program().globals.size() == 0);
  });
}
