// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/run_file.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace beamish;

namespace {

sim::recorded_run some_run() {
  sim::recorded_run run;
  run.scenario = "ping";
  run.program = "/home/me/with space/scenarios";
  run.seed = 17;
  run.failure = {sim::failure_kind::invariant, "the answer is 42"};
  run.trace_hash = 0x8c1d22fb0a417e55;
  run.steps = 12;
  run.narrow = true;
  run.decisions = {{sim::choice::next, 3, 1},
                   {sim::choice::next, 2, 0},
                   {sim::choice::next, 2, 0},
                   {sim::choice::random, ~0u, 77},
                   {sim::choice::victim, 5, 4}};
  return run;
}

std::string complaint_about(const std::string& text) {
  try {
    sim::read_run(text);
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  return "";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a run that is read back is the run that was written") {
  const std::string text = sim::write_run(some_run());
  CHECK(text.find("\nnext 2 0 x2\n") != std::string::npos);
  CHECK(sim::read_run(text) == some_run());
  CHECK(sim::write_run(sim::read_run(text)) == text);
}

TEST_CASE("every kind of decision has a name of its own, by which it is read back") {
  sim::recorded_run run = some_run();
  run.decisions.clear();
  constexpr auto last = static_cast<int>(sim::choice::disk);
  for (int kind = 0; kind <= last; ++kind)
    run.decisions.push_back({static_cast<sim::choice>(kind), 3, 1});
  CHECK(sim::read_run(sim::write_run(run)) == run);
}

TEST_CASE("a text of several lines becomes one") {
  sim::recorded_run run = some_run();
  run.failure.text = "two\nlines";
  CHECK(sim::read_run(sim::write_run(run)).failure.text == "two lines");
}

TEST_CASE("a file that is no run says in which line, and why") {
  const std::string good = sim::write_run(some_run());
  CHECK(complaint_about("").find("line 1: this is no recorded run") == 0);
  CHECK(complaint_about(replaced(good, "beamish run 1", "beamish run 2")).find("line 1: ") == 0);
  CHECK(complaint_about(replaced(good, "seed 17", "seed x")) == "line 4: 'x' is not a number");
  CHECK(complaint_about(replaced(good, "steps", "stops")) ==
        "line 7: this line should begin with 'steps'");
  CHECK(complaint_about(replaced(good, "next 3 1", "next 3 3")) ==
        "line 10: the answer is not below the number of options");
  CHECK(complaint_about(replaced(good, "next 3 1", "text 3 1")) ==
        "line 10: there is no decision 'text'");
  CHECK(complaint_about(replaced(good, "x2", "x9")) ==
        "line 11: more decisions than there should be");
  CHECK(complaint_about(replaced(good, "victim 5 4\n", ""))
            .find("the file ends after 4 of 5 decisions") != std::string::npos);
}

TEST_CASE("a file that can't be opened is named") {
  try {
    sim::load_run("/nowhere/run");
    FAIL("it was read");
  } catch (const std::runtime_error& e) {
    CHECK(std::string(e.what()) == "can't read /nowhere/run: No such file or directory");
  }
}
