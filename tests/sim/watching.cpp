// SPDX-License-Identifier: Apache-2.0
//
// Servers that are suspended, changed, watched and told to end from outside, while others use them.
#include <stdexcept>

#include "tests/sim/help.hpp"

namespace {

// ---- suspended and resumed, and its events kept

struct book : gen_server<book> {
  struct entry {
    pid from;
    std::uint64_t number;
  };
  struct sync {
    using reply = void;
  };
  using messages = accepts<entry, sync>;

  sim::order lanes;
  void handle_cast(entry& m) { lanes.arrived(m.from, self(), m.number); }
  void handle_call(sync&) {}
};

// Suspends and resumes it, and turns its log on and off, some times.
task<> meddle(sim::world& w, pid s) {
  const std::uint32_t rounds = 1 + w.pick(3);
  for (std::uint32_t i = 0; i < rounds; ++i) {
    if (w.pick(2) == 1) co_await sys::log(s, w.pick(4), infinity);
    co_await sys::suspend(s, infinity);
    co_await beamish::sleep(help::moment(w));
    auto events = co_await sys::get_log(s, infinity);
    w.require(events.size() <= 3, "a log keeps no more than it is told to");
    co_await sys::resume(s, infinity);
  }
  if (w.pick(2) == 1) co_await sys::no_debug(s, infinity);
}

// Y2, Y4. All that several processes send arrives, in order, whoever suspends the server meanwhile.
task<> order_under_suspensions(sim::world& w) {
  sim::order lanes(w, "entries");
  const auto s = co_await start<book>(lanes);
  const std::uint32_t writers = 1 + w.pick(3), count = 1 + w.pick(4), others = 1 + w.pick(2);
  sim::once ends(w, "end of another");
  for (std::uint32_t i = 0; i < writers; ++i) {
    ends.owe(spawn_monitor([&w, s, lanes, count]() mutable -> task<> {
               for (std::uint32_t n = 0; n < count; ++n) {
                 const std::uint64_t number = lanes.next(self(), s);
                 s.cast<book::entry>(self(), number);
                 if (w.pick(2) == 1) co_await beamish::sleep(help::moment(w));
               }
               co_await s.call<book::sync>(within(infinity));
             }).id);
  }
  for (std::uint32_t i = 0; i < others; ++i)
    ends.owe(spawn_monitor([&w, p = s.process()]() -> task<> { co_await meddle(w, p); }).id);
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(d.reason.is_normal(), "nobody fails");
  }
  lanes.settle();
  co_await stop(s);
  co_await sim::nothing_more(w);
}

// ---- the state is replaced while casts come

struct sums : gen_server<sums> {
  struct add {};
  struct sync {
    using reply = void;
  };
  using messages = accepts<add, sync>;
  int casts = 0;
  int replaced = 0;
  void handle_cast(add&) { ++casts; }
  void handle_call(sync&) {}
};

// True if it was replaced; half of those that fail have done a half of their work before.
task<bool> replace_once(sim::world& w, pid s) {
  const std::uint32_t how = w.pick(3);
  auto change = [how](sums& state) {
    ++state.replaced;
    if (how == 1) state.casts = -1000;
    if (how != 0) throw std::runtime_error("no");
  };
  auto replacing = sys::replace_state<sums>(s, change, infinity);
  auto done = co_await attempt<sums>(std::move(replacing));
  w.require(done.ok() == (how == 0), "only a function that throws fails, and it does");
  co_return how == 0;
}

// Y1. No cast and no replacement is lost, whatever comes between.
task<> replacements_beside_casts(sim::world& w) {
  const auto s = co_await start<sums>();
  const std::uint32_t writers = 1 + w.pick(3), count = 1 + w.pick(4), others = 1 + w.pick(3);
  const auto replaced = std::make_shared<std::atomic<int>>(0);
  sim::once ends(w, "end of another");
  for (std::uint32_t i = 0; i < writers; ++i) {
    ends.owe(spawn_monitor([&w, s, count]() -> task<> {
               for (std::uint32_t n = 0; n < count; ++n) {
                 s.cast<sums::add>();
                 if (w.pick(2) == 1) co_await beamish::sleep(help::moment(w));
               }
               co_await s.call<sums::sync>(within(infinity));
             }).id);
  }
  for (std::uint32_t i = 0; i < others; ++i) {
    ends.owe(spawn_monitor([&w, p = s.process(), replaced]() -> task<> {
               const bool done = co_await replace_once(w, p);
               if (done) ++*replaced;
               if (w.pick(2) == 1) co_await beamish::sleep(help::moment(w));
             }).id);
  }
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(d.reason.is_normal(), "nobody fails");
  }
  auto state = co_await sys::get_state<sums>(s, infinity);
  w.require(state.casts == static_cast<int>(writers * count), "no cast is lost or taken twice");
  w.require(state.replaced == *replaced, "no replacement is lost");
  co_await stop(s);
  co_await sim::nothing_more(w);
}

// ---- a watched server does what another does

struct abacus : gen_server<abacus> {
  struct step {
    using reply = std::uint64_t;
    std::uint32_t by;
  };
  struct slow {
    using reply = std::uint64_t;
    std::uint32_t by;
  };
  struct push {
    std::uint32_t by;
  };
  using messages = accepts<step, slow, push>;
  std::uint64_t total = 1;

