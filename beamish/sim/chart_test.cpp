// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/chart.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/simulation.hpp"

using namespace beamish;
using namespace std::chrono_literals;
using kind = sim::chart_row::kind;

namespace {

struct job {
  int number;
};

sim::verdict play(const sim::launcher& body, std::vector<sim::decision> answers = {},
                  sim::faults f = {}) {
  sim::trial_options o;
  o.keeps_trace = true;
  o.leftovers = true;
  o.answers = sim::script{std::move(answers), false, false};
  o.faults = f;
  return sim::run_in_simulation(body, o, 1);
}

sim::chart chart_of(const sim::launcher& body) { return sim::make_chart("it", play(body)); }

std::vector<std::string> sentences(const sim::chart& c) {
  std::vector<std::string> all;
  for (const sim::chart_row& r : c.rows) all.push_back(sim::sentence(c, r));
  return all;
}

bool says(const sim::chart& c, const std::string& sentence) {
  const auto all = sentences(c);
  return std::find(all.begin(), all.end(), sentence) != all.end();
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

task<> worker() {
  set_label("worker");
  job j = co_await receive<job>();
  throw std::runtime_error("job " + std::to_string(j.number));
}

// Spawning with a monitor, a message with a term, a death with its reason, a mark.
task<> hand_out(sim::world& w) {
  auto one = spawn_monitor(worker);
  send(one.process, job{7});
  w.note("job 7 is out");
  co_await receive<down_message>();
}

std::size_t widest(const std::string& text) {
  std::size_t most = 0, line = 0;
  for (char c : text) {
    if (c == '\n')
      line = 0;
    else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80)
      most = std::max(most, ++line);
  }
  return most;
}

}  // namespace

TEST_CASE("a chart tells who sent what to whom, and why somebody ended") {
  const sim::chart c = chart_of(sim::launcher_of(hand_out));
  REQUIRE(c.lanes.size() == 2);
  CHECK(c.lanes[0].name == "test");
  CHECK(c.lanes[1].name == "worker");
  CHECK(c.lanes[1].number == "p2");
  CHECK(says(c, "test spawns worker (monitored)"));
  CHECK(says(c, "test sends {:job, 7} to worker"));
  CHECK(says(c, "job 7 is out"));
  CHECK(says(c, "worker gets {:job, 7} (step 1) from test"));
  const auto all = sentences(c);
  CHECK(std::any_of(all.begin(), all.end(), [](const std::string& s) {
    return s.starts_with("worker ends: ") && has(s, "job 7");
  }));
  CHECK(std::any_of(all.begin(), all.end(), [](const std::string& s) {
    return s.starts_with("worker sends DOWN ") && s.ends_with(" to test");
  }));
  CHECK(c.failure.empty());
}

TEST_CASE("a sending and its arrival know each other; lanes begin and end where they do") {
  const sim::chart c = chart_of(sim::launcher_of(hand_out));
  std::size_t pairs = 0;
  for (std::size_t i = 0; i < c.rows.size(); ++i) {
    if (c.rows[i].pair == sim::chart_row::none) continue;
    CHECK(c.rows[c.rows[i].pair].pair == i);
    CHECK(c.rows[c.rows[i].pair].text == c.rows[i].text);
    ++pairs;
  }
  CHECK(pairs >= 2);
  const sim::chart_lane& lane = c.lanes[1];
  CHECK(c.rows[lane.born].what == kind::spawn);
  CHECK(c.rows[lane.ended].what == kind::exit);
}

TEST_CASE("a failing run ends with its failure") {
  const sim::chart c = chart_of(sim::launcher_of([](sim::world& w) { w.fail("it broke"); }));
  CHECK(c.failure == "invariant: it broke");
  REQUIRE(!c.rows.empty());
  CHECK(c.rows.back().what == kind::failure);
  const std::string text = sim::chart_text(c, {.width = 60});
  CHECK(has(text, "\nFAILS: invariant: it broke\n"));
  CHECK(has(sim::chart_html(c), "<g id=\"fails\""));
}

TEST_CASE("timers, and faults with what they hit, are told") {
  const sim::chart c = chart_of(sim::launcher_of([](sim::world& w) -> task<> {
    w.node("b@sim");
    w.cut("a@sim", "b@sim", 5ms);
    send_after(3ms, self(), job{1});
    co_await receive<job>();
    co_await receive<job>(10ms);
  }));
  CHECK(says(c, "timer: {:job, 1} to test, runs"));
  CHECK(says(c, "fault: cut a@sim -> b@sim for 0.005000000 s"));
  CHECK(says(c, "fault: healed a@sim -> b@sim"));
  const auto all = sentences(c);
  CHECK(std::any_of(all.begin(), all.end(),
                    [](const std::string& s) { return s.starts_with("timer: timeout to test"); }));
}

TEST_CASE("a column is taken again when its process has ended") {
  const sim::chart c = chart_of(sim::launcher_of([]() -> task<> {
    for (int i = 0; i < 5; ++i) {
      spawn_monitor([] {});
      co_await receive<down_message>();
    }
  }));
  CHECK(c.lanes.size() == 6);
  CHECK(c.columns == 2);
  CHECK(c.lanes[3].name == "p4");  // five have the same name
}

