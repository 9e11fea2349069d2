// SPDX-License-Identifier: Apache-2.0
//
// The store of free memory in every order in which threads can take blocks from it and give back
// those of others. Each visit to it is one section of its lock, so for the explorer one operation.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "beamish/runtime/memory.hpp"
#include "beamish/runtime/model_atomics.hpp"

using namespace beamish::interleave;
using beamish::detail::free_list;
using beamish::detail::magazines;
using beamish::detail::memory_depot;
using beamish::detail::pooled_memory;

namespace {

constexpr std::size_t bytes = 48;
constexpr int full = memory_depot::magazine_blocks;

// Three threads with magazines of their own, and how they pass blocks to each other.
struct world {
  memory_depot depot;
  magazines mine[3] = {magazines(depot), magazines(depot), magazines(depot)};
  model_atomics::atomic<std::uint32_t> visits{0};  // of the depot
  model_atomics::atomic<std::uint32_t> passed[3]{};
  std::vector<void*> mail[3];  // guarded by `passed`
  std::vector<void*> held[3];

  // At most a magazine at a time: so between two turns of others there is at most one visit.
  void take(int who, int count) {
    for (int i = 0; i < count; ++i) {
      if (i % full == 0) visits.fetch_add(1);
      held[who].push_back(mine[who].allocate(bytes));
    }
  }
  void give(int who, std::vector<void*>& blocks) {
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      if (i % full == 0) visits.fetch_add(1);
      mine[who].deallocate(blocks[i], bytes);
    }
    blocks.clear();
  }
  void pass(int from, int to) {
    mail[to].swap(held[from]);
    passed[to].store(1, std::memory_order_release);
  }
  void give_mail(int who) {
    if (passed[who].load(std::memory_order_acquire) == 1) give(who, mail[who]);
  }
  void check() {
    std::vector<void*> all;
    for (const auto* lists : {held, mail}) {
      for (int i = 0; i < 3; ++i) all.insert(all.end(), lists[i].begin(), lists[i].end());
    }
    std::sort(all.begin(), all.end());
    require(std::adjacent_find(all.begin(), all.end()) == all.end(), "no block is given twice");
    for (int i = 0; i < 3; ++i) {
      give(i, held[i]);
      give(i, mail[i]);
    }
  }
};

}  // namespace

TEST_CASE("memory: in every order blocks that another thread frees are given out once") {
  if (!pooled_memory) {
    MESSAGE("skipped: under AddressSanitizer there is no pool");
    return;
  }
  for (const bool buffers : {false, true}) {
    options how = every_order();
    how.store_buffers = buffers;
    const report r = explore(how, [](execution& e) {
      auto w = std::make_shared<world>();
      e.thread([w] {
        w->take(0, 2 * full + 1);
        w->pass(0, 1);
        w->take(0, full + 1);
        w->give_mail(0);
      });
      e.thread([w] {
        w->give_mail(1);
        w->take(1, full + 1);
        w->pass(1, 2);
      });
      e.thread([w] {
        w->take(2, 1);
        w->give_mail(2);
        w->take(2, 3 * full);
      });
      e.finally([w] { w->check(); });
    });
    CHECK(r.failure == "");
    CHECK(r.complete);
    CHECK(r.executions > 10);
  }
}

namespace {

// A store that looks at its first block and takes it in two steps.
struct careless_store {
  model_atomics::atomic<int> next{0};
  int take() {
    const int first = next.load();
    next.store(first + 1);
    return first;
  }
};

}  // namespace

TEST_CASE("memory: explorer finds a planted store without a lock") {
  const report r = explore({}, [](execution& e) {
    struct state {
      careless_store store;
      int got[2] = {};
    };
    auto s = std::make_shared<state>();
    for (const int i : {0, 1}) e.thread([s, i] { s->got[i] = s->store.take(); });
    e.finally([s] { require(s->got[0] != s->got[1], "no block is given twice"); });
  });
  CHECK(r.failure.rfind("no block is given twice", 0) == 0);
}
