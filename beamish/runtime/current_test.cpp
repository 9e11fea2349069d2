// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/current.hpp"

#include <thread>

#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace beamish::detail;

TEST_CASE("a thread that is none of ours has no context") {
  CHECK(current_context() == nullptr);
  CHECK(sender() == pid{});
  CHECK_THROWS_AS(self_access(), std::logic_error);
}

TEST_CASE("each thread has a context of its own, which nests") {
  context outer(the_program().depot);
  context inner(the_program().depot);
  CHECK(set_current_context(&outer) == nullptr);
  CHECK(set_current_context(&inner) == &outer);
  CHECK(current_context() == &inner);
  std::thread([] { CHECK(current_context() == nullptr); }).join();
  CHECK(set_current_context(&outer) == &inner);
  CHECK(set_current_context(nullptr) == &outer);
}

TEST_CASE("the current process is that of the innermost scope") {
  context here(the_program().depot);
  process_slot one;
  process_slot two;
  {
    current_process_scope first(here, one);
    CHECK(here.current == &one);
    {
      current_process_scope second(here, two);
      CHECK(here.current == &two);
    }
    CHECK(here.current == &one);
  }
  CHECK(here.current == nullptr);
}

TEST_CASE("in a process the current slot is its own, wherever it goes on") {
  sim::in_all_worlds([]() -> task<> {
    const pid me = self();
    for (int i = 0; i < 50; ++i) {
      co_await beamish::sleep(std::chrono::nanoseconds(i % 2));
      self_access here;
      CHECK(pid_of(*here) == me);
      CHECK(sender() == me);
    }
  });
}
