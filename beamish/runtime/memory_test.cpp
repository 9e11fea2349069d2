// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/memory.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

using namespace beamish::detail;

TEST_CASE("memory: every size has the smallest class that holds it") {
  for (std::size_t bytes = 0; bytes <= 1024; ++bytes) {
    const std::uint8_t c = size_class_of(bytes);
    REQUIRE(c < size_class_count);
    REQUIRE(size_class_bytes[c] >= bytes);
    if (c > 0) REQUIRE(size_class_bytes[c - 1] < bytes);
  }
  CHECK(size_class_of(1025) == large_size_class);
  CHECK(size_class_of(1 << 20) == large_size_class);
}

TEST_CASE("memory: blocks are aligned, apart from each other, and all come back") {
  memory_depot depot;
  {
    magazines mine(depot);
    struct piece {
      unsigned char* at;
      std::size_t bytes;
      unsigned char mark;
    };
    std::vector<piece> pieces;
    for (std::size_t i = 0; i < 5000; ++i) {
      const std::size_t bytes = 1 + (i * 37) % 1500;
      auto* at = static_cast<unsigned char*>(mine.allocate(bytes));
      REQUIRE(reinterpret_cast<std::uintptr_t>(at) % 16 == 0);
      const auto mark = static_cast<unsigned char>(i);
      std::memset(at, mark, bytes);
      pieces.push_back({at, bytes, mark});
    }
    for (const piece& p : pieces) {
      REQUIRE(std::all_of(p.at, p.at + p.bytes, [&](unsigned char b) { return b == p.mark; }));
      mine.deallocate(p.at, p.bytes);
    }
  }
  CHECK(depot.stats().blocks_out == 0);
}

