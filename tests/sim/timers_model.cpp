// SPDX-License-Identifier: Apache-2.0
//
// Timers by the book: many at once, to pids and to names, cancelled, read, and left behind by
// targets that die, beside a model that knows the time.
#include <map>

#include "tests/sim/help.hpp"

namespace {

struct tick {
  int number;
};
struct fired {
  int target;
  int number;
};

task<> target_body(pid reader, int target) {
  for (;;) {
    const tick t = co_await receive<tick>();
    send(reader, fired{target, t.number});
  }
}

struct pending {
  reference timer;
  std::chrono::nanoseconds due;
  int target;  // by pid; or no_target
  bool by_name;
};
constexpr int no_target = -1;

class clockwork {
 public:
  // `far`: some timers, and some rests, are much longer than the others.
  explicit clockwork(sim::world& w, bool far) : place_(w), far_(far) {
    for (int i = 0; i < 3; ++i) targets_.push_back(spawn(target_body, self(), i));
    register_name("clock", targets_.front());
    holder_ = 0;
  }

  void arm() {
    // Odd, and all rests are even: what is armed never falls due where something else happens.
    const duration near = 10us * (1 + 2 * static_cast<int>(place_.pick(20)));
    const duration delay = near + long_time();
    const bool by_name = place_.pick(4) == 0;
    const int target = static_cast<int>(place_.pick(3));
    const int number = ++last_;
    const auto due = now() + delay;
    if (by_name) {
      all_[number] = {send_after(delay, "clock", tick{number}), due, no_target, true};
      return;
    }
    const reference timer = send_after(delay, targets_[target], tick{number});
    if (alive_[target]) all_[number] = {timer, due, target, false};
    // What is read of a timer to the dead is not said: there may be none.
  }

  // From a millisecond to some days, in steps that are even multiples of 10 µs.
  duration long_time() {
    if (!far_) return {};
    constexpr duration scales[] = {0ms, 1ms, 60ms, 1s, 5s, 1min, 20min, 2h, 24h};
    const duration scale = scales[place_.pick(9)];
    return scale * place_.pick(12);
  }

  void cancel() {
    if (all_.empty()) return;
    auto at = std::next(all_.begin(), static_cast<int>(place_.pick(all_.size())));
    const auto left = cancel_timer(at->second.timer);
    place_.require(left.has_value(), "what is pending can be cancelled");
    if (left) place_.require(*left == left_of(at->second), "what is left is told, in whole ms");
    all_.erase(at);
  }

  task<> kill() {
    const int victim = static_cast<int>(place_.pick(3));
    if (!alive_[victim]) co_return;
    co_await help::kill(targets_[victim]);
    alive_[victim] = false;
    if (holder_ == victim) holder_ = no_target;
    std::erase_if(all_, [&](const auto& each) {
      if (each.second.target != victim) return false;
      place_.require(!read_timer(each.second.timer), "a timer ends with the process it is for");
      place_.require(!cancel_timer(each.second.timer), "and can't be cancelled then");
      return true;
    });
  }

  void rename() {
    const int heir = static_cast<int>(place_.pick(3));
    if (!alive_[heir] || holder_ == heir) return;
    if (holder_ != no_target) unregister_name("clock");
    register_name("clock", targets_[heir]);
    holder_ = heir;
  }

  // Everything that falls due in that time fires, in its order, where the book says.
  task<> rest(duration time) {
    const auto until = now() + time;
    std::multimap<std::chrono::nanoseconds, fired> expected;
    for (auto at = all_.begin(); at != all_.end();) {
      const pending& p = at->second;
      if (p.due > until) {
        ++at;
        continue;
      }
      const int where = p.by_name ? holder_ : p.target;
      if (where != no_target) expected.insert({p.due, {where, at->first}});
      place_.require(read_timer(p.timer).has_value(), "it is pending until it is due");
      gone_.push_back(p.timer);
      at = all_.erase(at);
    }
    co_await beamish::sleep(time);
    std::map<int, int> got;
    std::vector<int> order;
    for (;;) {
      const auto f = co_await receive<fired>(0s);
      if (!f) break;
      place_.require(got.insert({f->number, f->target}).second, "a timer fires once");
    }
    place_.require(got.size() == expected.size(), "as many fire as are due");
    for (const auto& [due, f] : expected) {
      const auto at = got.find(f.number);
      place_.require(at != got.end() && at->second == f.target, "each where it was sent");
    }
    compare();
  }

  void compare() const {
    for (const auto& [number, p] : all_) {
      const auto left = read_timer(p.timer);
      place_.require(left.has_value(), "what is pending can be read");
      if (left) place_.require(*left == left_of(p), "what is left is told, in whole ms");
    }
    for (const reference& r : gone_)
      place_.require(!read_timer(r) && !cancel_timer(r), "what has fired is gone");
  }

  task<> finish() {
    co_await rest(far_ ? duration(24h * 30) : duration(1s));
    place_.require(all_.empty(), "everything has fired");
    for (int i = 0; i < 3; ++i) {
      if (alive_[i]) co_await help::kill(targets_[i]);
    }
  }

 private:
  static std::chrono::milliseconds left_of(const pending& p) {
    return std::chrono::ceil<std::chrono::milliseconds>(p.due - now());
  }

  sim::world& place_;
  bool far_;
  std::vector<pid> targets_;
  bool alive_[3] = {true, true, true};
  int holder_ = no_target;
  std::map<int, pending> all_;
  std::vector<reference> gone_;
  int last_ = 0;
};

// P24 to P27.
task<> timers_at(sim::world& w, bool far) {
  if (!w.simulated()) co_return;  // the model knows the time
  clockwork clock(w, far);
  const std::uint32_t acts = 4 + w.pick(16);
  for (std::uint32_t i = 0; i < acts; ++i) {
    switch (w.pick(8)) {
      case 0:
        clock.cancel();
        break;
      case 1:
        co_await clock.kill();
        break;
      case 2:
        clock.rename();
        break;
      case 3: {
        const duration a_while = 20us * w.pick(10);
        const duration longer = clock.long_time();
        co_await clock.rest(a_while + longer);
        break;
      }
      default:
        clock.arm();
    }
  }
  co_await clock.finish();
  co_await sim::nothing_more(w);
}

task<> timers_by_the_book(sim::world& w) { co_await timers_at(w, false); }
task<> timers_far_ahead(sim::world& w) { co_await timers_at(w, true); }

}  // namespace

std::vector<sim::scenario> timer_model_scenarios() {
  return {
      {"timers_by_the_book",
       "many timers at once, cancelled, read, and left behind by the dead: each fires where it "
       "must",
       timers_by_the_book},
      {"timers_far_ahead", "timers from microseconds to days ahead: each fires at its time",
       timers_far_ahead},
  };
}
