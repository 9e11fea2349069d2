// SPDX-License-Identifier: Apache-2.0
//
// A scenario: a test body with a name, the faults that it must survive, and what it shows.
//
// ```cpp
// #include "beamish/beamish.hpp"
// #include "beamish/sim/explore.hpp"
//
// task<> ping(sim::world& w) {
//   const pid echo = spawn([]() -> task<> {
//     auto from = co_await receive<pid>();
//     send(from, 42);
//   });
//   send(echo, self());
//   auto got = co_await receive<int>();
//   w.require(got == 42, "the answer is 42");
// }
// sim::scenario s("ping", "an answer comes back", ping);
// sim::explore(s, {.seeds = 100}).ok();     //=> true
// ```
//
// Guarantees: the body is copied for each run, and is the first process of a fresh node "a@sim",
// which no fault touches. Threads: a value. When not to use it: within a test framework a body by
// itself is enough, see explore.hpp.
// tested in: explore_test.cpp
#pragma once

#include <string>
#include <utility>

#include "beamish/sim/trial.hpp"

namespace beamish::inline v0::sim {

struct scenario {
  std::string name;
  // One sentence for people.
  std::string what;
  launcher body;
  // What may go wrong, and everything else about a single run. Its search and answers are not used.
  trial_options options;

  template <class Body>
  scenario(std::string its_name, std::string shows, Body its_body, trial_options o = {})
      : name(std::move(its_name)),
        what(std::move(shows)),
        body(launcher_of(std::move(its_body))),
        options(std::move(o)) {}
};

}  // namespace beamish::inline v0::sim
