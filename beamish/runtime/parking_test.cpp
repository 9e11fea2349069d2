// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/parking.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "beamish/runtime/model_atomics.hpp"
#include "beamish/runtime/run_queue.hpp"

using namespace beamish::interleave;
using beamish::detail::basic_parking;
using beamish::detail::parking;
using beamish::detail::run_queue;
using beamish::detail::std_atomics;

namespace {

// So many pieces of work, of one kind.
template <class A>
struct pile {
  typename A::template atomic<std::uint32_t> count{0};

  void put() { count.fetch_add(1); }
  bool any() { return count.load() > 0; }
  bool take() {
    std::uint32_t seen = count.load();
    while (seen > 0) {
      if (count.compare_exchange_weak(seen, seen - 1)) return true;
    }
    return false;
  }
};

// What a worker does until it has one piece of work.
template <class Lot, class Pile>
void take_one(Lot& lot, Pile& work) {
  while (!work.take()) {
    const auto key = lot.prepare();
    if (work.any()) {
      lot.cancel();
    } else {
      lot.commit(key, -1);
    }
  }
}

struct world {
  basic_parking<model_atomics> lot;
  pile<model_atomics> work, other;

  void put_and_notify(int times) {
    for (int i = 0; i < times; ++i) {
      work.put();
      lot.notify_one();
    }
  }
  void check_empty() {
    require(lot.sleepers() == 0 && lot.waking() == 0, "nobody is counted who is not there");
  }
};

using body = void (*)(world&);

report explore_world(std::initializer_list<body> bodies, const options& how = every_order()) {
  return explore(how, [bodies](execution& e) {
    auto w = std::make_shared<world>();
    for (const body b : bodies) e.thread([w, b] { b(*w); });
    e.finally([w] { w->check_empty(); });
  });
}

void worker(world& w) { take_one(w.lot, w.work); }
void producer(world& w) { w.put_and_notify(1); }

bool is_deadlock(const report& r) { return r.failure.rfind("deadlock", 0) == 0; }

}  // namespace

TEST_CASE("parking: alone, a thread is told how it woke") {
  parking lot;
  CHECK(!lot.notify_one());  // Nobody sleeps.
  parking::key key = lot.prepare();
  CHECK(lot.sleepers() == 1);
  lot.cancel();
  CHECK(lot.sleepers() == 0);

  key = lot.prepare();
  CHECK(lot.notify_one());
  CHECK(lot.sleepers() == 0);
  CHECK(lot.waking() == 1);
  CHECK(!lot.notify_one());  // There is no second one to wake.
  CHECK(lot.commit(key, -1));
  CHECK(lot.waking() == 0);

  key = lot.prepare();
  CHECK(!lot.commit(key, 1000));
  CHECK(lot.sleepers() == 0);

  key = lot.prepare();
  lot.notify_all();
  lot.cancel();
  CHECK(lot.sleepers() + lot.waking() == 0);
}

TEST_CASE("parking: in every interleaving each worker gets its work") {
  const std::initializer_list<body> casts[] = {
      {worker, producer},
      {worker, worker, [](world& w) { w.put_and_notify(2); }},
      {[](world& w) { worker(w), worker(w); }, producer, producer},
  };
  for (const auto& bodies : casts) {
    const report r = explore_world(bodies);
    CHECK(r.failure == "");
    CHECK(r.complete);
  }
}

TEST_CASE("parking: two workers and two producers, with at most two preemptions") {
  options how;
  how.max_preemptions = 2;  // All orders are 1.4 million executions.
  const report r = explore_world({worker, worker, producer, producer}, how);
  CHECK(r.failure == "");
  CHECK(r.complete);
}

TEST_CASE("parking: in every interleaving notify_all reaches each sleeper") {
  const auto waits_for_flag = [](world& w) {
    while (!w.work.any()) {
      const auto key = w.lot.prepare();
      if (w.work.any()) {
        w.lot.cancel();
      } else {
        w.lot.commit(key, -1);
      }
    }
  };
  const report r = explore_world({waits_for_flag, waits_for_flag, [](world& w) {
                                    w.work.put();
                                    w.lot.notify_all();
                                  }});
  CHECK(r.failure == "");
  CHECK(r.complete);
}

TEST_CASE("parking: who cancels leaves the wake-up to a worker that still sleeps") {
  // The first finds other work and is then busy for ever; the notification may have counted on it.
  const report r = explore_world({[](world& w) {
                                    w.lot.prepare();
                                    w.lot.cancel();
                                  },
                                  worker, producer});
  CHECK(r.failure == "");
  CHECK(r.complete);
}

TEST_CASE("parking: who runs out of time leaves the wake-up to a worker that still sleeps") {
  const auto timed = [](world& w) {
    const auto key = w.lot.prepare();
    if (w.work.any()) return w.lot.cancel();
    // Notified, it must look for work; timed out, it may go.
    if (w.lot.commit(key, 1)) w.work.take();
  };
  const report r = explore_world({timed, worker, [](world& w) { w.put_and_notify(2); }});
  CHECK(r.failure == "");
  CHECK(r.complete);

  // One piece of work, and a timed one that hands a wake-up on instead of looking.
  const report handed = explore_world({[](world& w) {
                                         const auto key = w.lot.prepare();
                                         if (w.lot.commit(key, 1)) w.lot.notify_one();
                                       },
                                       worker, producer});
  CHECK(handed.failure == "");
  CHECK(handed.complete);
}