  std::uint64_t handle_call(step& m) { return total = total * 31 + m.by; }
  task<std::uint64_t> handle_call(slow& m) {
    const std::uint32_t by = m.by;
    co_await beamish::sleep(10us);
    co_return total = total * 37 + by;
  }
  outcome handle_cast(push& m) {
    total = total * 41 + m.by;
    if (m.by % 2 == 0) return noreply().then(push{m.by + 1});
    return noreply();
  }
  void handle_continue(push& m) { total = total * 43 + m.by; }
};

// Turns what there is to watch on and off.
task<> watch_at_will(sim::world& w, pid s) {
  const std::uint32_t rounds = 1 + w.pick(4);
  for (std::uint32_t i = 0; i < rounds; ++i) {
    switch (w.pick(5)) {
      case 0:
        co_await sys::trace(s, w.pick(2) == 1, infinity);
        break;
      case 1:
        co_await sys::log(s, w.pick(3), infinity);
        break;
      case 2:
        co_await sys::statistics(s, w.pick(2) == 1, infinity);
        break;
      case 3: {
        auto leaves = [](const sys::event& e) { return e.is_in(); };
        auto installing = sys::install(s, "leaves", leaves, infinity);
        co_await installing;
        break;
      }
      default:
        co_await sys::no_debug(s, infinity);
    }
    co_await beamish::sleep(help::moment(w));
  }
}

// Y4. One client does the same with two servers, of which one is watched.
task<> watching_changes_nothing(sim::world& w) {
  const auto plain = co_await start<abacus>();
  const auto watched = co_await start<abacus>();
  const auto spy =
      spawn_monitor([&w, p = watched.process()]() -> task<> { co_await watch_at_will(w, p); });
  const std::uint32_t count = 1 + w.pick(6);
  for (std::uint32_t n = 0; n < count; ++n) {
    const std::uint32_t how = w.pick(3);
    if (how == 0) {
      const std::uint64_t a = co_await plain.call<abacus::step>(within(infinity), n);
      const std::uint64_t b = co_await watched.call<abacus::step>(within(infinity), n);
      w.require(a == b, "a watched server answers what another answers");
    } else if (how == 1) {
      const std::uint64_t a = co_await plain.call<abacus::slow>(within(infinity), n);
      const std::uint64_t b = co_await watched.call<abacus::slow>(within(infinity), n);
      w.require(a == b, "also from a callback that waits");
    } else {
      plain.cast<abacus::push>(n);
      watched.cast<abacus::push>(n);
    }
  }
  auto a = co_await sys::get_state<abacus>(plain, infinity);
  auto b = co_await sys::get_state<abacus>(watched, infinity);
  w.require(a.total == b.total, "both are in the same state in the end");
  const auto d = co_await help::down_of(spy.id);
  w.require(d.reason.is_normal(), "the spy does not fail");
  co_await stop(plain);
  co_await stop(watched);
  co_await sim::nothing_more(w);
}

// ---- told to end while calls wait

struct shop : gen_server<shop> {
  struct buy {
    using reply = int;
  };
  using messages = accepts<buy>;
  std::shared_ptr<std::atomic<int>> closed;
  int sold = 0;
  task<int> handle_call(buy&) {
    co_await beamish::sleep(10us);
    co_return ++sold;
  }
  void terminate(const exit_reason&) { ++*closed; }
};

// Y7. Whoever called hears an answer or the reason, terminate runs once, and all see that reason.
task<> terminated_beside_calls(sim::world& w) {
  const auto closed = std::make_shared<std::atomic<int>>(0);
  const auto s = co_await start<shop>(closed);
  const exit_reason reason = exit_reason::shutdown(atom("sold_out"));
  const reference end = monitor(s);
  const std::uint32_t buyers = 1 + w.pick(4);
  sim::once ends(w, "end of a buyer");
  for (std::uint32_t i = 0; i < buyers; ++i) {
    ends.owe(spawn_monitor([&w, s, reason]() -> task<> {
               co_await beamish::sleep(help::moment(w));
               auto got = co_await s.try_call<shop::buy>(within(infinity));
               if (got.ok()) co_return;
               const exit_reason why(help::cause(got.reason()));
               w.require(why == reason || why == exit_reason::noproc(),
                         "a call that is not answered hears why the server ended");
             }).id);
  }
  co_await beamish::sleep(help::moment(w));
  if (w.pick(2) == 1) co_await sys::suspend(s, infinity);
  co_await beamish::sleep(help::moment(w));
  co_await sys::terminate(s, reason, infinity);
  const auto down = co_await help::down_of(end);
  w.require(down.reason == reason, "it ends with the reason that it was told");
  w.require(*closed == 1, "terminate runs once");
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(d.reason.is_normal(), "no buyer fails");
  }
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> watching_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms).jump_clock(0.01);
  return {
      {"order_under_suspensions",
       "all arrives in order, whoever suspends a server and looks at its log meanwhile",
       order_under_suspensions,
       {.faults = slow}},
      {"replacements_beside_casts",
       "no cast and no replaced state is lost; a function that throws changes nothing",
       replacements_beside_casts,
       {.faults = slow}},
      {"watching_changes_nothing",
       "a server that is traced, logged and counted does what another does",
       watching_changes_nothing,
       {.faults = slow}},
      {"terminated_beside_calls",
       "sys::terminate: each call is answered or hears the reason, terminate runs once",
       terminated_beside_calls,
       {.faults = slow}},
  };
}
