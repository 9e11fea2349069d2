// SPDX-License-Identifier: Apache-2.0
//
// Links and monitors between nodes that lose each other: everybody keeps an account of its ties,
// and hears of the end of each once, and of none that was undone.
#include <map>

#include "tests/sim/help.hpp"

namespace {

// The sender has just linked to the receiver for the `number`th time, or undone that.
struct note {
  int from;
  bool linked;
  int number;
};
struct begin {};

struct watch {
  int target;
  bool undone = false;
  bool heard = false;
};

// Those of lower numbers ask for links, both sides may undo them.
struct account {
  pid process;
  bool alive = true;
  std::map<reference, watch> watches = {};
  std::map<int, int> asked = {};      // of whom, how often
  std::map<int, int> known = {};      // by whom, as its last note says
  std::map<int, int> exits = {};      // of whom, how many have come
  std::map<int, bool> linked = {};    // to whom: if that one dies an EXIT is owed
  std::map<int, bool> unlinked = {};  // of whom no EXIT may come
  std::map<int, bool> left_by = {};   // who has ever unlinked it: that may undo a later link, too
};

struct club {
  explicit club(sim::world& w) : place(w) {}
  sim::world& place;
  std::vector<account> all;

  int number_of(pid p) const {
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].process == p) return static_cast<int>(i);
    }
    return -1;
  }
};

class member_of {
 public:
  member_of(club& c, int number) : club_(c), number_(number) {}

  void hear(const down_message& d) {
    const auto at = me().watches.find(d.id);
    require(at != me().watches.end() && !at->second.undone, "a DOWN that was not taken back");
    if (at == me().watches.end()) return;
    require(!at->second.heard, "a DOWN comes once");
    at->second.heard = true;
  }
  void hear(const exit_message& e) {
    const int peer = club_.number_of(e.from);
    require(!me().unlinked[peer], "no EXIT of who is not linked any more");
    account& other = club_.all[static_cast<std::size_t>(peer)];
    require(++me().exits[peer] <= me().asked[peer] + other.asked[number_], "an EXIT of each link");
    me().linked[peer] = false;
  }
  // What came before it on this way has come.
  void hear(const note& n) {
    me().known[n.from] = n.number;
    const bool latest = club_.all[static_cast<std::size_t>(n.from)].asked[number_] == n.number;
    // Of who never asks for links: a request of one's own may have come behind it.
    if (!n.linked && latest && n.from < number_) me().unlinked[n.from] = true;
  }

  task<> act() {
    const int peer = static_cast<int>(place().pick(static_cast<std::uint32_t>(club_.all.size())));
    const std::uint32_t what = place().pick(6);
    if (peer == number_) co_return;
    account& other = club_.all[static_cast<std::size_t>(peer)];
    if (what <= 1) me().watches[monitor(other.process)] = {peer};
    if (what == 2) undo_a_watch();
    if (what == 3 && number_ < peer) {
      ++me().asked[peer];
      me().linked[peer] = !me().left_by[peer];
      me().unlinked[peer] = other.unlinked[number_] = false;
      link(other.process);
      send(other.process, note{number_, true, me().asked[peer]});
    }
    if (what == 4) co_await undo_a_link(peer);
    if (what == 5 && place().pick(4) == 3) {
      me().alive = false;
      beamish::exit(exit_reason(atom("own")));
    }
  }

 private:
  task<> undo_a_link(int peer) {
    account& other = club_.all[static_cast<std::size_t>(peer)];
    unlink(other.process);
    // What had come before.
    const auto of_it = [p = other.process](const exit_message& e) { return e.from == p; };
    auto old = co_await receive_if<exit_message>(0s, of_it);
    while (old) {
      hear(*old);
      old = co_await receive_if<exit_message>(0s, of_it);
    }
    me().linked[peer] = other.linked[number_] = false;
    other.left_by[number_] = true;
    // A request of the other's may still be under way, and comes behind this.
    me().unlinked[peer] = number_ < peer || me().known[peer] == other.asked[number_];
    send(other.process, note{number_, false, me().asked[peer]});
  }
  void undo_a_watch() {
    std::vector<reference> open;
    for (const auto& [id, w] : me().watches) {
      if (!w.undone && !w.heard) open.push_back(id);
    }
    if (open.empty()) return;
    const reference id = open[place().pick(static_cast<std::uint32_t>(open.size()))];
    demonitor(id, true);
    me().watches[id].undone = true;
  }
  account& me() { return club_.all[static_cast<std::size_t>(number_)]; }
  sim::world& place() { return club_.place; }
  void require(bool holds, const char* what) { club_.place.require(holds, what); }

  club& club_;
  int number_;
};

