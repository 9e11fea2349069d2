// SPDX-License-Identifier: Apache-2.0
//
// The verbs that take the file of a run: replay, shrink, chart, diff.
#include <doctest/doctest.h>
#include <signal.h>

#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/child.hpp"
#include "beamish/sim/command.hpp"
#include "beamish/sim/command_files.hpp"
#include "beamish/sim/command_shrink.hpp"
#include "beamish/sim/command_testing.hpp"
#include "beamish/sim/explore.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// A few senders; those with the greater numbers shall not be heard first.
task<> race(sim::world& w) {
  const pid me = self();
  const int senders = 2 + static_cast<int>(w.pick(5));
  for (int i = 0; i < senders; ++i) {
    spawn([me, i] { send(me, i); });
  }
  for (int i = 0; i < senders; ++i) {
    const int got = co_await receive<int>();
    w.note("got " + std::to_string(got));
    w.require(got == i, "in order");
  }
}

// Ends the program if a sender is heard that is not the first one, and fails if the last one is.
task<> trap(sim::world& w) {
  const pid me = self();
  for (int i = 0; i < 3; ++i) {
    spawn([me, i] { send(me, i); });
  }
  const int first = co_await receive<int>();
  if (first == 1) ::abort();
  w.require(first != 2, "the last comes first");
  co_await receive<int>();
  co_await receive<int>();
}

const std::vector<sim::scenario>& scenarios() {
  static const std::vector<sim::scenario> all = {{"race", "fails", race},
                                                 {"trap", "ends it", trap}};
  return all;
}

sim::said say(const std::vector<std::string>& words, const sim::place& p) {
  return sim::say_to(scenarios(), words, p);
}

// The first failing run of the race, as a file.
std::string failing_file(const sim::place& p, std::uint64_t from = 1) {
  const sim::exploration e = sim::explore(scenarios()[0], {.seeds = 1000, .first_seed = from});
  REQUIRE(e.failed);
  const std::string path = p.at("race-" + std::to_string(e.failed->seed) + ".run");
  sim::save_run(*e.failed, path);
  return path;
}

void save(const std::string& path, const sim::recorded_run& run) { sim::save_run(run, path); }

}  // namespace

TEST_CASE("replay plays the same run, and its exit code is that of the failure") {
  const sim::place p;
  const std::string file = failing_file(p);
  const sim::said s = say({"replay", file}, p);
  CHECK(s.code == 66);
  CHECK(sim::has(s.text, "invariant: in order\n"));
  CHECK(sim::has(s.text, file + ": the same run, "));
  const sim::said traced = say({"replay", file, "--trace"}, p);
  CHECK(sim::has(traced.text, "0 0.000000000 spawn p1 -\n"));
  CHECK(sim::has(traced.text, "  ; got "));
}

TEST_CASE("replay stops at the first decision that is another one, and names it") {
  const sim::place p;
  const std::string file = failing_file(p);
  sim::recorded_run run = sim::load_run(file);
  run.decisions[1].kind = sim::choice::victim;
  save(p.at("other.run"), run);
  const sim::said s = say({"replay", p.at("other.run")}, p);
  CHECK(s.code == 69);
  CHECK(sim::has(s.text, "decision 2, at step "));
  CHECK(sim::has(s.text, "the recorded run had to choose victim of "));
  run = sim::load_run(file);
  run.trace_hash ^= 1;
  save(p.at("other.run"), run);
  CHECK(say({"replay", p.at("other.run")}, p).code == 69);
}

TEST_CASE("replay --until says how far things are after that step") {
  const sim::place p;
  const std::string file = failing_file(p);
  const sim::said s = say({"replay", file, "--until", "2"}, p);
  CHECK(s.code == 0);
  CHECK(sim::has(s.text, "stopped after step 2 of "));
  CHECK(sim::has(s.text, "  p1 ("));
  CHECK(sim::has(s.text, ") waits for "));
  const sim::said beyond = say({"replay", file, "--until", "100000"}, p);
  CHECK(beyond.code == 66);
  CHECK(sim::has(beyond.text, "it is over after step "));
}

