// SPDX-License-Identifier: Apache-2.0
//
// The chart of a run: who sent what to whom, when it arrived, and where the run failed; for people.
//
// ```cpp
// #include "beamish/beamish.hpp"
// #include "beamish/sim/chart.hpp"
//
// void greet(sim::world& w) {
//   const pid other = spawn([]() -> task<> {
//     set_label("greeter");
//     co_await receive<int>();
//   });
//   send(other, 42);
//   w.note("greeted");
// }
// sim::trial_options o{.keeps_trace = true};
// sim::verdict v = sim::run_in_simulation(sim::launcher_of(greet), o, 1);
// sim::chart c = sim::make_chart("greet", v);
// c.lanes.size();               //=> 2u
// c.lanes[1].name;              //=> "greeter"
// sim::sentence(c, c.rows[1]);   //=> "test spawns greeter"
// auto text = sim::chart_text(c, {.width = 80});
// text.find("greeted") != std::string::npos;                  //=> true
// sim::chart_html(c).starts_with("<!DOCTYPE html>");           //=> true
// ```
//
// Guarantees: the same run gives the same chart. A signal that arrives right after it was sent is
// one row, and so is a turn of a process with the first thing that it does; what repeats is
// folded, and says how often. The HTML page needs nothing but itself.
//
// Threads: values. Units: virtual nanoseconds. Errors: none. Mirrors what OTP's et_viewer draws.
// When not to use it: for programs; `replay --trace` prints a line for each event.
// tested in: chart_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "beamish/sim/trial.hpp"

namespace beamish::inline v0::sim {

struct chart_row {
  enum class kind : std::uint8_t {
    run,      // a turn without further effect
    spawn,    // who: the parent; whom: the child
    send,     // it sets out, and arrives in another row or not at all
    arrive,   // who: the sender; whom: the receiver
    pass,     // it arrives where it is sent, without delay
    timer,    // whom: to whom
    exit,     // text: the reason
    note,     // what the test says
    fault,    // what goes wrong on purpose
    work,     // a thread, a blocking function, a call inside its caller
    failure,  // the run's; the last row
    fold,     // text: how much is left out
  };
  static constexpr int nobody = -1;  // the outside, or the world itself
  static constexpr std::size_t none = ~std::size_t{0};

  kind what = kind::run;
  std::uint64_t step = 0;
  std::int64_t time = 0;
  int who = nobody, whom = nobody;  // places in lanes
  std::string text;
  std::string word;         // the message's type, equal for all that repeat
  std::size_t pair = none;  // of a send: the row in which it arrives; and the other way round
  int turn_of = nobody;     // whose turn begins here
};

struct chart_lane {
  std::string name;    // for people: "job 3", or "p7" where several have the same name
  std::string number;  // "p7"
  std::string known_as;
  int column = 0;                                 // taken again after its end
  std::size_t born = 0, ended = chart_row::none;  // rows
};

struct chart {
  std::string title;
  std::string failure;  // empty if all went well
  std::vector<chart_lane> lanes;
  std::vector<chart_row> rows;
  int columns = 0;
};

// REQUIRES: `v` was played with keeps_trace.
chart make_chart(const std::string& title, const verdict& v);
// What happens again and again becomes one row that says so, at least `times`.
void fold_repeats(chart& c, std::size_t times = 3);

struct chart_style {
  unsigned width = 80;
  bool ascii = false;
  bool color = false;
};
std::string chart_text(chart c, const chart_style& style);
std::string chart_html(chart c);

// A row in words: "taught sends {:add, 3} to job 8".
std::string sentence(const chart& c, const chart_row& row);
// "0", "5 us", "100 ms", "1.25 s"
std::string short_time(std::int64_t nanoseconds);
// "test", "lambda canary.cpp:18": what a process began with, without what compilers add.
std::string short_call(const std::string& initial_call);

}  // namespace beamish::inline v0::sim
