// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/trial.hpp"

#include <doctest/doctest.h>

#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

task<> wait_for_ever() { co_await receive<int>(); }

std::string complaints(const sim::verdict& v) {
  std::string all;
  for (const std::string& line : v.complaints) all += line + "\n";
  return all;
}

template <class Body>
std::string complaints_of(Body body, const sim::trial_options& o = {}) {
  return complaints(sim::run_in_real_world(sim::launcher_of(body), o));
}

}  // namespace

TEST_CASE("a body that ends well gives no complaint") {
  CHECK(complaints_of([]() -> task<> {
          send(self(), 42);
          int got = co_await receive<int>();
          CHECK(got == 42);
        }) == "");
}

TEST_CASE("a body that ends with another reason is a complaint, unless it is expected") {
  const auto body = []() -> task<> {
    co_await beamish::sleep(1ms);
    beamish::exit(term(atom("broken")));
  };
  CHECK(complaints_of(body) == "the body's process ended with reason :broken instead of :normal\n");
  CHECK(complaints_of(body, {.ends = exit_reason(atom("broken"))}) == "");
}

TEST_CASE("a body that never ends is a complaint") {
  CHECK(complaints_of(wait_for_ever, {.deadline = 0s}).find("did not end within") !=
        std::string::npos);
}

TEST_CASE("the log of all nodes is kept") {
  const auto v =
      sim::run_in_real_world(sim::launcher_of([](sim::scene& s) {
                               log(log_level::info, "one");
                               s.node("b@sim").spawn([] { log(log_level::info, "two"); });
                             }),
                             {});
  CHECK(complaints(v) == "");
  REQUIRE(v.log.size() == 2);
  CHECK((v.log[0].text == "one" || v.log[0].text == "two"));
}
