// SPDX-License-Identifier: Apache-2.0
// The rows about processes themselves: birth and end, a ring, a tree.
#include <vector>

#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/signals.hpp"
#include "beamish/runtime/spawn.hpp"
#include "ours.hpp"

namespace ours {
namespace {

using beamish::pid;

// ---- ring

struct next_node {
  pid process;
};
struct hops {
  std::int64_t left;
};
struct ask_passed {
  pid from;
};
struct passed {
  std::int64_t count;
};
struct last_node {
  std::int64_t index;
};

beamish::task<> ring_node(pid parent, std::int64_t index) {
  const auto next = co_await beamish::receive<next_node>();
  std::int64_t count = 0;
  for (;;) {
    const auto message = co_await beamish::receive<hops, ask_passed>();
    if (const auto* token = std::get_if<hops>(&message)) {
      if (token->left == 0) {
        beamish::send(parent, last_node{index});
      } else {
        ++count;
        beamish::send(next.process, hops{token->left - 1});
      }
    } else {
      beamish::send(std::get<ask_passed>(message).from, passed{count});
    }
  }
}

// ---- skynet

struct sum_of {
  std::int64_t numbers;
};

void leaf(pid parent, std::int64_t number) { beamish::send(parent, sum_of{number}); }

beamish::task<> branch(pid parent, std::int64_t first, std::int64_t size) {
  const auto part = size / 10;
  for (std::int64_t child = 0; child < 10; ++child) {
    if (part == 1)
      beamish::spawn_link(leaf, beamish::self(), first + child);
    else
      beamish::spawn_link(branch, beamish::self(), first + child * part, part);
  }
  std::int64_t sum = 0;
  for (int child = 0; child < 10; ++child) {
    const auto more = co_await beamish::receive<sum_of>();
    sum += more.numbers;
  }
  beamish::send(parent, sum_of{sum});
}

}  // namespace

beamish::task<result> spawns(std::int64_t n) {
  std::int64_t normal = 0;
  const stopwatch watch;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto child = beamish::spawn_monitor([] {});
    const auto mine = [&](const beamish::down_message& down) { return down.id == child.id; };
    const auto down = co_await beamish::receive_if<beamish::down_message>(mine);
    normal += down.reason.is_normal() && down.process == child.process;
  }
  co_return rate(n, watch.read(), expect("normal ends", normal, n));
}

beamish::task<result> ring(std::int64_t n) {
  constexpr std::int64_t size = 1000;
  std::vector<pid> nodes;
  for (std::int64_t i = 0; i < size; ++i)
    nodes.push_back(beamish::spawn_link(ring_node, beamish::self(), i));
  for (std::size_t i = 0; i < nodes.size(); ++i)
    beamish::send(nodes[i], next_node{nodes[(i + 1) % nodes.size()]});

  const stopwatch watch;
  beamish::send(nodes.front(), hops{n});
  const auto last = co_await beamish::receive<last_node>();
  const auto took = watch.read();

  expect("last node", last.index, n % size);
  std::int64_t sum = 0;
  for (const auto& node : nodes) {
    beamish::send(node, ask_passed{beamish::self()});
    const auto part = co_await beamish::receive<passed>();
    sum += part.count;
  }
  co_return rate(n, took, expect("hops", sum, n));
}

beamish::task<result> skynet(std::int64_t n) {
  const stopwatch watch;
  beamish::spawn_link(branch, beamish::self(), std::int64_t{0}, n);
  const auto total = co_await beamish::receive<sum_of>();
  const auto took = watch.read();
  auto checked = expect("sum of leaves", total.numbers, n * (n - 1) / 2);
  co_return result{took, took.seconds, "seconds", std::move(checked)};
}

}  // namespace ours
