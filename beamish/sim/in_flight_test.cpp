// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/in_flight.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <vector>

#include "beamish/sim/oracle.hpp"

using namespace beamish;

namespace {
constexpr detail::signal_type plain{
    detail::signal_kind::message, nullptr, nullptr, nullptr, nullptr, 0};
}

TEST_CASE("signals of a pair leave in the order in which they were sent") {
  const pid a{1, 1, 0}, b{1, 2, 0};
  sim::in_flight under_way;
  CHECK(!under_way.between(a, b));
  detail::signal first(plain), second(plain), back(plain), again(plain);
  CHECK(under_way.send(a, b, &first) == 0u);
  CHECK(!under_way.send(a, b, &second));
  CHECK(under_way.send(b, a, &back) == 1u);
  CHECK(under_way.size() == 3);
  CHECK(under_way.channels() == 2);
  CHECK(under_way.between(a, b));
  CHECK(under_way.take(0) == &first);
  CHECK(under_way.holds(0));
  CHECK(under_way.take(0) == &second);
  CHECK(!under_way.holds(0));
  CHECK(!under_way.between(a, b));
  CHECK(under_way.from(1) == b);
  CHECK(under_way.to(1) == a);
  CHECK(under_way.take(1) == &back);
  CHECK(under_way.size() == 0);
  CHECK(under_way.send(a, b, &again) == 0u);
}

TEST_CASE("thousands of pairs: nothing is lost, nothing overtakes within a pair") {
  sim::oracle o(3);
  sim::in_flight under_way;
  std::deque<detail::signal> all;
  std::map<std::pair<pid, pid>, std::deque<detail::signal*>> expected;
  std::size_t sent = 0, taken = 0;
  std::vector<std::uint32_t> busy;
  while (taken < 20000) {
    if (sent < 20000 && (busy.empty() || o.choose(sim::choice::next, 3) != 0)) {
      const pid from{1, o.choose(sim::choice::next, 60), 1};
      const pid to{2, o.choose(sim::choice::next, 60), 2};
      detail::signal* s = &all.emplace_back(plain);
      if (const auto channel = under_way.send(from, to, s)) busy.push_back(*channel);
      expected[{from, to}].push_back(s);
      ++sent;
      continue;
    }
    const std::size_t which = o.choose(sim::choice::next, static_cast<std::uint32_t>(busy.size()));
    const std::uint32_t channel = busy[which];
    const pid from = under_way.from(channel), to = under_way.to(channel);
    auto& queue = expected[{from, to}];
    REQUIRE(!queue.empty());
    REQUIRE(queue.front() == under_way.take(channel));
    queue.pop_front();
    REQUIRE(under_way.between(from, to) == !queue.empty());
    REQUIRE(under_way.holds(channel) == !queue.empty());
    if (queue.empty()) busy.erase(busy.begin() + static_cast<std::ptrdiff_t>(which));
    ++taken;
  }
  CHECK(under_way.size() == 0);
}
