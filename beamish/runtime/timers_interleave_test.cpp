// SPDX-License-Identifier: Apache-2.0
//
// Timers in every order in which workers can arm, cancel, read and fire them.
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <type_traits>
#include <vector>

#include "beamish/runtime/model_atomics.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/timers_code.hpp"

using namespace beamish::interleave;
using beamish::pid;
using beamish::reference;
namespace detail = beamish::detail;

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t late = 100 * ms;

constexpr detail::signal_type model_type{
    detail::signal_kind::control, [](detail::signal*) noexcept {}, nullptr, nullptr, nullptr, 0};

// A timer that tells what became of it, at a moment of its own: what hands its message over can be
// interrupted by everybody else.
struct timed : detail::timer_record, detail::signal {
  timed() : timer_record(static_cast<signal&>(*this)), signal(model_type) {}
  model_atomics::atomic<std::uint32_t>* mailbox = nullptr;  // of the receiver of all
  std::uint32_t fired = 0;
  std::uint32_t cancelled = 0;
  std::uint32_t ended = 0;
  std::vector<const timed*>* order = nullptr;
  reference id;
};

// The earliest deadline is only written under the lock, and no order depends on who reads it.
struct quiet_number {
  quiet_number(std::int64_t v) : value(v) {}
  std::int64_t load(std::memory_order) const noexcept { return value; }
  void store(std::int64_t v, std::memory_order) noexcept { value = v; }
  std::int64_t value;
};

template <class Flag>
struct model_timing {
  template <class T>
  using atomic = std::conditional_t<std::is_same_v<T, bool>, Flag, quiet_number>;
  using mutex = model_atomics::mutex;
  static void fire(detail::node_core&, detail::timer_record* r) noexcept {
    auto& t = *static_cast<timed*>(r);
    t.mailbox->fetch_add(1);
    ++t.fired;
    t.order->push_back(&t);
  }
  static void end(detail::timer_record* r) noexcept { ++static_cast<timed*>(r)->ended; }
};

// Forgets that another thread fires already.
struct forgetful : model_atomics::atomic<bool> {
  using model_atomics::atomic<bool>::atomic;
  bool exchange(bool value, std::memory_order) noexcept {
    model_atomics::atomic<bool>::exchange(value);
    return false;
  }
};

// Makes the core only once: it is large, and nothing in it is looked at.
template <class Timing>
struct timer_world {
  explicit timer_world(detail::node_core& c) : core(c) {
    for (timed& t : timers) {
      t.order = &order;
      t.mailbox = &mailbox;
      t.id.words[0] = t.id.words[1] = 1;
      t.id.words[2] = t.id.words[3] = static_cast<std::uint32_t>(&t - timers) + 1;
    }
  }
  detail::node_core& core;
  detail::basic_timer_service<Timing> service;
  model_atomics::atomic<std::uint32_t> mailbox{0};
  std::vector<const timed*> order;
  timed timers[3];

  void arm(int which, std::int64_t deadline) {
    service.arm(&timers[which], deadline, timers[which].id);
  }
  void fire() { service.fire_due(core, late); }
  void cancel(int which) {
    std::int64_t left = 0;
    detail::timer_record* r = service.cancel(timers[which].id, late, left);
    if (r == nullptr) return;
    require(r == &timers[which], "the timer that was asked for");
    ++timers[which].cancelled;
  }
  // How often something became of it, armed or not.
  std::uint32_t ends(int which) {
    const timed& t = timers[which];
    return t.fired + t.cancelled + t.ended + (t.armed() ? 1 : 0);
  }
  void check() {
    std::size_t armed = 0;
    std::int64_t earliest = service.never;
    for (const timed& t : timers) {
      if (!t.armed()) continue;
      ++armed;
      earliest = std::min(earliest, t.deadline_ns);
    }
    require(service.size() == armed, "what is armed is counted");
    require(service.next_deadline() <= earliest, "nobody sleeps past a timer");
  }
};

using world = timer_world<model_timing<model_atomics::atomic<bool>>>;
using bodies = std::vector<std::function<void(world&)>>;

void in_every_order(const std::function<void(world&)>& prepare, const bodies& all,
                    const std::function<void(world&)>& check) {
  detail::node_core core;
  for (const bool buffers : {false, true}) {
    options how = every_order();
    how.store_buffers = buffers;
    const report r = explore(how, [&](execution& e) {
      auto w = std::make_shared<world>(core);
      prepare(*w);
      for (const auto& b : all) e.thread([w, &b] { b(*w); });
      e.finally([w, &check] {
        check(*w);
        w->check();
      });
    });
    CHECK(r.failure == "");
    CHECK(r.complete);
  }
}

}  // namespace