TEST_CASE("replay --break-at is a trap for a debugger, at that step") {
  const sim::place p;
  const std::string file = failing_file(p);
  const sim::child_result r = sim::wait_for(sim::start_child([&] {
    ::signal(SIGTRAP, SIG_DFL);
    say({"replay", file, "--break-at", "2"}, p);
    return std::string("it went on");
  }));
  CHECK(r.text.empty());
  CHECK(sim::has(sim::ending_in_words(r.status), "was ended by signal 5"));
}

TEST_CASE("shrink writes a smaller run, which replays") {
  const sim::place p;
  const std::string file = failing_file(p);
  const std::string out = p.at("small.run");
  const sim::said s = say({"shrink", file, "-o", out}, p);
  CHECK(s.code == 0);
  CHECK(sim::has(s.text, "-> 1 decisions that are not plain"));
  CHECK(sim::has(s.text, "try chart " + out));
  CHECK(say({"replay", out}, p).code == 66);
  const std::string bytes = sim::write_run(sim::load_run(out));
  CHECK(say({"shrink", out, "-o", p.at("again.run")}, p).code == 0);
  CHECK(sim::write_run(sim::load_run(p.at("again.run"))) == bytes);
  CHECK(say({"shrink", file}, p).code == 0);
  CHECK(std::filesystem::exists(file.substr(0, file.size() - 4) + ".small.run"));
}

TEST_CASE("run makes what fails small, and keeps both") {
  const sim::place p;
  const sim::said s = say({"run", "race", "--save", p.path()}, p);
  CHECK(s.code == 66);
  CHECK(sim::has(s.text, "  smaller: "));
  CHECK(sim::has(s.text, "  as it was: "));
  CHECK(sim::has(s.text, "  see it: try chart "));
  const sim::place q;
  const sim::said bare = say({"run", "race", "--no-shrink", "--save", q.path()}, q);
  CHECK(bare.code == 66);
  CHECK_FALSE(sim::has(bare.text, "smaller"));
}

TEST_CASE("a smaller run that ends the program does not end the command") {
  const sim::scenario& s = scenarios()[1];
  sim::recorded_run run;
  for (std::uint64_t seed = 1; run.decisions.empty(); ++seed) {
    const sim::child_result r = sim::wait_for(sim::start_child([&] {
      const sim::verdict v = sim::play(s, seed);
      return v.complaints.empty() ? std::string() : sim::write_run(sim::record_of(s, seed, v));
    }));
    if (!r.text.empty()) run = sim::read_run(r.text);
  }
  const sim::shrunk none = sim::shrink_apart(s, run);
  CHECK(sim::has(none.trouble, "a smaller run ended it: the program was ended by signal 6"));
  CHECK(none.run == run);
}

TEST_CASE("chart draws a run as text and as a page") {
  const sim::place p;
  const std::string file = failing_file(p);
  const sim::said s = say({"chart", file, "--width", "80", "--ascii"}, p);
  CHECK(s.code == 0);
  CHECK(sim::has(s.text, "race, seed "));
  CHECK(sim::has(s.text, "FAILS: invariant: in order"));
  CHECK(sim::has(s.text, "  got "));
  const sim::said page = say({"chart", file, "--html", p.at("race.html")}, p);
  CHECK(page.code == 0);
  CHECK(page.text == p.at("race.html") + "\n");
  std::ifstream in(p.at("race.html"));
  std::string first;
  std::getline(in, first);
  CHECK(first == "<!DOCTYPE html>");
  CHECK(say({"chart", file, "--html", "/nowhere/x.html"}, p).code == 2);
}

