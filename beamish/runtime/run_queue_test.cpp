// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/run_queue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "beamish/runtime/model_atomics.hpp"

using namespace beamish::interleave;
using beamish::detail::run_queue;

namespace {

using items = std::vector<int*>;

// The items a model test moves around, and what each body ended up with.
struct world {
  int item[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  run_queue<int, model_atomics, 4> victim;
  run_queue<int, model_atomics, 4> thief[2];
  items got[3];

  void keep(int body, int* one) {
    if (one != nullptr) got[body].push_back(one);
  }
  void keep_all(int body, run_queue<int, model_atomics, 4>& queue) {
    while (int* one = queue.pop()) got[body].push_back(one);
  }
  // Each of the first n items came out once, and for every body in the order of the ring.
  void check(int n) {
    keep_all(0, victim);
    items all;
    for (const items& g : got) {
      require(std::is_sorted(g.begin(), g.end()), "first in, first out");
      all.insert(all.end(), g.begin(), g.end());
    }
    std::sort(all.begin(), all.end());
    items expected;
    for (int i = 0; i < n; ++i) expected.push_back(&item[i]);
    require(all == expected, "every item once");
  }
};

}  // namespace

TEST_CASE("run_queue: the owner gets items back in order, across many turns of the ring") {
  run_queue<int> queue;
  std::vector<int> numbers(2000);
  CHECK(queue.pop() == nullptr);
  std::size_t in = 0;
  std::size_t out = 0;
  while (out < numbers.size()) {
    for (int i = 0; i < 7 && in < numbers.size(); ++i) {
      REQUIRE((i % 2 == 0 ? queue.push(&numbers[in]) : queue.push_quietly(&numbers[in])));
      ++in;
    }
    REQUIRE(queue.size() == in - out);
    for (int i = 0; i < 5 && out < in; ++i) REQUIRE(queue.pop() == &numbers[out++]);
    if (in - out > 200) {
      while (out < in) REQUIRE(queue.pop() == &numbers[out++]);
    }
  }
  CHECK(queue.pop() == nullptr);
}

TEST_CASE("run_queue: a full ring refuses, and half of it can be taken away") {
  run_queue<int> queue;
  std::vector<int> numbers(257);
  for (std::size_t i = 0; i < 256; ++i) REQUIRE(queue.push(&numbers[i]));
  CHECK(!queue.push(&numbers[256]));
  CHECK(!queue.push_quietly(&numbers[256]));
  CHECK(queue.size() == 256);
  int* half[128] = {};
  REQUIRE(queue.take_half(half) == 128);
  for (std::size_t i = 0; i < 128; ++i) REQUIRE(half[i] == &numbers[i]);
  CHECK(queue.push(&numbers[256]));
  for (std::size_t i = 128; i < 257; ++i) REQUIRE(queue.pop() == &numbers[i]);
  CHECK(queue.take_half(half) == 0);
}

TEST_CASE("run_queue: a thief takes the older half, as far as it has room") {
  run_queue<int> victim;
  run_queue<int> thief;
  std::vector<int> numbers(300);
  CHECK(thief.steal_half_into(thief) == 0);
  CHECK(victim.steal_half_into(thief) == 0);
  for (std::size_t i = 0; i < 5; ++i) victim.push(&numbers[i]);
  CHECK(victim.steal_half_into(thief) == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(thief.pop() == &numbers[i]);
  CHECK(victim.steal_half_into(thief) == 1);
  CHECK(victim.steal_half_into(thief) == 1);
  CHECK(victim.pop() == nullptr);
  CHECK(thief.size() == 2);
  for (std::size_t i = 0; i < 253; ++i) thief.push(&numbers[i]);
  for (std::size_t i = 253; i < 263; ++i) victim.push(&numbers[i]);
  CHECK(victim.steal_half_into(thief) == 1);
  CHECK(victim.steal_half_into(thief) == 0);
  CHECK(thief.size() == 256);
  CHECK(victim.size() == 9);
}

TEST_CASE("run_queue: the slot is exchanged whole") {
  run_queue<int> queue;
  int a = 0;
  int b = 0;
  CHECK(!queue.has_lifo());
  CHECK(queue.exchange_lifo(&a) == nullptr);
  CHECK(queue.has_lifo());
  CHECK(queue.exchange_lifo(&b) == &a);
  CHECK(queue.exchange_lifo(nullptr) == &b);
  CHECK(queue.exchange_lifo(nullptr) == nullptr);
  CHECK(queue.size() == 0);
}

// The owner pushes and pops over the end of a ring of four while a thief steals.
static void owner_and_thief(execution& e) {
  auto w = std::make_shared<world>();
  for (int i = 0; i < 3; ++i) w->victim.push(&w->item[i]);
  e.thread([w] {
    for (int i = 3; i < 5; ++i) {
      if (!w->victim.push(&w->item[i])) w->keep(0, &w->item[i]);
    }
    w->keep(0, w->victim.pop());
    if (!w->victim.push_quietly(&w->item[5])) w->keep(0, &w->item[5]);
    w->keep(0, w->victim.pop());
  });
  e.thread([w] {
    w->victim.steal_half_into(w->thief[0]);
    w->keep_all(1, w->thief[0]);
  });
  // A refused item goes past the ring, so order holds for the ring's own items only.
  e.finally([w] {
    std::sort(w->got[0].begin(), w->got[0].end());
    items rest;
    while (int* one = w->victim.pop()) rest.push_back(one);
    require(std::is_sorted(rest.begin(), rest.end()), "first in, first out");
    w->got[2] = rest;
    w->check(6);
  });
}

TEST_CASE("run_queue: every interleaving of owner and thief loses and doubles nothing") {
  for (const bool buffers : {false, true}) {
    options how;
    how.store_buffers = buffers;
    const report r = explore(how, owner_and_thief);
    CHECK(r.failure == "");
    CHECK(r.complete);
  }
}

TEST_CASE("run_queue: every interleaving of an owner and two thieves") {
  for (const bool buffers : {false, true}) {
    options how;
    how.store_buffers = buffers;
    const report r = explore(how, [](execution& e) {
      auto w = std::make_shared<world>();
      for (int i = 0; i < 3; ++i) w->victim.push(&w->item[i]);
      e.thread([w] {
        w->keep(0, w->victim.pop());
        w->victim.push_quietly(&w->item[3]);
        w->keep(0, w->victim.pop());
      });
      for (const int i : {0, 1}) {
        e.thread([w, i] { w->victim.steal_half_into(w->thief[i]); });
      }
      e.finally([w] {
        for (const int i : {0, 1}) w->keep_all(i + 1, w->thief[i]);
        w->check(4);
      });
    });
    CHECK(r.failure == "");
    CHECK(r.complete);
  }
}

TEST_CASE("run_queue: an overflow while a thief steals, and a slot wanted by two") {
  const report overflow = explore({}, [](execution& e) {
    auto w = std::make_shared<world>();
    for (int i = 0; i < 4; ++i) w->victim.push(&w->item[i]);
    e.thread([w] {
      if (w->victim.push(&w->item[4])) return;
      int* half[2] = {};
      const std::size_t n = w->victim.take_half(half);
      for (std::size_t i = 0; i < n; ++i) w->keep(0, half[i]);
      require(w->victim.push(&w->item[4]), "there is room after half was taken");
    });
    e.thread([w] { w->victim.steal_half_into(w->thief[0]); });
    e.finally([w] {
      w->keep_all(1, w->thief[0]);
      w->check(5);
    });
  });
  CHECK(overflow.failure == "");
  CHECK(overflow.complete);

  const report slot = explore({}, [](execution& e) {
    auto w = std::make_shared<world>();
    e.thread([w] {
      w->keep(0, w->victim.exchange_lifo(&w->item[0]));
      w->keep(0, w->victim.exchange_lifo(&w->item[1]));
    });
    for (const int i : {1, 2}) {
      e.thread([w, i] { w->keep(i, w->victim.exchange_lifo(nullptr)); });
    }
    e.finally([w] {
      w->keep(0, w->victim.exchange_lifo(nullptr));
      w->check(2);
    });
  });
  CHECK(slot.failure == "");
  CHECK(slot.complete);
}

namespace {

// A ring whose thief moves the head without looking whether somebody else did.
template <class A>
struct careless_ring {
  typename A::template atomic<std::uint64_t> head{0}, tail{0};
  typename A::template atomic<int*> slots[4]{};

  void push(int* one) {
    const std::uint64_t t = tail.load();
    slots[t % 4].store(one);
    tail.store(t + 1);
  }
  int* take() {
    const std::uint64_t h = head.load();
    if (h == tail.load()) return nullptr;
    int* one = slots[h % 4].load();
    head.store(h + 1);
    return one;
  }
};

}  // namespace

TEST_CASE("run_queue: explorer finds a planted theft without compare and exchange") {
  const report r = explore({}, [](execution& e) {
    struct state {
      int item[2] = {};
      careless_ring<model_atomics> ring;
      int* got[2] = {};
    };
    auto s = std::make_shared<state>();
    for (int& i : s->item) s->ring.push(&i);
    for (const int i : {0, 1}) e.thread([s, i] { s->got[i] = s->ring.take(); });
    e.finally([s] { require(s->got[0] != s->got[1], "every item once"); });
  });
  CHECK(r.failure.rfind("every item once", 0) == 0);
}

TEST_CASE("run_queue: on threads, an owner and two thieves share out every item once") {
  constexpr std::size_t count = 100'000;
  run_queue<int> victim;
  std::vector<int> numbers(count);
  std::atomic<bool> finished{false};
  std::vector<int*> got[3];
  const auto thief = [&](int id) {
    run_queue<int> mine;
    for (;;) {
      const bool last = finished.load();
      const std::size_t stolen = victim.steal_half_into(mine);
      while (int* one = mine.pop()) got[id].push_back(one);
      if (int* one = victim.exchange_lifo(nullptr)) got[id].push_back(one);
      if (last && stolen == 0) return;
      if (stolen == 0) std::this_thread::yield();
    }
  };
  std::thread first(thief, 1);
  std::thread second(thief, 2);
  int* half[run_queue<int>::capacity / 2];
  for (std::size_t i = 0; i < count; ++i) {
    int* displaced = victim.exchange_lifo(&numbers[i]);
    while (displaced != nullptr && !victim.push(displaced)) {
      const std::size_t n = victim.take_half(half);
      got[0].insert(got[0].end(), half, half + n);
    }
    if (i % 3 == 0) {
      if (int* one = victim.pop()) got[0].push_back(one);
    }
  }
  finished.store(true);
  first.join();
  second.join();
  std::vector<int*> all;
  for (const auto& g : got) all.insert(all.end(), g.begin(), g.end());
  while (int* one = victim.pop()) all.push_back(one);
  if (int* one = victim.exchange_lifo(nullptr)) all.push_back(one);
  std::sort(all.begin(), all.end());
  REQUIRE(all.size() == count);
  for (std::size_t i = 0; i < count; ++i) REQUIRE(all[i] == &numbers[i]);
}
