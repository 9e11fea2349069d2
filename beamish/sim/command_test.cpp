// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/command.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/sim/command_line.hpp"
#include "beamish/sim/command_testing.hpp"
#include "beamish/sim/run_file.hpp"

using namespace beamish;

namespace {

task<> race(sim::world& w) {
  const pid me = self();
  spawn([me] { send(me, 1); });
  spawn([me] { send(me, 2); });
  const int first = co_await receive<int>();
  w.require(first == 1, "1 comes before 2");
  co_await receive<int>();
}

const std::vector<sim::scenario>& scenarios() {
  static const std::vector<sim::scenario> all = {
      {"race", "fails", race},
      {"well", "passes", [](sim::world& w) { w.pick(9); }},
      {"stuck", "waits", []() -> task<> { co_await receive<int>(); }},
  };
  return all;
}

sim::said say(const std::vector<std::string>& words, const sim::place& p) {
  return sim::say_to(scenarios(), words, p);
}

}  // namespace

TEST_CASE("run: what passes is one line each, and counted") {
  const sim::place p;
  const sim::said s = say({"run", "well", "--seeds", "50", "--jobs", "2"}, p);
  CHECK(s.code == 0);
  CHECK(sim::has(s.text, "ok      well"));
  CHECK(sim::has(s.text, "50 runs, "));
  CHECK(sim::has(s.text, "scenarios: 1 passed, 0 failed\n"));
  CHECK(say({"run", "well", "--seeds", "5", "--quiet"}, p).text ==
        "scenarios: 1 passed, 0 failed\n");
}

TEST_CASE("run: a failure is named, with its class as exit code, and written to a file") {
  const sim::place p;
  const sim::said s = say({"run", "race", "well", "--save", p.path()}, p);
  CHECK(s.code == 66);
  CHECK(sim::has(s.text, "FAILED race seed "));
  CHECK(sim::has(s.text, " invariant: 1 comes before 2\n"));
  CHECK(sim::has(s.text, "repeat: try run race --from "));
  CHECK(sim::has(s.text, "scenarios: 1 passed, 1 failed\n"));
  bool found = false;
  for (const auto& entry : std::filesystem::directory_iterator(p.path())) {
    if (entry.path().extension() != ".run") continue;
    const sim::recorded_run run = sim::load_run(entry.path());
    CHECK(run.scenario == "race");
    CHECK(run.program == "/bin/try");
    found = true;
  }
  CHECK(found);
  CHECK(say({"run", "stuck", "--save", p.path()}, p).code == 68);
  CHECK(sim::has(say({"run", "--stop-at-first", "--save", p.path()}, p).text,
                 "scenarios: 0 passed, 1 failed\n"));
}

TEST_CASE("run: seeds that failed once go first") {
  const sim::place p;
  std::ofstream(p.at("kept")) << "# seeds that failed\nrace 1\nrace 2\nrace 3\nrace 4\nrace 5\n";
  const sim::said s = say({"run", "race", "--from", "999999", "--seeds", "1", "--kept",
                           p.at("kept"), "--save", p.path()},
                          p);
  CHECK(s.code == 66);
  CHECK(!sim::has(s.text, "seed 999999"));
  CHECK(sim::has(say({"run", "race", "--kept", "/nowhere"}, p).text, "can't read /nowhere"));
}

TEST_CASE("run: on real threads, too") {
  const sim::place p;
  CHECK(say({"run", "well", "--seeds", "1", "--real", "3"}, p).code == 0);
}

TEST_CASE("list names each scenario with its sentence") {
  const sim::place p;
  const sim::said s = say({"list"}, p);
  CHECK(s.code == 0);
  CHECK(s.text == "race   fails\nwell   passes\nstuck  waits\n");
}

TEST_CASE("a wrong command line says what is wrong, and where to look") {
  const sim::place p;
  for (const auto& [words, complaint] :
       std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{}, "what shall it do?"},
           {{"walk"}, "there is no verb 'walk'"},
           {{"run", "nobody"}, "there is no scenario 'nobody'"},
           {{"run", "--seeds", "many"}, "--seeds takes a whole number, not 'many'"},
           {{"run", "--seeds"}, "--seeds needs a value"},
           {{"run", "--fast"}, "there is no option '--fast' here"},
           {{"run", "--strategy", "luck"}, "there is no strategy 'luck'"}}) {
    const sim::said s = say(words, p);
    CHECK(s.code == 2);
    CHECK_MESSAGE(sim::has(s.text, complaint), s.text);
    CHECK(sim::has(s.text, "try --help"));
  }
  CHECK(say({"run", "--help"}, p).code == 0);
  CHECK(say({"--help"}, p).code == 0);
}
