// SPDX-License-Identifier: Apache-2.0
//
// Links that are made, taken back and broken at the same time, and rings of them.
#include "tests/sim/help.hpp"

namespace {

exit_reason own(std::uint32_t number) { return exit_reason(tuple(atom("own"), number)); }

// Both link each other at the same time: that is one link, and one EXIT; one unlink ends it.
task<> links_crossing(sim::world& w) {
  trap_exits(true);
  const pid me = self();
  const std::uint32_t first = w.pick(2), second = w.pick(2);
  const pid peer = spawn([me, first]() -> task<> {
    link(me);
    co_await receive<atom>();
    if (first == 1) unlink(me);
    send(me, atom("linked"));
    co_await receive<atom>();
    beamish::exit(own(1));
  });
  link(peer);
  send(peer, atom("linked"));
  co_await receive<atom>();
  if (second == 1) unlink(peer);
  send(peer, atom("end"));
  co_await help::end_of(peer);
  const bool linked = first == 0 && second == 0;
  const auto e = co_await receive<exit_message>(linked ? infinity : help::a_while(w));
  w.require(e.has_value() == linked, "an EXIT if they are linked");
  if (e) w.require(e->from == peer && e->reason == own(1), "of the peer");
  co_await sim::nothing_more(w);
}

// P13, P14, P15: an EXIT for each link that is broken, none for one that was taken back.
task<> link_and_unlink(sim::world& w) {
  trap_exits(true);
  const pid peer = spawn(help::wait_for_ever);
  const duration end = 10us * w.pick(6);
  spawn([peer, end]() -> task<> {
    co_await beamish::sleep(end);
    beamish::exit(peer, own(7));
  });
  const std::uint32_t rounds = w.pick(6);
  for (std::uint32_t i = 0; i < rounds; ++i) {
    link(peer);
    if (w.pick(2) == 1) link(peer);
    co_await beamish::sleep(help::moment(w));
    unlink(peer);
    // What came before the unlink may be there, once; nothing comes behind it.
    const auto before = co_await receive<exit_message>(0s);
    if (before) w.require(before->from == peer, "of the peer");
    const auto twice = co_await receive<exit_message>(0s);
    w.require(!twice, "a link twice is a link once");
    const auto late = co_await receive<exit_message>(10us * w.pick(3));
    w.require(!late, "no EXIT of a link that was taken back");
  }
  link(peer);
  const auto e = co_await receive<exit_message>();
  w.require(e.from == peer && help::one_of(e.reason, {own(7), exit_reason::noproc()}),
            "the last link tells of the end");
  co_await sim::nothing_more(w);
}

struct place {
  pid member;
  std::uint32_t behind;
};

// Starts the rest of the ring; the last one closes it.
task<> member(pid first, std::uint32_t behind) {
  if (behind > 0)
    spawn_link(member, first, behind - 1);
  else
    link(first);
  send(first, place{self(), behind});
  co_await help::wait_for_ever();
}

// P34: a ring dies of one reason; whoever traps stops it, and hears of each neighbour once.
task<> rings_of_links(sim::world& w) {
  trap_exits(true);
  const std::uint32_t size = 2 + w.pick(4), victim = w.pick(size);
  sim::once ends(w, "end of a member");
  spawn_link(member, self(), size - 1);
  std::vector<pid> ring(size);
  for (std::uint32_t i = 0; i < size; ++i) {
    const place at = co_await receive<place>();
    ring[at.behind] = at.member;
  }
  for (const pid p : ring) ends.owe(monitor(p));
  ends.owe(ring.front());
  ends.owe(ring.back());
  beamish::exit(ring[victim], own(victim));
  while (ends.open() > 0) {
    const auto got = co_await receive<down_message, exit_message>();
    if (const auto* d = std::get_if<down_message>(&got)) {
      ends.happened(d->id);
      w.require(help::one_of(d->reason, {own(victim), exit_reason::noproc()}),
                "the reason goes through the ring");
    } else {
      const auto& e = std::get<exit_message>(got);
      ends.happened(e.from);
      w.require(e.reason == own(victim), "the reason goes through the ring");
    }
  }
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> link_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms);
  return {
      {"links_crossing",
       "two who link each other at once are linked once",
       links_crossing,
       {.faults = slow}},
      {"link_and_unlink",
       "an EXIT for each link that breaks, none for one that was taken back",
       link_and_unlink,
       {.faults = slow}},
      {"rings_of_links",
       "a ring of links dies of one reason, and who traps hears it once a link",
       rings_of_links,
       {.faults = slow}},
  };
}