TEST_CASE("what repeats is folded, and the rest keeps its place") {
  sim::chart c = chart_of(sim::launcher_of([](sim::world& w) -> task<> {
    for (int i = 0; i < 100; ++i) co_await beamish::sleep(1ms);
    w.note("now");
    for (int i = 0; i < 2; ++i) co_await beamish::sleep(1ms);
  }));
  const std::size_t before = c.rows.size();
  CHECK(before > 100);
  sim::fold_repeats(c);
  CHECK(c.rows.size() < 12);
  const auto folded = std::find_if(c.rows.begin(), c.rows.end(),
                                   [](const auto& r) { return r.what == kind::fold; });
  REQUIRE(folded != c.rows.end());
  CHECK(has(folded->text, "the same 99 more times, to step "));
  CHECK(says(c, "now"));
  CHECK(c.rows[c.lanes[0].born].what == kind::spawn);
  CHECK(c.rows[c.lanes[0].ended].what == kind::exit);
}

TEST_CASE("rounds of several rows are folded as a whole") {
  sim::chart c = chart_of(sim::launcher_of([]() -> task<> {
    const pid other = spawn([]() -> task<> {
      for (;;) {
        auto from = co_await receive<pid>();
        send(from, job{1});
      }
    });
    for (int i = 0; i < 50; ++i) {
      send(other, self());
      co_await receive<job>();
    }
  }));
  sim::fold_repeats(c);
  CHECK(c.rows.size() < 25);
  CHECK(std::any_of(c.rows.begin(), c.rows.end(), [](const auto& r) {
    return r.what == kind::fold && r.text.starts_with("these ");
  }));
}

TEST_CASE("the text keeps to its width, also with many processes, and in ASCII") {
  const auto body = sim::launcher_of([]() -> task<> {
    std::vector<pid> all;
    for (int i = 0; i < 60; ++i) {
      all.push_back(spawn([]() -> task<> { co_await receive<std::string>(); }));
    }
    for (pid p : all) send(p, std::string(200, 'x'));
    co_await beamish::sleep(1s);
  });
  const sim::chart c = chart_of(body);
  for (unsigned width : {60u, 80u, 200u}) {
    CHECK(widest(sim::chart_text(c, {.width = width})) <= width);
  }
  const std::string ascii = sim::chart_text(c, {.width = 80, .ascii = true});
  CHECK(std::all_of(ascii.begin(), ascii.end(), [](char ch) { return ch >= 0; }));
  CHECK(has(sim::chart_text(c, {.width = 80, .color = true}), "\x1b[2m"));
}

TEST_CASE("the picture of a small run") {
  const std::string text =
      sim::chart_text(chart_of(sim::launcher_of(hand_out)), {.width = 80, .ascii = true});
  CHECK(has(text,
            "\n    1           *--.  test spawns worker (monitored)\n"
            "                o  |  test sends {:job, 7} to worker\n"
            "                #  |  job 7 is out\n"));
  CHECK(has(text, "+-->  worker gets {:job, 7} (step 1) from test"));
}

TEST_CASE("the page holds each message and process, escaped, and nothing from elsewhere") {
  const sim::chart c = chart_of(sim::launcher_of([](sim::world& w) -> task<> {
    set_label("<b>&\"");
    w.note("a <script> & \"quotes\"");
    spawn(worker);
    co_await beamish::sleep(1ms);
  }));
  const std::string page = sim::chart_html(c);
  CHECK(has(page, "&lt;b&gt;&amp;&quot;"));
  CHECK(has(page, "a &lt;script&gt; &amp; &quot;quotes&quot;"));
  CHECK_FALSE(has(page, "a <script>"));
  CHECK_FALSE(has(page, "src="));
  CHECK_FALSE(has(page, "href="));
  std::string rest = page;
  const std::string allowed = "http://www.w3.org/2000/svg";
  for (std::size_t at = rest.find(allowed); at != rest.npos; at = rest.find(allowed))
    rest.erase(at, allowed.size());
  CHECK_FALSE(has(rest, "http"));
  CHECK(has(page, "data-words=\"step 1, 0: &lt;b&gt;&amp;&quot; spawns worker\""));
  CHECK(page.ends_with("</html>\n"));
}

TEST_CASE("times and names for people") {
  CHECK(sim::short_time(0) == "0");
  CHECK(sim::short_time(5) == "5 ns");
  CHECK(sim::short_time(1'500) == "1.5 us");
  CHECK(sim::short_time(100'000'000) == "100 ms");
  CHECK(sim::short_time(3'600'000'000'000) == "3600 s");
  CHECK(sim::short_call("beamish::sim::first_process<beamish::task<> (*)()>") == "test");
  CHECK(sim::short_call("(lambda at /home/me/a b/canary.cpp:18:11)") == "lambda canary.cpp:18");
  CHECK(sim::short_call("(lambda at canary.cpp:18:11)") == "lambda canary.cpp:18");
  CHECK(sim::short_call("{anonymous}::canary(beamish::sim::world&)::<lambda()>") ==
        "lambda in canary");
  CHECK(sim::short_call("std::function<beamish::task<> ()>") == "function");
  CHECK(sim::short_call("beamish::counter") == "counter");
}

TEST_CASE("the marks, labels and texts of a run change nothing in it") {
  const auto body = sim::launcher_of(hand_out);
  const sim::verdict kept = play(body);
  sim::trial_options o;
  o.leftovers = true;
  o.answers = sim::script{{}, false, false};
  const sim::verdict bare = sim::run_in_simulation(body, o, 1);
  CHECK(kept.trace_hash == bare.trace_hash);
  CHECK(kept.decisions == bare.decisions);
  CHECK(bare.events.empty());
}
