// SPDX-License-Identifier: Apache-2.0
#include "servers.hpp"

namespace ours {

std::int64_t counter::handle_call(bump&) { return ++state.count; }

counter::totals counter::handle_call(report&) { return state; }

void counter::handle_cast(add& m) {
  ++state.count;
  state.sum += m.amount;
}

void cell::init(std::int64_t n) { number = n; }

std::int64_t cell::handle_call(value&) { return number; }

}  // namespace ours
