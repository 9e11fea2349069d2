// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/counted.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <thread>
#include <vector>

#include "beamish/runtime/memory_access.hpp"

using namespace beamish;

namespace {

struct thing : detail::from_pool {
  explicit thing(int& l) : left(l) {}
  thing(const thing&) = delete;
  virtual ~thing() { --left; }
  mutable std::atomic<std::uint32_t> references{0};
  int& left;
};
struct special_thing final : thing {
  using thing::thing;
};

}  // namespace

TEST_CASE("the last owner to go deletes what counts its owners") {
  int left = 2;
  {
    detail::counted<special_thing> first(new special_thing(left));
    const detail::counted<const thing> second = first;
    CHECK(second.get() == first.get());
    first = detail::counted<special_thing>(std::make_unique<special_thing>(left));
    CHECK(left == 2);
    CHECK(second->references == 1);
    auto third = first;
    CHECK(third == first);
    first = std::move(third);
    CHECK(third.get() == nullptr);
    first = *&first;
    CHECK(left == 2);
  }
  CHECK(left == 0);
}

TEST_CASE("an owner that was released is nobody's until it is adopted") {
  int left = 1;
  detail::counted<const thing> owner(std::make_unique<thing>(left));
  const thing* const kept = owner.release();
  owner = {};
  CHECK(left == 1);
  CHECK(detail::counted<const thing>::adopt(kept)->references == 1);
  CHECK(left == 0);
}

TEST_CASE("owners come and go on several threads") {
  int left = 1;
  {
    const detail::counted<thing> owner(new thing(left));
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([owner] {
        for (int round = 0; round < 10'000; ++round) {
          auto copy = owner;
          const auto moved = std::move(copy);
        }
      });
    }
    for (std::thread& t : threads) t.join();
    CHECK(left == 1);
    CHECK(owner->references == 1);
  }
  CHECK(left == 0);
}
