// SPDX-License-Identifier: Apache-2.0
//
// State machines: what waits for another state, what was inserted, what is cancelled, who is
// answered.
#include <map>

#include "tests/sim/help.hpp"

namespace {

// ---- postponed events

struct turnstile : gen_statem<turnstile> {
  struct shut {};
  struct open {};
  using states = std::variant<shut, open>;
  struct item {
    pid from;
    std::uint64_t number;
  };
  struct turn {};
  using messages = accepts<item, turn>;

  sim::world* place = nullptr;
  sim::order lanes = {};
  // When each was first seen, and which was handled last.
  std::map<std::pair<pid, std::uint64_t>, std::uint64_t> seen = {};
  std::uint64_t last = 0;

  std::uint64_t see(const item& m) {
    return seen.try_emplace({m.from, m.number}, seen.size() + 1).first->second;
  }
  transition handle_cast(shut&, item& m) {
    see(m);
    return keep_state().postpone();
  }
  void handle_cast(open&, item& m) {
    const std::uint64_t place_in_line = see(m);
    place->require(place_in_line > last, "what came first is handled first");
    last = place_in_line;
    lanes.arrived(m.from, self(), m.number);
  }
  transition handle_cast(shut&, turn&) { return next_state(open{}); }
  transition handle_cast(open&, turn&) { return next_state(shut{}); }
};

// M1.
task<> postponed_events_keep_their_order(sim::world& w) {
  const sim::order lanes(w, "an item");
  const auto s = co_await start<turnstile>({}, &w, lanes);
  const std::uint32_t senders = 1 + w.pick(3), count = 1 + w.pick(5), turns = 2 * w.pick(4);
  sim::once ends(w, "end of a sender");
  for (std::uint32_t i = 0; i < senders; ++i) {
    ends.owe(spawn_monitor([&w, s, lanes, count]() -> task<> {
               for (std::uint32_t n = 0; n < count; ++n) {
                 const std::uint64_t number = lanes.next(self(), s);
                 s.cast<turnstile::item>(self(), number);
                 if (w.pick(2) == 1) co_await beamish::sleep(help::moment(w));
               }
             }).id);
  }
  for (std::uint32_t i = 0; i < turns; ++i) {
    s.cast<turnstile::turn>();
    if (w.pick(2) == 1) co_await beamish::sleep(help::moment(w));
  }
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
  }
  s.cast<turnstile::turn>();
  co_await w.eventually("all is handled", 1min, [&] { return lanes.under_way() == 0; });
  co_await stop(s);
}

// ---- inserted events

struct inserting : gen_statem<inserting> {
  struct one {};
  struct two {};
  using states = std::variant<one, two>;
  struct poke {};
  using messages = accepts<poke>;
  struct step {
    int number;
  };

  sim::world* place = nullptr;
  int owed = 0;

  transition begin(transition t) {
    place->require(owed == 0, "inserted events come before any other");
    owed = 1 + static_cast<int>(place->pick(3));
    for (int n = owed; n > 0; --n) t = std::move(t).next_event(step{n});
    return t;
  }
  transition handle_cast(one&, poke&) {
    // In the other state it comes again, behind what was inserted.
    if (place->pick(2) == 1) return begin(next_state(two{}).postpone());
    return begin(keep_state());
  }
  transition handle_cast(two&, poke&) { return begin(next_state(one{}).event_timeout(0s)); }
  void handle_internal(step& s) {
    place->require(s.number == owed, "each once, in order");
    --owed;
  }
  void handle_timeout(timeout_message&) {
    place->fail("an inserted event cancels an event timeout of zero");
  }
};

// M2.
task<> inserted_events_go_first(sim::world& w) {
  const auto s = co_await start<inserting>({}, &w);
  const std::uint32_t pokers = 1 + w.pick(3), count = 1 + w.pick(4);
  sim::once ends(w, "end of a client");
  for (std::uint32_t i = 0; i < pokers; ++i) {
    ends.owe(spawn_monitor([&w, s, count]() -> task<> {
               for (std::uint32_t n = 0; n < count; ++n) {
                 s.cast<inserting::poke>();
                 if (w.pick(2) == 1) co_await beamish::sleep(help::moment(w));
               }
             }).id);
  }
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
  }
  co_await stop(s);
}

// ---- timeouts

struct clockwork : gen_statem<clockwork> {
  struct tick {};
  struct tock {};
  using states = std::variant<tick, tock>;
  struct turn {};
  struct stay {};
  struct cancel {};
  struct ask {
    using reply = std::size_t;
  };
  using messages = accepts<turn, stay, cancel, ask>;
  struct of_state {
    std::uint64_t epoch;
  };
  struct of_event {
    std::uint64_t event;
  };
  struct of_name {
    std::int64_t number;
  };

  sim::world* place = nullptr;
  sim::once named = {};
  std::uint64_t epoch = 0, events = 0;
  std::int64_t last = 0, number = 0;  // of the named one: the last, and the one that runs

