// SPDX-License-Identifier: Apache-2.0
//
// Names: one holder each, free before anybody hears of the holder's death.
#include "tests/sim/help.hpp"

namespace {

bool takes_name(std::string_view name) {
  try {
    register_name(name);
    return true;
  } catch (const argument_error&) {
    return false;
  }
}

struct claim {
  pid who;
  bool won;
  bool second;
};

// P22: one process per name, one name per process.
task<> one_holder(sim::world& w) {
  const pid me = self();
  const std::uint32_t contenders = 2 + w.pick(4);
  std::vector<pid> all;
  for (std::uint32_t i = 0; i < contenders; ++i) {
    all.push_back(spawn([me]() -> task<> {
      const bool won = takes_name("throne");
      const bool second = takes_name("stool");
      send(me, claim{self(), won, second});
      co_await help::wait_for_ever();
    }));
  }
  pid king, fool;
  for (std::uint32_t i = 0; i < contenders; ++i) {
    const claim c = co_await receive<claim>();
    w.require(!c.won || !king, "one process per name");
    w.require(!c.second || !fool, "one process per name");
    w.require(!c.won || !c.second, "one name per process");
    if (c.won) king = c.who;
    if (c.second) fool = c.who;
  }
  w.require(king != pid{} && fool != pid{}, "one of them has it");
  w.require(whereis("throne") == king && whereis("stool") == fool, "and whereis knows");
  for (const pid p : all) co_await help::kill(p);
  w.require(registered().empty(), "names go with their holders");
}

// The next of a line of heirs: takes the name when it hears of the end of the one before.
task<> heir(sim::world& w, pid before, std::uint32_t end) {
  co_await help::end_of(before);
  w.require(whereis("throne") != before, "the name is free before the DOWN");
  if (!whereis("throne")) w.require(takes_name("throne"), "a free name can be taken");
  co_await beamish::sleep(10us * (end % 3));
  if (end == 3) throw std::runtime_error("abdicates");
  if (end == 4) beamish::exit(self(), exit_reason::kill());
  if (end == 5) unregister_name("throne");
}

// P23: a name is free as soon as the death can be observed.
task<> free_before_down(sim::world& w) {
  const std::uint32_t heirs = 1 + w.pick(5);
  pid last = spawn([&w]() -> task<> {
    if (!whereis("throne")) w.require(takes_name("throne"), "a free name can be taken");
    co_await beamish::sleep(20us);
  });
  for (std::uint32_t i = 0; i < heirs; ++i) last = spawn(heir, std::ref(w), last, w.pick(6));
  co_await help::end_of(last);
}

struct parcel {
  std::uint32_t number;
};
struct delivered {
  pid to;
  std::uint32_t number;
};

// A name leads to who holds it when the message is sent: nothing is lost or doubled when it moves.
task<> a_name_moves(sim::world& w) {
  const pid me = self();
  const std::uint32_t count = 2 + w.pick(6), holders = 2 + w.pick(2);
  std::vector<pid> all;
  for (std::uint32_t i = 0; i < holders; ++i) {
    all.push_back(spawn([me]() -> task<> {
      for (;;) {
        const parcel p = co_await receive<parcel>();
        send(me, delivered{self(), p.number});
      }
    }));
  }
  sim::once arrivals(w, "parcel");
  auto sender = spawn_monitor([count, arrivals]() mutable -> task<> {
    for (std::uint32_t i = 0; i < count; ++i) {
      arrivals.owe(i);
      try {
        send("post", parcel{i});
      } catch (const argument_error&) {
        arrivals.waive(i);
      }
      if (i % 2 == 0) co_await beamish::sleep(10us);
    }
  });
  for (std::uint32_t i = 0; i < 2 * holders; ++i) {
    register_name("post", all[i % holders]);
    w.require(whereis("post") == all[i % holders], "the new holder");
    co_await beamish::sleep(help::moment(w));
    unregister_name("post");
  }
  co_await help::down_of(sender.id);
  std::vector<std::uint32_t> latest(holders);
  while (arrivals.open() > 0) {
    const delivered d = co_await receive<delivered>();
    arrivals.happened(d.number);
    const auto at = static_cast<std::size_t>(std::find(all.begin(), all.end(), d.to) - all.begin());
    w.require(d.number + 1 > latest[at], "each holder gets them in order");
    latest[at] = d.number + 1;
  }
  for (const pid p : all) co_await help::kill(p);
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> name_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms);
  const auto deadly = sim::faults().delay_signals(0.05, 2s).kill_processes(0.02);
  return {
      {"one_holder", "one process per name, one name per process", one_holder, {.faults = slow}},
      {"free_before_down",
       "a name is free as soon as its holder's death can be observed",
       free_before_down,
       {.faults = deadly}},
      {"a_name_moves",
       "a message by name goes to who holds it, once, in order",
       a_name_moves,
       {.faults = slow}},
  };
}
