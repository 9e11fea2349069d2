// SPDX-License-Identifier: Apache-2.0
//
// Children for scenarios of supervisors: numbered, on a roster, and with habits of their own.
#pragma once

#include <optional>

#include "tests/sim/help.hpp"

namespace family {

// How a child behaves.
struct habits {
  duration init_takes{};
  duration stop_takes{};    // infinity: it never ends by itself
  std::uint32_t fails = 0;  // of its starts about one in so many fails, as the run picks
  bool ordered = true;      // it starts and stops while those of higher numbers are not there
};

// What the children of one supervisor share.
struct home {
  explicit home(sim::world& w, pid who = {}) : place(&w), there(w, "children"), watcher(who) {}
  sim::world* place;
  sim::roster there;
  pid watcher;  // hears of each start if it is not empty
};

// To the watcher: number `number` has started.
struct started {
  int number;
  pid process;
};

struct member : gen_server<member> {
  struct ping {
    using reply = int;
  };
  struct leave {
    exit_reason why;
  };
  using messages = accepts<ping, leave>;

  std::optional<sim::roster::visit> here;
  std::optional<home> at;
  habits own;
  int number = 0;

  task<init_result> init(home h, int n, habits is_wont) {
    at = std::move(h);
    own = is_wont;
    number = n;
    trap_exits(true);
    at->place->require(!own.ordered || at->there.highest() < number,
                       "a child starts when those after it are gone");
    here.emplace(at->there, number);
    if (own.init_takes.count() > 0) co_await beamish::sleep(own.init_takes);
    if (own.fails > 0 && at->place->pick(own.fails) == own.fails - 1)
      co_return stop_init(atom("no_shelf"));
    if (at->watcher) send(at->watcher, started{number, self()});
    co_return ok();
  }
  int handle_call(ping&) { return number; }
  outcome handle_cast(leave& m) { return stop(m.why); }
  void handle_info(exit_message&) {}
  task<> terminate(const exit_reason& why) {
    const bool told = why.is("shutdown");
    at->place->require(!told || !own.ordered || at->there.highest() == number,
                       "a child is told to stop when those after it are gone");
    if (own.stop_takes == infinity) co_await help::wait_for_ever();
    if (own.stop_takes.count() > 0) co_await beamish::sleep(own.stop_takes);
  }
};

inline child_specification spec(const home& h, int number, child_options o = {}, habits own = {}) {
  auto s = child_spec<member>(o, h, number, own);
  s.id = term(number);
  return s;
}

// A child that is no server, and does not trap exits.
inline task<> raw(sim::roster there, int number) {
  const sim::roster::visit here(there, number);
  co_await help::wait_for_ever();
}

// Numbers 0 ... count-1.
inline std::vector<child_specification> specs(const home& h, int count, habits own = {},
                                              child_options o = {}) {
  std::vector<child_specification> all;
  for (int number = 0; number < count; ++number) all.push_back(spec(h, number, o, own));
  return all;
}

// Ends it in one of several ways, as the run picks.
inline void end(sim::world& w, pid child) {
  const std::uint32_t how = w.pick(3);
  if (how == 0) beamish::exit(child, exit_reason::kill());
  if (how == 1) cast<member::leave>(child, exit_reason(atom("own")));
  if (how == 2) cast<member::leave>(child, exit_reason::normal());
}

// No child is there any more.
inline task<> all_gone(sim::world& w, const home& h) {
  co_await w.eventually("no child is left behind", 1min, [&] { return h.there.size() == 0; });
}

// A supervisor that faults leave alone; its children they don't.
inline task<supervisor> unharmed(sim::world& w, child_list children, supervisor::options o) {
  trap_exits(true);
  for (;;) {
    auto got = co_await supervisor::try_start_link(children, o);
    if (got.ok()) {
      w.spare(got->process());
      auto counts = co_await attempt(got->count_children());  // no kill is under way
      if (counts.ok()) co_return *got;
    }
    // Its children go with it, but later.
    co_await beamish::sleep(help::a_while(w));
  }
}

// What a supervisor says of its children is what they say themselves. When nothing is under way.
inline void tells_the_truth(sim::world& w, const std::vector<child_info>& rows,
                            const sim::roster& there) {
  std::size_t running = 0;
  for (const child_info& row : rows) {
    if (row.state == child_state::running) ++running;
    const auto number = static_cast<int>(row.id.as_integer().value());
    w.require(row.process == there.holder(number), "which_children tells the truth");
  }
  w.require(running == there.size(), "which_children forgets nobody");
}

}  // namespace family
