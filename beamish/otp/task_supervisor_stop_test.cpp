// SPDX-License-Identifier: Apache-2.0
// Task supervisors whose children have unlinked themselves.
#include "beamish/otp/task_supervisor.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

task<> leave(pid parent, pid test) {
  unlink(parent);
  send(test, self());
  co_await receive<int>();
}

task<pid> start_one_that_leaves(task_supervisor s) {
  const auto body = [parent = s.process(), test = self()] { return leave(parent, test); };
  auto starting = s.start_child(body);
  auto child = co_await starting;
  co_await receive<pid>();
  co_return *child;
}

}  // namespace

TEST_CASE("T27 a task supervisor that stops waits for a child that has unlinked itself") {
  sim::in_all_worlds([]() -> task<> {
    const auto s = co_await task_supervisor::start_link();
    const pid child = co_await start_one_that_leaves(s);
    co_await s.stop();
    CHECK(!alive(child));
  });
}

TEST_CASE("T29 terminate_child ends a child that has unlinked itself") {
  sim::in_all_worlds([]() -> task<> {
    const auto s = co_await task_supervisor::start_link();
    const pid child = co_await start_one_that_leaves(s);
    const bool ended = co_await s.terminate_child(child);
    CHECK(ended);
    CHECK(!alive(child));
    const auto left = co_await s.children();
    CHECK(left.empty());
    co_await s.stop();
  });
}
