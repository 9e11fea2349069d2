// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/in_flight.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <map>

#include "beamish/sim/oracle.hpp"

using namespace beamish;

namespace {
constexpr detail::signal_type plain{
    detail::signal_kind::message, nullptr, nullptr, nullptr, nullptr, 0};
}

TEST_CASE("signals of a pair leave in the order in which they were sent") {
  const pid a{1, 1, 0}, b{1, 2, 0};
  sim::in_flight under_way;
  CHECK(under_way.channels() == 0);
  CHECK(!under_way.between(a, b));
  detail::signal first(plain), second(plain), back(plain);
  under_way.send(a, b, &first);
  under_way.send(a, b, &second);
  under_way.send(b, a, &back);
  CHECK(under_way.channels() == 2);
  CHECK(under_way.between(a, b));
  CHECK(under_way.take(0).what == &first);
  CHECK(under_way.take(0).what == &second);
  CHECK(!under_way.between(a, b));
  const auto last = under_way.take(0);
  CHECK(last.what == &back);
  CHECK(last.from == b);
  CHECK(last.to == a);
  CHECK(under_way.channels() == 0);
}

TEST_CASE("thousands of pairs: nothing is lost, nothing overtakes within a pair") {
  sim::oracle o(3);
  sim::in_flight under_way;
  std::deque<detail::signal> all;
  std::map<std::pair<pid, pid>, std::deque<detail::signal*>> expected;
  std::size_t sent = 0, taken = 0;
  while (taken < 20000) {
    if (sent < 20000 && (under_way.channels() == 0 || o.choose(sim::choice::next, 3) != 0)) {
      const pid from{1, o.choose(sim::choice::next, 60), 1};
      const pid to{2, o.choose(sim::choice::next, 60), 2};
      detail::signal* s = &all.emplace_back(plain);
      under_way.send(from, to, s);
      expected[{from, to}].push_back(s);
      ++sent;
      continue;
    }
    const auto a = under_way.take(o.choose(sim::choice::next, under_way.channels()));
    auto& queue = expected[{a.from, a.to}];
    REQUIRE(!queue.empty());
    REQUIRE(queue.front() == a.what);
    queue.pop_front();
    REQUIRE(under_way.between(a.from, a.to) == !queue.empty());
    ++taken;
  }
  CHECK(under_way.channels() == 0);
}