TEST_CASE("timers: in every order a timer fires or is cancelled by one of two, never both") {
  in_every_order(
      [](world& w) {
        w.arm(0, 5 * ms);
        w.arm(1, 6 * ms);
      },
      {[](world& w) { w.fire(); }, [](world& w) { w.cancel(0); },
       [](world& w) {
         if (w.service.left(w.timers[0].id, late) >= 0) w.cancel(0);
       },
       [](world& w) {
         w.arm(2, 7 * ms);
         w.cancel(2);
         w.fire();
       }},
      [](world& w) {
        require(w.ends(0) == 1 && !w.timers[0].armed(), "fired or cancelled, once");
        require(w.timers[1].fired == 1, "the other one fires");
        require(w.ends(2) == 1 && !w.timers[2].armed(), "and the late one, or it is cancelled");
        w.cancel(0);
        require(w.timers[0].cancelled + w.timers[0].fired == 1, "and is not found again");
      });
}

TEST_CASE("timers: in every order two workers that fire deliver by deadline, what is new as well") {
  in_every_order(
      [](world& w) {
        w.arm(0, 5 * ms);
        w.arm(1, 6 * ms);
      },
      {[](world& w) { w.fire(); },
       [](world& w) {
         w.fire();
         w.fire();
       },
       [](world& w) { w.arm(2, 7 * ms); }},
      [](world& w) {
        for (const int i : {0, 1, 2}) require(w.ends(i) == 1, "once");
        require(!w.timers[0].armed() && !w.timers[1].armed(), "what was due is fired");
        for (std::size_t i = 0; i < w.order.size(); ++i) {
          require(w.order[i] == &w.timers[i], "none overtakes another");
        }
      });
}

TEST_CASE("timers: in every order the timers of a process that dies end, fire or are cancelled") {
  in_every_order(
      [](world& w) {
        for (const int i : {0, 1}) {
          w.timers[i].target = pid{1, 2, 3};
          w.arm(i, (5 + i) * ms);
        }
      },
      {[](world& w) { w.fire(); }, [](world& w) { w.service.forget(pid{1, 2, 3}); },
       [](world& w) { w.cancel(1); }},
      [](world& w) {
        for (const int i : {0, 1}) {
          require(w.ends(i) == 1 && !w.timers[i].armed(), "ended in one way");
        }
      });
}

namespace {

// What ensure_wait_timer of wait.cpp does for a wait that ends earlier than the last one.
void wait_until_earlier(world& w, bool asks) {
  timed& t = w.timers[0];
  if (!w.service.cancel(&t) && asks) return;  // on its way: it will be armed when it arrives
  w.service.arm(&t, 3 * ms);
}

report explore_wait(detail::node_core& core, bool asks, bool buffers) {
  options how = every_order();
  how.store_buffers = buffers;
  return explore(how, [&core, asks](execution& e) {
    auto w = std::make_shared<world>(core);
    w->service.arm(&w->timers[0], 5 * ms);
    w->arm(1, 4 * ms);
    e.thread([w, asks] { wait_until_earlier(*w, asks); });
    e.thread([w] { w->fire(); });
    e.thread([w] { w->cancel(1); });
    e.finally([w] {
      require(w->ends(0) == 1, "the wait's timer is armed or on its way, not both");
      w->check();
    });
  });
}

}  // namespace

TEST_CASE("timers: in every order the timer of a process's waits is armed or on its way") {
  detail::node_core core;
  for (const bool buffers : {false, true}) {
    const report r = explore_wait(core, true, buffers);
    CHECK(r.failure == "");
    CHECK(r.complete);
  }
}

TEST_CASE("timers: explorer finds a planted wait that does not ask whether its timer fired") {
  detail::node_core core;
  const report r = explore_wait(core, false, false);
  CHECK(r.failure.rfind("the wait's timer is armed or on its way", 0) == 0);
}

TEST_CASE("timers: explorer finds a planted second worker that fires at the same time") {
  detail::node_core core;
  using careless = timer_world<model_timing<forgetful>>;
  const report r = explore({}, [&core](execution& e) {
    auto w = std::make_shared<careless>(core);
    w->arm(0, 5 * ms);
    e.thread([w] { w->fire(); });
    e.thread([w] { w->fire(); });
    e.thread([w] { w->arm(2, 7 * ms); });
    e.finally([w] {
      for (std::size_t i = 1; i < w->order.size(); ++i) {
        require(w->order[i - 1] < w->order[i], "none overtakes another");
      }
    });
  });
  CHECK(r.failure.rfind("none overtakes another", 0) == 0);
}
