// SPDX-License-Identifier: Apache-2.0
//
// Names: one holder each, free before anybody hears of the holder's death.
#include <map>

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

// P20 to P23: whoever registers whom, and takes names back: one name each, one holder each, and
// each can be used again.
task<> names_by_the_book(sim::world& w) {
  const char* const names[] = {"throne", "stool", "bench"};
  std::vector<pid> all;
  std::map<std::string, pid> holders;
  help::script acts(w, 12);
  const auto name_of = [&](pid p) {
    for (const auto& [name, holder] : holders) {
      if (holder == p) return name;
    }
    return std::string();
  };
  for (std::uint32_t more = 1 + w.pick(3); more != 0; --more)
    all.push_back(spawn(help::wait_for_ever));
  for (auto& act : acts) {
    const std::uint32_t what = act.pick(10);
    const std::string name = names[act.pick(3)];
    pid& who = all[act.pick(static_cast<std::uint32_t>(all.size()))];
    if (what == 0) continue;
    if (what <= 5) {
      const bool may = !holders.contains(name) && name_of(who).empty();
      bool done = true;
      try {
        register_name(name, who);
      } catch (const argument_error&) {
        done = false;
      }
      w.require(done == may, "a free name for a process without one, and nothing else");
      if (done) holders[name] = who;
    } else if (what <= 7) {
      const bool may = holders.erase(name) == 1;
      bool done = true;
      try {
        unregister_name(name);
      } catch (const argument_error&) {
        done = false;
      }
      w.require(done == may, "a name that somebody has can be taken back");
    } else {
      if (const std::string its = name_of(who); !its.empty()) holders.erase(its);
      co_await help::kill(who);
      who = spawn(help::wait_for_ever);
    }
    for (const char* each : names) {
      const auto at = holders.find(each);
      w.require(whereis(each) == (at == holders.end() ? pid{} : at->second), "who has the name");
    }
    w.require(registered().size() == holders.size(), "as many names as are held");
  }
  for (const pid p : all) co_await help::kill(p);
  w.require(registered().empty(), "names go with their holders");
}

// Names that hold for all nodes: one holder each, any number per process, free with the death.
task<> global_names_by_the_book(sim::world& w) {
  constexpr std::uint32_t names = 3;
  std::vector<pid> all;
  std::map<std::uint32_t, pid> holders;
  help::script acts(w, 10);
  for (std::uint32_t more = 1 + w.pick(3); more != 0; --more)
    all.push_back(spawn(help::wait_for_ever));
  for (auto& act : acts) {
    const std::uint32_t what = act.pick(8), number = act.pick(names);
    pid& who = all[act.pick(static_cast<std::uint32_t>(all.size()))];
    const global name{term(number)};
    if (what == 0) continue;
    if (what <= 4) {
      const bool done = name.register_process(who);
      w.require(done == !holders.contains(number), "a free name, and no other");
      if (done) holders[number] = who;
    } else if (what == 5) {
      name.unregister();
      holders.erase(number);
    } else {
      std::erase_if(holders, [who](const auto& held) { return held.second == who; });
      co_await help::kill(who);
      w.require(!name.register_process(who), "the dead get no name");
      who = spawn(help::wait_for_ever);
    }
    for (std::uint32_t n = 0; n < names; ++n) {
      const auto at = holders.find(n);
      w.require(whereis(global(term(n))) == (at == holders.end() ? pid{} : at->second),
                "who has the name");
    }
  }
  for (const pid p : all) co_await help::kill(p);
  for (std::uint32_t n = 0; n < names; ++n)
    w.require(!whereis(global(term(n))), "names go with their holders");
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
      {"names_by_the_book",
       "names are given, taken back, given again, and go with their holders",
       names_by_the_book,
       {.faults = slow}},
      {"free_before_down",
       "a name is free as soon as its holder's death can be observed",
       free_before_down,
       {.faults = deadly}},
      {"global_names_by_the_book", "global names as a model has them", global_names_by_the_book},
      {"a_name_moves",
       "a message by name goes to who holds it, once, in order",
       a_name_moves,
       {.faults = slow}},
  };
}
