// SPDX-License-Identifier: Apache-2.0
// The servers that are measured. Their callbacks are in servers.cpp, out of their clients' sight.
#pragma once

#include <cstdint>
#include <vector>

#include "beamish/otp/gen_server.hpp"

namespace ours {

struct counter : beamish::gen_server<counter> {
  struct totals {
    std::int64_t count = 0;
    std::int64_t sum = 0;
  };
  struct bump {
    using reply = std::int64_t;
  };
  struct report {
    using reply = totals;
  };
  struct add {
    std::int64_t amount;
  };
  using messages = beamish::accepts<bump, report, add>;

  totals state;

  std::int64_t handle_call(bump&);
  totals handle_call(report&);
  void handle_cast(add& m);
};

struct cell : beamish::gen_server<cell> {
  struct value {
    using reply = std::int64_t;
  };
  using messages = beamish::accepts<value>;

  std::int64_t number = 0;

  void init(std::int64_t n);
  std::int64_t handle_call(value&);
};

// Calls each of them with that question, and adds up their numbers.
template <class Question>
beamish::task<std::int64_t> sum_of(const std::vector<beamish::pid>& servers) {
  std::int64_t sum = 0;
  for (const beamish::pid to : servers) {
    const auto number = co_await beamish::call<Question>(to);
    sum += number;
  }
  co_return sum;
}

}  // namespace ours