TEST_CASE("memory: what was given back is used again before new memory is taken") {
  if (!pooled_memory) return;
  memory_depot depot;
  magazines mine(depot);
  std::vector<void*> blocks;
  const auto churn = [&] {
    for (int i = 0; i < 10'000; ++i) blocks.push_back(mine.allocate(64));
    for (void* b : blocks) mine.deallocate(b, 64);
    blocks.clear();
  };
  churn();
  const std::size_t reserved = depot.stats().bytes_reserved;
  CHECK(reserved >= 640'000);
  CHECK(reserved == depot.stats().chunks * memory_depot::chunk_bytes);
  for (int round = 0; round < 20; ++round) churn();
  CHECK(depot.stats().bytes_reserved == reserved);
}

TEST_CASE("memory: a flow from one thread to another takes no more memory than what is under way") {
  if (!pooled_memory) return;
  memory_depot depot;
  magazines producer(depot);
  magazines consumer(depot);
  for (int i = 0; i < 100'000; ++i) consumer.deallocate(producer.allocate(48), 48);
  CHECK(depot.stats().chunks == 1);
}

TEST_CASE("memory: single blocks gather into magazines again") {
  if (!pooled_memory) return;
  memory_depot depot;
  std::vector<void*> blocks;
  for (int i = 0; i < 200; ++i) blocks.push_back(depot.allocate(1024));
  CHECK(depot.stats().blocks_out == 200);
  for (void* b : blocks) depot.deallocate(b, 1024);
  CHECK(depot.stats().blocks_out == 0);
  const std::size_t reserved = depot.stats().bytes_reserved;
  magazines mine(depot);
  std::set<void*> again;
  for (int i = 0; i < 200; ++i) again.insert(mine.allocate(1024));
  CHECK(again.size() == 200);
  CHECK(depot.stats().bytes_reserved == reserved);
  for (void* b : again) mine.deallocate(b, 1024);
}

TEST_CASE("memory: the last blocks of a chunk are used, and small ones after large ones") {
  if (!pooled_memory) return;
  memory_depot depot;
  magazines mine(depot);
  std::set<void*> blocks;
  // A chunk holds 255 blocks of 1024 bytes beside its header.
  for (int i = 0; i < 255; ++i) blocks.insert(mine.allocate(1024));
  CHECK(depot.stats().chunks == 1);
  blocks.insert(mine.allocate(1024));
  CHECK(depot.stats().chunks == 2);
  CHECK(blocks.size() == 256);
  for (void* b : blocks) mine.deallocate(b, 1024);
}

TEST_CASE("memory: a pool that grows large goes on in large chunks, and uses them up") {
  if (!pooled_memory) return;
  memory_depot depot;
  magazines mine(depot);
  constexpr std::size_t small = memory_depot::small_chunks * memory_depot::chunk_bytes;
  constexpr std::size_t count = 2 * small / 1024;
  std::vector<unsigned char*> blocks;
  for (std::size_t i = 0; i < count; ++i) {
    blocks.push_back(static_cast<unsigned char*>(mine.allocate(1024)));
    blocks.back()[0] = blocks.back()[1023] = static_cast<unsigned char>(i);
  }
  const auto grown = depot.stats();
  CHECK(grown.chunks > memory_depot::small_chunks);
  CHECK(grown.chunks < memory_depot::small_chunks + small / memory_depot::chunk_bytes);
  CHECK(grown.bytes_reserved >= count * 1024);
  CHECK(grown.bytes_reserved <= count * 1024 + small / 4);
  bool kept = true;
  for (std::size_t i = 0; i < count; ++i) {
    const auto mark = static_cast<unsigned char>(i);
    kept = kept && blocks[i][0] == mark && blocks[i][1023] == mark;
  }
  CHECK(kept);
  for (unsigned char* b : blocks) mine.deallocate(b, 1024);
  CHECK(std::set<unsigned char*>(blocks.begin(), blocks.end()).size() == count);
}

TEST_CASE("memory: the k-th allocation fails, exactly, whatever the sizes") {
  memory_depot depot;
  {
    magazines mine(depot);
    std::vector<std::pair<void*, std::size_t>> held;
    const std::size_t sizes[] = {32, 48, 5000, 1024, 64};
    // Something in the magazines beforehand, and blocks given back in between, change nothing.
    mine.deallocate(mine.allocate(32), 32);
    for (std::uint64_t k = 0; k < 200; ++k) {
      mine.set_fail_after(k);
      for (std::uint64_t i = 0; i < k; ++i) {
        const std::size_t bytes = sizes[(i + k) % 5];
        void* block = nullptr;
        REQUIRE_NOTHROW(block = mine.allocate(bytes));
        if (i % 3 == 0) {
          mine.deallocate(block, bytes);
        } else {
          held.emplace_back(block, bytes);
        }
      }
      REQUIRE_THROWS_AS(mine.allocate(sizes[k % 5]), std::bad_alloc);
      void* after = nullptr;
      REQUIRE_NOTHROW(after = mine.allocate(32));
      mine.deallocate(after, 32);
    }
    std::set<void*> distinct;
    for (const auto& [block, bytes] : held) distinct.insert(block);
    CHECK(distinct.size() == held.size());
    for (const auto& [block, bytes] : held) mine.deallocate(block, bytes);
    mine.set_fail_after(1000);  // Still armed at the end of the magazines.
    mine.deallocate(mine.allocate(96), 96);
  }
  CHECK(depot.stats().blocks_out == 0);
}

TEST_CASE("memory: threads pass blocks around a ring and none is lost or shared") {
  memory_depot depot;
  constexpr int threads = 3;
  constexpr int rounds = 20'000;
  // One cell for each neighbour pair: a block travels through it and is freed by the receiver.
  std::atomic<std::uint64_t*> cells[threads] = {};
  std::vector<std::thread> workers;
  std::atomic<int> wrong{0};
  for (int id = 0; id < threads; ++id) {
    workers.emplace_back([&, id] {
      magazines mine(depot);
      const std::size_t bytes = 64 + 16 * static_cast<std::size_t>(id);
      const int from = (id + threads - 1) % threads;
      const std::size_t from_bytes = 64 + 16 * static_cast<std::size_t>(from);
      int sent = 0;
      int received = 0;
      while (sent < rounds || received < rounds) {
        std::uint64_t* empty = nullptr;
        if (sent < rounds && cells[id].load(std::memory_order_relaxed) == nullptr) {
          auto* block = static_cast<std::uint64_t*>(mine.allocate(bytes));
          std::fill_n(block, bytes / 8, static_cast<std::uint64_t>(sent));
          if (cells[id].compare_exchange_strong(empty, block, std::memory_order_acq_rel)) ++sent;
        }
        std::uint64_t* got = cells[from].exchange(nullptr, std::memory_order_acq_rel);
        if (got == nullptr) {
          std::this_thread::yield();
          continue;
        }
        for (std::size_t i = 0; i < from_bytes / 8; ++i) {
          if (got[i] != static_cast<std::uint64_t>(received)) wrong.fetch_add(1);
        }
        ++received;
        mine.deallocate(got, from_bytes);
      }
    });
  }
  for (std::thread& w : workers) w.join();
  CHECK(wrong.load() == 0);
  CHECK(depot.stats().blocks_out == 0);
  if (pooled_memory) CHECK(depot.stats().chunks <= 2);
}
