// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/interleave.hpp"

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "beamish/runtime/model_atomics.hpp"

using namespace beamish::interleave;

namespace {

using word = model_atomics::atomic<std::uint32_t>;

// A random program of a few operations on two cells, run in every order; returns what can come out.
struct random_program {
  struct instruction {
    std::uint32_t what, cell, value;
  };
  std::vector<std::vector<instruction>> bodies;

  random_program(std::uint64_t seed, std::size_t body_count, std::size_t length) {
    std::uint64_t state = seed * 0x9E3779B97F4A7C15U;
    const auto below = [&state](std::uint32_t bound) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      return static_cast<std::uint32_t>((state >> 20) % bound);
    };
    bodies.resize(body_count);
    for (auto& body : bodies) {
      for (std::size_t i = 0; i < length; ++i) body.push_back({below(9), below(2), below(3)});
    }
  }

  static std::uint32_t perform(const instruction& i, word& cell) {
    std::uint32_t expected = i.value;
    switch (i.what) {
      case 0:
        return cell.load();
      case 1:
        cell.store(i.value + 1, std::memory_order_release);
        return 0;
      case 2:
        cell.store(i.value + 1, std::memory_order_relaxed);
        return 0;
      case 3:
        return cell.fetch_add(1);
      case 4:
        return cell.compare_exchange_strong(expected, 7) ? 100 : expected;
      case 5:
        return cell.exchange(i.value);
      case 6:
        return model_atomics::futex_wait(cell, i.value, 1) ? 1 : 0;
      case 7:
        return model_atomics::futex_wait(cell, i.value, -1) ? 1 : 0;
      default:
        model_atomics::futex_wake(cell, 1);
        return 0;
    }
  }

  report run(const options& how, std::set<std::vector<std::uint32_t>>& outcomes) const {
    return explore(how, [&](execution& e) {
      auto cells = std::make_shared<std::array<word, 2>>();
      auto read = std::make_shared<std::vector<std::vector<std::uint32_t>>>(bodies.size());
      for (std::size_t b = 0; b < bodies.size(); ++b) {
        e.thread([this, cells, read, b] {
          for (const instruction& i : bodies[b]) {
            (*read)[b].push_back(perform(i, (*cells)[i.cell]));
          }
        });
      }
      e.finally([&outcomes, cells, read] {
        std::vector<std::uint32_t> all{(*cells)[0].load(), (*cells)[1].load()};
        for (const auto& r : *read) all.insert(all.end(), r.begin(), r.end());
        outcomes.insert(all);
      });
    });
  }
};

bool starts_with(const std::string& text, const char* beginning) {
  return text.rfind(beginning, 0) == 0;
}

}  // namespace

TEST_CASE("interleave: without reduction, every order of two bodies is run once") {
  // Two bodies of n operations interleave in (2n choose n) ways.
  const std::size_t ways[] = {1, 2, 6, 20, 70, 252};
  for (std::uint32_t n = 1; n <= 5; ++n) {
    options all;
    all.reduce = false;
    std::set<std::string> orders;
    const report r = explore(all, [&, n](execution& e) {
      auto cell = std::make_shared<word>(0U);
      auto order = std::make_shared<std::string>();
      for (const char name : {'a', 'b'}) {
        e.thread([=] {
          for (std::uint32_t i = 0; i < n; ++i) {
            cell->fetch_add(1);
            order->push_back(name);
          }
        });
      }
      e.finally([&orders, order, cell, n] {
        orders.insert(*order);
        require(cell->load() == 2 * n, "the sum");
      });
    });
    CHECK(r.complete);
    CHECK(r.failure == "");
    CHECK(r.executions == ways[n]);
    CHECK(orders.size() == ways[n]);
  }
}

TEST_CASE("interleave: reduction runs fewer executions and finds the same outcomes") {
  std::size_t all = 0;
  std::size_t few = 0;
  int compared = 0;
  int deadlocks = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const random_program program(seed, 2 + seed % 2, seed % 2 == 0 ? 4 : 3);
    options full, reduced;
    full.reduce = false;
    full.max_executions = 2000;  // The few larger programs are left out.
    full.store_buffers = reduced.store_buffers = seed % 3 == 0;
    std::set<std::vector<std::uint32_t>> by_full, by_reduced;
    const report f = program.run(full, by_full);
    const report r = program.run(reduced, by_reduced);
    if (f.executions == full.max_executions) continue;
    INFO("seed " << seed << ": " << f.failure << r.failure);
    ++compared;
    REQUIRE(f.complete == r.complete);
    REQUIRE(f.failure.empty() == r.failure.empty());
    if (f.complete) {
      REQUIRE(by_full == by_reduced);
      all += f.executions;
      few += r.executions + r.cut;
    } else {
      ++deadlocks;
    }
  }
  CHECK(few * 4 < all);
  CHECK(compared > 120);
  CHECK(deadlocks > 20);
}

