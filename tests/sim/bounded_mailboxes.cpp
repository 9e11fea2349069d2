// SPDX-License-Identifier: Apache-2.0
//
// Bounded mailboxes: never more than the limit, nothing accepted is lost, no place is lost, and
// whoever waits for room gets it.
#include <map>
#include <memory>

#include "tests/sim/help.hpp"

namespace {

// What the senders and the receiver of a run know together.
struct ledger {
  int pauses = 0;               // that have begun
  int ghosts = 0;               // questions of the dead that were handled
  int there = 0;                // accepted, and not taken yet
  std::map<pid, int> last;      // of each sender: the last message that was taken
  std::map<pid, int> accepted;  // how many were accepted from each
  std::map<pid, int> taken;
};
using shared_ledger = std::shared_ptr<ledger>;

// Takes what comes, with pauses.
struct desk : gen_server<desk> {
  static constexpr int ghost = -1;
  struct paper {
    pid from;
    int number;
  };
  struct question {
    using reply = int;
    int number;
  };
  struct pause {
    duration time;
  };
  using messages = accepts<paper, question, pause>;
  shared_ledger book;

  void take(const paper& p) {
    --book->there;
    ++book->taken[p.from];
    book->last[p.from] = p.number;
  }
  void handle_cast(paper& p) { take(p); }
  void handle_info(paper& p) { take(p); }
  int handle_call(question& q) {
    if (q.number == ghost) ++book->ghosts;
    return q.number;
  }
  task<> handle_cast(pause& p) {
    const duration time = p.time;
    ++book->pauses;
    co_await beamish::sleep(time);
  }
};

// In the same step as the send, or as the end of its wait: later it may be taken already.
bool noted(sim::world& w, const shared_ledger& book, int number, bool accepted) {
  if (!accepted) return false;
  ++book->there;
  ++book->accepted[self()];
  w.require(book->last[self()] < number, "what one sends is taken in its order");
  return true;
}

// Sends `count` papers and questions, each in a way that the run picks. What is refused is let go.
task<> sender(sim::world& w, server<desk> to, shared_ledger book, int count, overflow when_full) {
  for (int n = 1; n <= count; ++n) {
    switch (w.pick(4)) {
      case 0: {
        auto token = to.cast<desk::paper>(self(), n);
        const bool at_once = noted(w, book, n, token.accepted());
        if (w.pick(2) == 1) co_await beamish::sleep(help::moment(w));
        const bool sent = co_await token;
        if (!at_once) noted(w, book, n, sent);
        w.require(sent || when_full == overflow::reject, "it waits until there is room");
        break;
      }
      case 1:
        noted(w, book, n, to.cast<desk::paper>(self(), n).accepted());
        break;
      case 2: {
        const desk::paper p{self(), n};
        auto token = send(to, p);
        const bool at_once = noted(w, book, n, token.accepted());
        if (w.pick(2) == 1) co_await beamish::sleep(help::moment(w));
        const bool sent = co_await token;
        if (!at_once) noted(w, book, n, sent);
        break;
      }
      default: {
        auto got = co_await to.try_call<desk::question>(within(infinity), n);
        if (got.ok())
          w.require(*got == n, "the answer to this question");
        else
          w.require(
              when_full == overflow::reject && help::caused_by(got.reason(), {"mailbox_full"}),
              "why there is no answer");
      }
    }
    if (w.pick(4) == 1) co_await beamish::sleep(help::moment(w));
  }
}

// Takes all places, while the server takes nothing.
void fill(sim::world& w, server<desk> s, std::uint32_t limit, const shared_ledger& book) {
  for (std::uint32_t i = 0; i < limit; ++i) {
    w.require(s.cast<desk::paper>(self(), static_cast<int>(i) + 1).accepted(), "a place is free");
    ++book->there;
  }
}

// No place was lost: with nobody else there, exactly as many go in as the limit says.
task<> has_all_places(sim::world& w, server<desk> s, std::uint32_t limit, shared_ledger book) {
  co_await beamish::sleep(help::a_while(w));  // a question of a dead sender may be under way
  co_await sys::suspend(s);
  fill(w, s, limit, book);
  w.require(!s.cast<desk::paper>(self(), 0).accepted(), "and no more than those");
  co_await sys::resume(s);
  co_await w.eventually("they are taken", 1min, [book] { return book->there == 0; });
}

// All places are taken while a callback of the server waits.
task<> fill_while_it_pauses(sim::world& w, server<desk> s, std::uint32_t limit,
                            shared_ledger book) {
  const int begun = book->pauses;
  s.cast<desk::pause>(1h);
  co_await w.eventually("it pauses", 1min, [book, begun] { return book->pauses > begun; });
  fill(w, s, limit, book);
}

// A call needs a place as well, also where its server waits in a callback and could take it.
task<> calls_need_places(sim::world& w, server<desk> s, std::uint32_t limit, shared_ledger book) {
  co_await fill_while_it_pauses(w, s, limit, book);
  co_await beamish::sleep(help::a_while(w));  // they are there, not under way
  const auto got = co_await s.try_call<desk::question>(1);
  w.require(!got.ok() && help::caused_by(got.reason(), {"mailbox_full"}), "it is refused at once");
  co_await w.eventually("they are taken", 2h, [book] { return book->there == 0; });
}

// Who stood in line with a call and was killed there has not called.
task<> dead_callers_have_not_called(sim::world& w, server<desk> s, std::uint32_t limit,
                                    shared_ledger book) {
  co_await fill_while_it_pauses(w, s, limit, book);
  const pid caller =
      spawn([s]() -> task<> { co_await s.call<desk::question>(within(infinity), desk::ghost); });
  co_await beamish::sleep(help::a_while(w));
  co_await help::kill(caller);
  co_await w.eventually("they are taken", 2h, [book] { return book->there == 0; });
  co_await s.call<desk::question>(within(infinity), 0);
  w.require(book->ghosts == 0, "the dead have not called");
}

task<> bounded_server(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(3);
  const overflow when_full = w.pick(2) == 0 ? overflow::wait : overflow::reject;
  const auto book = std::make_shared<ledger>();
  const start_options options{.mailbox = {.messages = limit, .when_full = when_full}};
  const auto s = co_await start<desk>(options, book);
  const auto kept = w.always("never more than the limit",
                             [book, limit] { return book->there <= static_cast<int>(limit); });
  const std::uint32_t senders = w.pick(5);
  const int count = 1 + static_cast<int>(w.pick(6));
  sim::once ends(w, "end of a sender");
  std::vector<pid> all;
  for (std::uint32_t i = 0; i < senders; ++i) {
    const auto [p, id] = spawn_monitor(sender, std::ref(w), s, book, count, when_full);
    ends.owe(id);
    all.push_back(p);
  }
  for (std::uint32_t i = w.pick(4); i > 0; --i) {
    s.cast<desk::pause>(help::moment(w));
    co_await beamish::sleep(help::moment(w));
    if (senders > 0 && w.pick(3) == 1) beamish::exit(all[w.pick(senders)], exit_reason::kill());
  }
  co_await help::ends_of(w, ends, "normal", "killed");
  co_await w.eventually("all is taken", 1min, [book] { return book->there == 0; });
  for (const auto& [from, number] : book->accepted)
    w.require(book->taken[from] == number, "what was accepted is taken");
  co_await has_all_places(w, s, limit, book);
  if (w.simulated()) {
    if (when_full == overflow::reject)
      co_await calls_need_places(w, s, limit, book);
    else
      co_await dead_callers_have_not_called(w, s, limit, book);
  }
  co_await stop(s);
}

// ---- receivers that end

struct note {
  int number;
};
struct opened {
  pid by;
};

// A bounded process that takes some notes and ends, with whoever then waits for room.
task<> clerk(pid boss, mailbox_limit limit, std::uint32_t takes) {
  limit_mailbox(limit);
  send(boss, opened{self()});
  for (std::uint32_t i = 0; i < takes; ++i) co_await receive<note>();
}

pid open_clerk(mailbox_limit limit, std::uint32_t takes) {
  const pid me = self();
  return spawn([me, limit, takes] { return clerk(me, limit, takes); });
}
task<> is_open(pid p) {
  co_await receive_if<opened>([p](const opened& o) { return o.by == p; });
}

task<> writer(sim::world& w, pid to, int count) {
  for (int n = 0; n < count; ++n)
    w.require(co_await send(to, note{n}), "it waits for room, or for the end");
}

// Takes the slots of those that have ended, and has all its places.
task<> fresh_clerk_has_room(sim::world& w, mailbox_limit limit) {
  const pid fresh = open_clerk(limit, limit.messages);
  const reference id = monitor(fresh);
  co_await is_open(fresh);
  for (std::uint32_t i = 0; i < limit.messages; ++i)
    w.require(send(fresh, note{}).accepted(), "the places of the dead are free");
  co_await help::down_of(id);
}

// Whoever waits for room at a process that ends goes on, and what was taken there is free for the
// next one, however messages and senders end.
task<> bounded_receiver_ends(sim::world& w) {
  const mailbox_limit limit{.messages = 1 + w.pick(2), .when_full = overflow::wait};
  const pid first = open_clerk(limit, w.pick(4));
  co_await is_open(first);
  const std::uint32_t writers = w.pick(4);
  sim::once ends(w, "end of a writer");
  std::vector<pid> all{first};
  for (std::uint32_t i = 0; i < writers; ++i) {
    const auto [p, id] = spawn_monitor(writer, std::ref(w), first, 1 + static_cast<int>(w.pick(3)));
    ends.owe(id);
    all.push_back(p);
  }
  for (std::uint32_t kills = w.pick(3); kills > 0; --kills) {
    co_await beamish::sleep(help::moment(w));
    beamish::exit(all[w.pick(writers + 1)], exit_reason::kill());
  }
  beamish::exit(first, exit_reason::kill());
  co_await help::ends_of(w, ends, "normal", "killed");
  if (!w.simulated()) co_return;
  co_await beamish::sleep(help::a_while(w));  // what is on its way to the dead arrives
  for (std::uint32_t i = 0; i <= writers; ++i) co_await fresh_clerk_has_room(w, limit);
}

// Whoever waits for room is let in when the limit is raised.
task<> limit_is_raised(sim::world& w) {
  const std::uint32_t more = 1 + w.pick(3);
  const pid me = self();
  const auto receiver = spawn_monitor([&w, me, more]() -> task<> {
    limit_mailbox({.messages = 1, .when_full = overflow::wait});
    send(me, opened{self()});
    co_await beamish::sleep(help::moment(w));
    limit_mailbox({.messages = 1 + more, .when_full = overflow::wait});
    for (std::uint32_t n = 0; n <= more; ++n) {
      const auto is_it = [n](const note& m) { return m.number == static_cast<int>(n); };
      co_await receive_if<note>(is_it);
    }
  });
  co_await is_open(receiver.process);
  sim::once ends(w, "end of one of them");
  ends.owe(receiver.id);
  for (std::uint32_t n = 0; n <= more; ++n) {
    ends.owe(spawn_monitor([to = receiver.process, n]() -> task<> {
               co_await send(to, note{static_cast<int>(n)});
             }).id);
  }
  co_await help::ends_of(w, ends, "normal");
  co_await sim::nothing_more(w);
}

// ---- over nodes

struct hall : gen_server<hall> {
  struct visit {
    int number;
  };
  struct free {
    using reply = bool;
  };
  using messages = accepts<visit, free>;
  void handle_cast(visit&) {}
  bool handle_call(free&) { return true; }
};

task<> visitor(sim::world& w, int count) {
  const on_node there("hall", "b@sim");
  for (int n = 0; n < count; ++n) {
    if (w.pick(2) == 0) {
      co_await cast<hall::visit>(there, n);
    } else {
      auto got = co_await try_call<hall::free>(within(1min), there);
      w.require(got.ok() || help::ends_over_nodes(got.reason()), "why there is no answer");
    }
  }
}

// However a node goes: visitors that wait for room there go on, and when it is back all room is.
task<> bounded_over_nodes(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(2);
  w.boot("b@sim", [limit](beamish::node& n) {
    n.spawn([limit]() -> task<> {
      const start_options options{.name = "hall",
                                  .mailbox = {.messages = limit, .when_full = overflow::wait}};
      co_await start<hall>(options);
    });
  });
  const std::uint32_t visitors = w.pick(4);
  const int count = 1 + static_cast<int>(w.pick(4));
  sim::once ends(w, "end of a visitor");
  for (std::uint32_t i = 0; i < visitors; ++i)
    ends.owe(spawn_monitor(visitor, std::ref(w), count).id);
  co_await help::ends_of(w, ends, "normal");
  co_await w.eventually("the hall is open again", 2min,
                        [&w] { return !!w.node("b@sim").whereis("hall"); });
  co_await beamish::sleep(help::a_while(w));
  const auto again = co_await try_call<hall::free>(within(1min), on_node("hall", "b@sim"));
  w.require(again.ok(), "it has room");
  w.stop("b@sim");
}

}  // namespace

std::vector<sim::scenario> bounded_mailbox_scenarios() {
  return {
      {"bounded_server",
       "a bounded mailbox keeps its limit and loses nothing",
       bounded_server,
       {.faults = sim::faults().delay_signals(0.05, 2s)}},
      {"bounded_receiver_ends",
       "whoever waits for room is told, and the next process in that slot has all of it",
       bounded_receiver_ends,
       {.faults = sim::faults().delay_signals(0.05, 2s)}},
      {"limit_is_raised",
       "whoever waits for room is let in when the limit is raised",
       limit_is_raised,
       {.faults = sim::faults().delay_signals(0.05, 2s)}},
      {"bounded_over_nodes",
       "whoever waits for room on a node that goes is not stuck",
       bounded_over_nodes,
       {.faults = sim::faults().cut_nodes(0.01, 2min).crash_nodes(0.01, 1s)}},
  };
}