TEST_CASE("parking: a true answer of notify_one means that somebody wakes") {
  const report r = explore(every_order(), [](execution& e) {
    auto w = std::make_shared<world>();
    auto woken = std::make_shared<std::vector<bool>>(2);
    auto answers = std::make_shared<std::vector<bool>>(2);
    for (const unsigned i : {0U, 1U}) {
      e.thread([=] { (*woken)[i] = w->lot.commit(w->lot.prepare(), 1); });
    }
    e.thread([=] {
      for (const unsigned i : {0U, 1U}) (*answers)[i] = w->lot.notify_one();
    });
    e.finally([=] {
      const auto count = [](const std::vector<bool>& v) {
        return std::count(v.begin(), v.end(), true);
      };
      require(count(*woken) == count(*answers), "as many wake as were notified");
      w->check_empty();
    });
  });
  CHECK(r.failure == "");
  CHECK(r.complete);
}

TEST_CASE(
    "parking: with a run queue, push orders the look for sleepers and push_quietly does not") {
  const auto with = [](bool quietly) {
    options how;
    how.store_buffers = true;
    return explore(how, [quietly](execution& e) {
      struct state {
        basic_parking<model_atomics> lot;
        run_queue<int, model_atomics, 2> ring, mine;
        int item = 0;
      };
      auto s = std::make_shared<state>();
      e.thread([s, quietly] {
        quietly ? s->ring.push_quietly(&s->item) : s->ring.push(&s->item);
        s->lot.notify_one();
      });
      e.thread([s] {
        while (s->ring.steal_half_into(s->mine) == 0) {
          const auto key = s->lot.prepare();
          if (s->ring.size() > 0) {
            s->lot.cancel();
          } else {
            s->lot.commit(key, -1);
          }
        }
      });
    });
  };
  const report ordered = with(false);
  CHECK(ordered.failure == "");
  CHECK(ordered.complete);
  CHECK(is_deadlock(with(true)));
}

TEST_CASE("parking: explorer finds a worker that does not look again after prepare") {
  const report r = explore_world({[](world& w) {
                                    while (!w.work.take()) w.lot.commit(w.lot.prepare(), -1);
                                  },
                                  producer});
  CHECK(is_deadlock(r));
}

namespace {

// The same protocol, wrong in one place each.
enum class fault { none, sleeps_on_a_fresh_look, cancel_takes_a_token };

template <fault wrong>
struct faulty_lot {
  model_atomics::atomic<std::uint32_t> word{0};

  std::uint32_t prepare() { return word.fetch_add(0x10000) + 0x10000; }
  void cancel() {
    std::uint32_t seen = word.load();
    for (;;) {
      const bool token =
          wrong == fault::cancel_takes_a_token ? (seen & 0xFFFF) > 0 : seen < 0x10000;
      if (word.compare_exchange_weak(seen, seen - (token ? 1 : 0x10000))) return;
    }
  }
  void commit(std::uint32_t seen, int) {
    for (;;) {
      if ((seen & 0xFFFF) > 0) {
        if (word.compare_exchange_weak(seen, seen - 1)) return;
        continue;
      }
      if (wrong == fault::sleeps_on_a_fresh_look) seen = word.load();
      model_atomics::futex_wait(word, seen, -1);
      seen = word.load();
    }
  }
  void notify_one() {
    std::uint32_t seen = word.load();
    while (seen >= 0x10000) {
      if (word.compare_exchange_weak(seen, seen - 0x10000 + 1)) {
        model_atomics::futex_wake(word, 1);
        return;
      }
    }
  }
};

template <fault wrong>
report explore_faulty() {
  return explore({}, [](execution& e) {
    struct state {
      faulty_lot<wrong> lot;
      pile<model_atomics> work;
    };
    auto s = std::make_shared<state>();
    e.thread([s] {
      s->lot.prepare();
      s->lot.cancel();
    });
    e.thread([s] { take_one(s->lot, s->work); });
    e.thread([s] {
      s->work.put();
      s->lot.notify_one();
    });
  });
}

}  // namespace

TEST_CASE("parking: explorer finds each planted fault of the protocol") {
  CHECK(explore_faulty<fault::none>().complete);
  CHECK(is_deadlock(explore_faulty<fault::sleeps_on_a_fresh_look>()));
  CHECK(is_deadlock(explore_faulty<fault::cancel_takes_a_token>()));
}

TEST_CASE("parking: on threads, more workers than cores share out all work and go home") {
  constexpr int workers = 4;
  constexpr int producers = 3;
  constexpr int each = 8'000;
  parking lot;
  pile<std_atomics> work;
  std::atomic<int> done{0};
  std::atomic<bool> closing{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < workers; ++i) {
    threads.emplace_back([&, i] {
      for (;;) {
        while (work.take()) {
          if (done.fetch_add(1) + 1 == producers * each) {
            closing.exchange(true);
            lot.notify_all();
          }
        }
        const auto key = lot.prepare();
        if (closing.load()) return lot.cancel();
        if (work.any()) {
          lot.cancel();
        } else {
          lot.commit(key, i == 0 ? 50'000 : -1);
        }
      }
    });
  }
  for (int p = 0; p < producers; ++p) {
    threads.emplace_back([&] {
      for (int i = 0; i < each; ++i) {
        work.put();
        lot.notify_one();
        if (i % 64 == 0) std::this_thread::yield();
      }
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(done.load() == producers * each);
  CHECK(lot.sleepers() == 0);
  CHECK(lot.waking() == 0);
}