TEST_CASE("diff finds where two runs part") {
  const sim::place p;
  const std::string one = failing_file(p), other = failing_file(p, 500);
  const sim::said s = say({"diff", one, other}, p);
  CHECK(s.code == 1);
  CHECK(sim::has(s.text, "- " + one + ": failed: invariant: in order, "));
  CHECK(sim::has(s.text, "+ " + other + ": failed: invariant: in order, "));
  CHECK(sim::has(s.text, "they part at step "));
  CHECK(sim::has(s.text, "\n+ "));
  const sim::said same = say({"diff", one, one}, p);
  CHECK(same.code == 0);
  CHECK(sim::has(same.text, "the runs are the same\n"));
  const sim::said plain = say({"diff", one}, p);
  CHECK(plain.code == 1);
  CHECK(sim::has(plain.text, "+ the plain run: went well, "));
  const std::uint64_t seed = sim::load_run(one).seed;
  CHECK(say({"diff", one, "--seed", std::to_string(seed)}, p).code == 0);
}

TEST_CASE("a file that can't be used is named, with the way out") {
  const sim::place p;
  const std::string file = failing_file(p);
  sim::recorded_run run = sim::load_run(file);
  run.scenario = "unknown";
  run.program = p.at("gone") + " sim";
  save(p.at("unknown.run"), run);
  std::ofstream(p.at("no.run")) << "something else\n";
  sim::recorded_run ended = sim::load_run(file);
  ended.steps = 0;
  ended.trace_hash = 0;
  ended.decisions.clear();
  save(p.at("ended.run"), ended);
  for (const char* verb : {"replay", "shrink", "chart", "diff"}) {
    CAPTURE(verb);
    const auto complaint = [&](const std::string& name) {
      const sim::said s = say({verb, p.at(name)}, p);
      CHECK(s.code == 2);
      return s.text;
    };
    CHECK(sim::has(complaint("missing.run"), "missing.run: No such file"));
    CHECK(sim::has(complaint("no.run"), "no.run, line 1: this is no recorded run"));
    const std::string unknown = complaint("unknown.run");
    CHECK(sim::has(unknown, "the scenario 'unknown' is not one of try (there is race, trap)"));
    CHECK(sim::has(unknown, p.at("gone") + " sim, which recorded it, is gone"));
    CHECK(sim::has(complaint("ended.run"), "this run ended its program"));
    CHECK(sim::has(say({verb}, p).text, "FILE is missing"));
    CHECK(sim::has(say({verb, "a", "b", "c"}, p).text, "one word too many"));
    CHECK(sim::has(say({verb, file, "--nonsense"}, p).text, "there is no option '--nonsense'"));
    const sim::said help = say({verb, "--help"}, p);
    CHECK(help.code == 0);
    CHECK(sim::has(help.text, "Example: try " + std::string(verb)));
  }
  CHECK(sim::has(say({"diff", file, file, "--seed", "3"}, p).text, "either OTHER or --seed"));
}

TEST_CASE("a file of another program is handed to that program, with the same words") {
  const sim::place p;
  sim::recorded_run run = sim::load_run(failing_file(p));
  run.scenario = "unknown";
  run.program = "/bin/echo these are";
  save(p.at("far.run"), run);
  const sim::child_result r = sim::wait_for(sim::start_child([&] {
    ::close(1);
    std::ofstream(p.at("echoed")).close();
    REQUIRE(std::freopen(p.at("echoed").c_str(), "w", stdout) != nullptr);
    sim::command("try", "/bin/try", {"chart", p.at("far.run"), "--width", "70"}, scenarios());
    return std::string("it came back");
  }));
  CHECK(r.text.empty());
  std::ifstream in(p.at("echoed"));
  std::string line;
  std::getline(in, line);
  CHECK(line == "these are chart " + p.at("far.run") + " --width 70");
}

TEST_CASE("the program line may hold blanks, and words behind the program") {
  const sim::place p;
  const std::string path = p.at("my program");
  std::ofstream(path) << "#!/bin/sh\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  CHECK(sim::split_program(path).file == path);
  CHECK(sim::split_program(path).words.empty());
  CHECK(sim::split_program(path + " sim x").file == path);
  CHECK(sim::split_program(path + " sim x").words == std::vector<std::string>{"sim", "x"});
  CHECK(sim::split_program("/no/such thing").file == "/no/such thing");
  CHECK(sim::path_of_this_program("x").ends_with("beamish_sim_tests"));
}
