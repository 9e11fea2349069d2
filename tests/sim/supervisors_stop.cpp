// SPDX-License-Identifier: Apache-2.0
//
// Supervisors of each kind that stop while their children die by themselves, unlink themselves, or
// send exit signals of which they don't die: all are gone behind it, and what is logged is true.
#include "tests/sim/family.hpp"

namespace {

enum class act : std::uint8_t { rest, die, unlink, trap, signal };

struct order {
  act what;
  int number;
};

exit_reason reason_of(int number) {
  if (number == 0) return exit_reason::shutdown();
  if (number == 1) return exit_reason::normal();
  return exit_reason(tuple(atom("own"), number));
}

// What the children of one supervisor share.
struct book {
  explicit book(sim::world& w) : place(w), there(w, "children") {}
  sim::world& place;
  sim::roster there;
  bool any_unlinked = false;
};

// No server. If it traps exits it does what the run picks when it is told to stop.
class child_process_of {
 public:
  child_process_of(book& b, pid p) : book_(b), parent_(p) {}

  task<> obey(order o) {
    if (o.what == act::rest) co_await beamish::sleep(10us * o.number);
    if (o.what == act::die) beamish::exit(reason_of(o.number));
    if (o.what == act::unlink) {
      book_.any_unlinked = true;
      unlink(parent_);
    }
    if (o.what == act::trap) trap_exits(true);
    if (o.what == act::signal) beamish::exit(parent_, reason_of(o.number));
  }
  task<> stop() {
    sim::world& w = book_.place;
    for (std::uint32_t what = w.pick(6); what != 0; what = w.pick(6)) {
      if (what == 5) co_await help::wait_for_ever();
      const order o{static_cast<act>(what), static_cast<int>(w.pick(4))};
      co_await obey(o);
    }
    beamish::exit(exit_reason::shutdown());
  }

 private:
  book& book_;
  pid parent_;
};

task<> child(book& b, pid parent, int number) {
  const sim::roster::visit here(b.there, number);
  child_process_of me(b, parent);
  for (;;) {
    const auto got = co_await receive<order, exit_message>();
    if (const auto* o = std::get_if<order>(&got))
      co_await me.obey(*o);
    else
      co_await me.stop();
  }
}

child_specification spec(book& b, int number) {
  auto s = child_started_by("", [&b, number] {
    return child_result::started(spawn_link(child, std::ref(b), self(), number));
  });
  s.id = term(number);
  s.restart = static_cast<restart_kind>(b.place.pick(3));
  s.shutdown = b.place.pick(4) == 3 ? shutdown_limit(brutal_kill) : shutdown_limit(duration(5ms));
  return s;
}

task<pid> start_fixed(book& b, int count) {
  std::vector<child_specification> children;
  for (int number = 0; number < count; ++number) children.push_back(spec(b, number));
  const auto how = static_cast<restart_strategy>(b.place.pick(3));
  const auto shop = co_await supervisor::start_link(
      children, {.strategy = how, .max_restarts = no_restart_limit});
  co_return shop.process();
}

task<pid> start_dynamic(book& b, int count) {
  const auto shop = co_await dynamic_supervisor::start_link(
      {.max_restarts = dynamic_supervisor_options::no_limit});
  for (int number = 0; number < count; ++number) {
    const auto got = co_await shop.start_child(spec(b, number));
    b.place.require(got.ok(), "it starts");
  }
  co_return shop.process();
}

task<pid> start_tasks(book& b, int count) {
  const auto shop =
      co_await task_supervisor::start_link({.max_restarts = task_supervisor_options::no_limit});
  const pid parent = shop.process();
  for (int number = 0; number < count; ++number) {
    const auto kind = static_cast<restart_kind>(b.place.pick(3));
    const shutdown_limit limit =
        b.place.pick(4) == 3 ? shutdown_limit(brutal_kill) : shutdown_limit(duration(5ms));
    const auto body = [&b, parent, number] { return child(b, parent, number); };
    const auto got = co_await shop.start_child(body, {.restart = kind, .shutdown = limit});
    b.place.require(got.ok(), "it starts");
  }
  co_return parent;
}

// What was logged of stops names no reason that nobody had: only who unlinks itself can die unseen.
void told_the_truth(const book& b) {
  for (const log_entry& e : b.place.log()) {
    const bool unseen = e.text.find("with another reason: noproc") != std::string::npos;
    b.place.require(!unseen || b.any_unlinked, "the reason of a linked child is known");
  }
}

// S19 to S24, D8.
task<> stopped_while_they_die(sim::world& w) {
  trap_exits(true);
  help::script acts(w, 14);
  book b(w);
  const std::uint32_t kind = w.pick(3);
  const int count = 1 + static_cast<int>(w.pick(4));
  pid shop;
  if (kind == 0) shop = co_await start_fixed(b, count);
  if (kind == 1) shop = co_await start_dynamic(b, count);
  if (kind == 2) shop = co_await start_tasks(b, count);
  for (auto& one : acts) {
    const std::uint32_t how = one.pick(8);
    const pid to = b.there.holder(static_cast<int>(one.pick(static_cast<std::uint32_t>(count))));
    const auto what = static_cast<act>(one.pick(4));
    const int number = static_cast<int>(one.pick(4));
    if (to && how > 2) send(to, order{what, number});
    if (to && how == 2) beamish::exit(to, exit_reason::kill());
    if (how == 1) co_await beamish::sleep(one.moment());
  }
  const reference ends = monitor(shop);
  if (w.pick(2) == 0)
    beamish::exit(shop, exit_reason::shutdown());
  else
    co_await stop(shop);
  const auto is_it = [&ends](const down_message& d) { return d.id == ends; };
  const auto over = co_await receive_if<down_message>(1h, is_it);
  w.require(over.has_value(), "it stops in time");
  w.require(b.there.size() == 0, "its children have gone before it");
  told_the_truth(b);
  co_await help::drop<exit_message>();
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> supervisor_stop_scenarios() {
  return {
      {"stopped_while_they_die",
       "a supervisor that stops while its children die by themselves leaves none, and knows why",
       stopped_while_they_die,
       {.faults = sim::faults().delay_signals(0.05, 2s)}},
  };
}