task<> take_part(club& c, int number) {
  trap_exits(true);
  member_of me(c, number);
  co_await receive<begin>();
  std::uint32_t acts = c.place.pick(16);
  auto at = now() + c.place.pick(4) * 10s;
  for (;;) {
    const duration rest = acts == 0 ? infinity : std::max(duration(0), duration(at - now()));
    const auto got = co_await receive<down_message, exit_message, note>(rest);
    if (got) {
      std::visit([&me](const auto& m) { me.hear(m); }, *got);
      continue;
    }
    --acts;
    co_await me.act();
    // At full tens of seconds, so that much happens at the time at which a connection is lost.
    if (c.place.pick(2) == 1) at += 10s * (1 + c.place.pick(3));
  }
}

// Everything has been heard of those that are dead.
task<> nothing_is_owed(club& c) {
  co_await beamish::sleep(10min);
  for (account& a : c.all) {
    if (!a.alive) continue;
    for (const auto& [id, w] : a.watches) {
      const bool over = !c.all[static_cast<std::size_t>(w.target)].alive;
      c.place.require(!over || w.undone || w.heard, "a DOWN of each that is dead");
    }
    for (const auto& [peer, linked] : a.linked) {
      const bool over = !c.all[static_cast<std::size_t>(peer)].alive;
      c.place.require(!linked || !over, "an EXIT of each that is dead");
    }
  }
}

// P11 to P19, N1, N6.
task<> ties_by_the_book(sim::world& w) {
  if (!w.simulated()) co_return;  // there is one node then, or nothing is lost
  club c(w);
  const char* const nodes[] = {"b@sim", "c@sim"};
  const std::uint32_t count = 2 + w.pick(4);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto body = [&c, number = static_cast<int>(i)] { return take_part(c, number); };
    c.all.push_back({w.node(nodes[i % 2]).spawn(body)});
  }
  for (const account& a : c.all) send(a.process, begin{});
  for (std::uint32_t faults = w.pick(4); faults != 0; --faults) {
    co_await beamish::sleep(10s * w.pick(6));
    const std::uint32_t which = w.pick(4);
    const duration lasts = w.pick(3) == 2 ? duration(30s) : duration(2min);
    if (which <= 1) w.cut(nodes[0], nodes[1], lasts);
    if (which == 0 || which == 2) w.cut(nodes[1], nodes[0], lasts);
    if (which != 3) continue;
    for (std::size_t i = 1; i < c.all.size(); i += 2) c.all[i].alive = false;
    w.crash(nodes[1], 24h);
  }
  co_await beamish::sleep(20min);
  w.calm();
  for (account& a : c.all) {
    co_await nothing_is_owed(c);
    if (!a.alive) continue;
    a.alive = false;
    beamish::exit(a.process, exit_reason::kill());
  }
  co_await nothing_is_owed(c);
  for (const char* node : nodes) w.stop(node);
}

// ---- what had come before the connection was lost

struct unlinked {};

// Linked by one that unlinks it when their nodes part. What has not arrived by then has not been.
task<> stays(sim::world& w, pid owner, bool cut_off) {
  trap_exits(true);
  send(owner, begin{});
  const auto got = co_await receive<unlinked, exit_message>(10min);
  w.require(!cut_off || (got && got->index() == 1), "nobody has unlinked it that it knows of");
  if (!got) co_return;  // unlinked, and the message was lost
  if (got->index() == 1) {
    w.require(std::get<1>(*got).reason.is("noconnection"), "why a link breaks");
    co_return;
  }
  const auto late = co_await receive<exit_message>(10min);
  w.require(!late, "who has unlinked it breaks no link");
}

// P11, N1: a link ends with the connection, unless it was undone before.
task<> parting_nodes(sim::world& w) {
  if (!w.simulated()) co_return;  // there is one node then
  const pid me = self();
  const bool cut = w.pick(2) == 1;
  const std::uint32_t pairs = 1 + w.pick(3);
  w.node("c@sim");
  sim::once ends(w, "end of one who stays");
  for (std::uint32_t i = 0; i < pairs; ++i) {
    const pid one = w.node("b@sim").spawn([&w, me, cut] { return stays(w, me, cut); });
    ends.owe(monitor(one));
    co_await receive<begin>();
    w.node("c@sim").spawn([one]() -> task<> {
      link(one);
      co_await beamish::sleep(10s);
      unlink(one);
      send(one, unlinked{});
      co_await help::wait_for_ever();
    });
  }
  co_await beamish::sleep(cut ? 5s : 10s);
  if (cut)
    w.cut("c@sim", "b@sim", 5min);
  else
    w.crash("c@sim", 24h);
  co_await help::ends_of(w, ends, "normal");
  w.calm();
  for (const char* node : {"b@sim", "c@sim"}) w.stop(node);
}

}  // namespace

std::vector<sim::scenario> tie_scenarios() {
  return {
      {"parting_nodes",
       "a node that goes breaks the links that it has, and no others",
       parting_nodes,
       {.faults = sim::faults().delay_signals(0.05, 1ms)}},
      {"ties_by_the_book",
       "links and monitors between nodes that lose each other: the end of each is told once",
       ties_by_the_book,
       {.faults = sim::faults().delay_signals(0.02, 2s).slow_nodes(0.01, 1ms)}},
  };
}