TEST_CASE("interleave: explorer finds an update that is not atomic") {
  const auto racy = [](execution& e) {
    auto cell = std::make_shared<word>(0U);
    for (int i = 0; i < 2; ++i) e.thread([cell] { cell->store(cell->load() + 1); });
    e.finally([cell] { require(cell->load() == 2, "an increment was lost"); });
  };
  const report r = explore({}, racy);
  CHECK(!r.complete);
  CHECK(starts_with(r.failure, "an increment was lost"));
  CHECK(r.failure.find("body 1 writes cell 0") != std::string::npos);

  options no_preemption;
  no_preemption.max_preemptions = 0;
  CHECK(explore(no_preemption, racy).complete);  // The fault needs one preemption.
  options one;
  one.max_preemptions = 1;
  CHECK(starts_with(explore(one, racy).failure, "an increment was lost"));
}

TEST_CASE("interleave: explorer finds a planted lost wake-up") {
  // The sleeper tells nobody between its look and its sleep; the futex word does not change.
  const report r = explore({}, [](execution& e) {
    auto flag = std::make_shared<word>(0U);
    auto futex = std::make_shared<word>(0U);
    e.thread([=] {
      if (flag->load() == 0) model_atomics::futex_wait(*futex, 0, -1);
    });
    e.thread([=] {
      flag->store(1);
      model_atomics::futex_wake(*futex, 1);
    });
  });
  CHECK(starts_with(r.failure, "deadlock"));
  // Sleeping on the flag itself is right.
  const report right = explore({}, [](execution& e) {
    auto flag = std::make_shared<word>(0U);
    e.thread([=] {
      while (flag->load() == 0) model_atomics::futex_wait(*flag, 0, -1);
    });
    e.thread([=] {
      flag->store(1);
      model_atomics::futex_wake(*flag, 1);
    });
  });
  CHECK(right.failure == "");
  CHECK(right.complete);
}

TEST_CASE("interleave: a timeout may come at any moment, and a wake reaches any sleeper") {
  std::set<std::string> seen;
  const report r = explore({}, [&](execution& e) {
    auto futex = std::make_shared<word>(0U);
    auto woken = std::make_shared<std::vector<int>>(2, -1);
    for (const unsigned i : {0U, 1U}) {
      e.thread([=] { (*woken)[i] = model_atomics::futex_wait(*futex, 0, 1) ? 1 : 0; });
    }
    e.thread([=] { model_atomics::futex_wake(*futex, 1); });
    e.finally(
        [&seen, woken] { seen.insert(std::to_string((*woken)[0]) + std::to_string((*woken)[1])); });
  });
  CHECK(r.complete);
  CHECK(seen == std::set<std::string>{"00", "01", "10"});
}

TEST_CASE("interleave: with store buffers two threads can miss each other's plain stores") {
  const auto both_zero = [](std::memory_order order, bool buffers) {
    options how;
    how.store_buffers = buffers;
    return explore(how, [order](execution& e) {
      auto x = std::make_shared<word>(0U);
      auto y = std::make_shared<word>(0U);
      auto read = std::make_shared<std::pair<std::uint32_t, std::uint32_t>>();
      e.thread([=] {
        x->store(1, order);
        require(x->load() == 1, "a thread sees its own store");
        read->first = y->load();
      });
      e.thread([=] {
        y->store(1, order);
        read->second = x->load();
      });
      e.finally([=] {
        require(x->load() == 1 && y->load() == 1, "stores go out in the end");
        require(read->first + read->second > 0, "both missed");
      });
    });
  };
  CHECK(both_zero(std::memory_order_release, false).complete);
  CHECK(both_zero(std::memory_order_seq_cst, true).complete);
  CHECK(starts_with(both_zero(std::memory_order_release, true).failure, "both missed"));
}

TEST_CASE("interleave: exceptions, endless bodies and a limit of executions are reported") {
  const report thrown =
      explore({}, [](execution& e) { e.thread([] { throw std::runtime_error("no"); }); });
  CHECK(thrown.failure == "exception: no");

  const report endless = explore({}, [](execution& e) {
    auto cell = std::make_shared<word>(0U);
    e.thread([=] {
      while (cell->load() == 0) {
      }
    });
  });
  CHECK(starts_with(endless.failure, "no end in sight"));

  options few;
  few.max_executions = 3;
  const report limited = explore(few, [](execution& e) {
    auto cell = std::make_shared<word>(0U);
    for (int i = 0; i < 3; ++i) e.thread([=] { cell->fetch_add(1); });
  });
  CHECK(limited.failure == "");
  CHECK(!limited.complete);
  CHECK(limited.executions == 3);
}
