// SPDX-License-Identifier: Apache-2.0
//
// The timeouts of a state machine by the book: several names, the state's and the event's at once,
// started anew, changed, cancelled, some far ahead, beside an account of when each is due.
#include <map>

#include "tests/sim/help.hpp"

namespace {

// Names are 0 to 2; then the state's and the event's.
constexpr int of_state = 3, of_event = 4;

struct bells : gen_statem<bells> {
  struct tick {};
  struct tock {};
  using states = std::variant<tick, tock>;
  struct act {};
  using messages = accepts<act>;
  struct rung {
    int which;
    int number;
  };
  struct due {
    int number;
    duration at;
  };

  sim::world* place = nullptr;
  std::map<int, due>* open = nullptr;
  bool exact = false;
  int last = 0;

  static term name_of(int which) { return term(which); }

  duration delay() const {
    const std::uint32_t scale = place->pick(5);
    const duration unit = scale == 0   ? 10us
                          : scale == 1 ? duration(1ms)
                          : scale == 2 ? duration(7s)
                          : scale == 3 ? duration(5min)
                                       : duration(3h);
    return unit * place->pick(5);
  }
  rung noted(int which, duration after) {
    (*open)[which] = {++last, now() + after};
    return {which, last};
  }
  transition start_one(transition t, int which) {
    const duration after = delay();
    const rung x = noted(which, after);
    if (which == of_state) return std::move(t).state_timeout(after, x);
    if (which == of_event) return std::move(t).event_timeout(after, x);
    return std::move(t).timeout(name_of(which), after, x);
  }
  transition change_one(transition t, int which) {
    const auto at = open->find(which);
    const rung x = noted(which, at == open->end() ? duration(0) : at->second.at - now());
    if (which == of_state) return std::move(t).update_state_timeout(x);
    return std::move(t).update_timeout(name_of(which), x);
  }
  transition cancel_one(transition t, int which) {
    open->erase(which);
    if (which == of_state) return std::move(t).cancel_state_timeout();
    return std::move(t).cancel_timeout(name_of(which));
  }
  transition some(transition t) {
    for (std::uint32_t more = place->pick(3); more != 0; --more) {
      const std::uint32_t what = place->pick(4);
      const int which = static_cast<int>(place->pick(5));
      if (what <= 1) t = start_one(std::move(t), which);
      if (what == 2 && which != of_event) t = change_one(std::move(t), which);
      if (what == 3 && which != of_event) t = cancel_one(std::move(t), which);
    }
    return t;
  }
  transition event(transition stay, transition change) {
    open->erase(of_event);
    if (place->pick(3) != 2) return some(std::move(stay));
    open->erase(of_state);
    return some(std::move(change));
  }
  transition handle_cast(tick&, act&) { return event(keep_state(), next_state(tock{})); }
  transition handle_cast(tock&, act&) { return event(keep_state(), next_state(tick{})); }
  void ring(const rung& x) {
    const auto at = open->find(x.which);
    place->require(at != open->end() && at->second.number == x.number, "the one that runs");
    if (at == open->end()) return;
    const due mine = at->second;
    place->require(mine.at <= now(), "not before its time");
    place->require(!exact || mine.at == now(), "nor after it");
    open->erase(at);
    for (const auto& [which, other] : *open)
      place->require(other.at >= mine.at, "the one that is due first comes first");
  }
  transition handle_timeout(tick&, rung& x) {
    ring(x);
    return event(keep_state(), next_state(tock{}));
  }
  transition handle_timeout(tock&, rung& x) {
    ring(x);
    return event(keep_state(), next_state(tick{}));
  }
};

// M3, M4.
task<> machine_timeouts_by_the_book(sim::world& w) {
  std::map<int, bells::due> open;
  const auto s = co_await start<bells>({}, &w, &open, w.simulated());
  for (std::uint32_t act = w.pick(10); act != 0; act = w.pick(10)) {
    s.cast<bells::act>();
    if (act == 1) co_await beamish::sleep(help::moment(w));
    if (act == 2) co_await beamish::sleep(1ms * w.pick(3));
    if (act == 3) co_await beamish::sleep(1min * w.pick(3));
  }
  co_await stop(s);
}

}  // namespace

std::vector<sim::scenario> statem_model_scenarios() {
  return {
      {"machine_timeouts_by_the_book",
       "several timeouts of a machine at once: each comes in its time, unless it was ended",
       machine_timeouts_by_the_book,
       {.faults = sim::faults().delay_signals(0.05, 2s)}},
  };
}