  duration moment() const { return help::moment(*place); }
  // An event of any kind has come.
  void event() { ++events; }
  // The named one begins anew: the one before never comes.
  transition wind(transition t) {
    end_named();
    number = ++last;
    named.owe(term(number));
    t = std::move(t).timeout("bell", moment(), of_name{number});
    return std::move(t).event_timeout(moment(), of_event{events});
  }
  void end_named() {
    if (number != 0) named.waive(term(number));
    number = 0;
  }
  transition change(transition t) {
    event();
    ++epoch;
    return wind(std::move(t).state_timeout(moment(), of_state{epoch}));
  }
  transition handle_cast(tick&, turn&) { return change(next_state(tock{})); }
  transition handle_cast(tock&, turn&) { return change(next_state(tick{})); }
  transition handle_cast(stay&) {
    event();
    return wind(keep_state());
  }
  transition handle_cast(cancel&) {
    event();
    end_named();
    return keep_state().cancel_timeout("bell").cancel_state_timeout();
  }
  std::size_t handle_call(ask&) {
    event();
    return named.open();
  }
  void handle_timeout(of_state& t) {
    event();
    place->require(t.epoch == epoch, "a state timeout ends with its state");
    epoch += 1000;  // once
  }
  void handle_timeout(of_event& t) {
    place->require(t.event == events, "any event cancels an event timeout");
    event();
  }
  void handle_timeout(of_name& t) {
    event();
    named.happened(term(t.number));
    number = 0;
  }
};

// M3.
task<> cancelled_timeouts_never_come(sim::world& w) {
  const sim::once named(w, "a named timeout");
  const auto s = co_await start<clockwork>({}, &w, named);
  const std::uint32_t count = 1 + w.pick(12);
  for (std::uint32_t n = 0; n < count; ++n) {
    const std::uint32_t what = w.pick(4);
    if (what == 0) s.cast<clockwork::stay>();
    if (what == 1) s.cast<clockwork::cancel>();
    if (what > 1) s.cast<clockwork::turn>();
    if (w.pick(2) == 1) co_await beamish::sleep(help::moment(w));
  }
  co_await w.eventually("each named timeout comes or is cancelled", 1min,
                        [&] { return named.open() == 0; });
  co_await stop(s);
}

// ---- replies

struct office : gen_statem<office> {
  struct closed {};
  struct open {};
  using states = std::variant<closed, open>;
  struct apply {
    using reply = int;
    int number;
  };
  struct turn {};
  struct end {};
  using messages = accepts<apply, turn, end>;

  sim::once answers = {};
  std::vector<std::pair<int, from<apply>>> waiting = {};

  transition handle_call(closed&, apply&, from<apply> caller) {
    return keep_state().postpone(std::move(caller));
  }
  void handle_call(open&, apply& m, from<apply> caller) {
    waiting.emplace_back(m.number, std::move(caller));
  }
  transition handle_cast(closed&, turn&) { return next_state(open{}); }
  transition handle_cast(open&, turn&) { return next_state(closed{}); }
  transition handle_cast(end&) {
    auto last = stop(atom("shutdown"));
    for (auto& [number, caller] : waiting) {
      answers.owe(term(number));
      last = std::move(last).reply(std::move(caller), number);
    }
    return last;
  }
};

// M5.
task<> a_stop_answers_all(sim::world& w) {
  const sim::once answers(w, "an answer");
  const auto s = co_await start<office>({}, answers);
  const std::uint32_t callers = 1 + w.pick(4);
  sim::once ends(w, "end of a caller");
  for (std::uint32_t i = 0; i < callers; ++i) {
    ends.owe(spawn_monitor([&w, s, answers, number = static_cast<int>(i)]() -> task<> {
               const auto got = co_await s.try_call<office::apply>(within(infinity), number);
               if (got)
                 answers.happened(term(number));
               else
                 w.require(help::caused_by(got.reason(), {"shutdown", "noproc"}), "why not");
             }).id);
  }
  const std::uint32_t turns = w.pick(4);
  for (std::uint32_t i = 0; i < turns; ++i) {
    s.cast<office::turn>();
    if (w.pick(2) == 1) co_await beamish::sleep(help::moment(w));
  }
  s.cast<office::end>();
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(d.reason.is_normal(), "nobody fails");
  }
  w.require(answers.open() == 0, "who waited is answered before the end");
}

}  // namespace

std::vector<sim::scenario> statem_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms).jump_clock(0.01);
  return {
      {"postponed_events_keep_their_order",
       "postponed events come again in the order of their arrival, before newer ones",
       postponed_events_keep_their_order,
       {.faults = slow}},
      {"inserted_events_go_first",
       "an inserted event comes before any other, and cancels a timeout of zero",
       inserted_events_go_first,
       {.faults = slow}},
      {"cancelled_timeouts_never_come",
       "a timeout that a state, an event or its name cancelled never comes; any other comes once",
       cancelled_timeouts_never_come,
       {.faults = slow}},
      {"a_stop_answers_all",
       "a machine that stops answers whom it says it answers, and everybody hears something",
       a_stop_answers_all,
       {.faults = slow}},
  };
}
