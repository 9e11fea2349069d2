// SPDX-License-Identifier: Apache-2.0
// The rows about actors themselves: birth and end, an idle million, a ring, a tree.
#include <vector>

#include "peer.hpp"

namespace peer {
namespace {

using value = caf::atom_constant<caf::atom("value")>;
using ready = caf::atom_constant<caf::atom("ready")>;
using next_node = caf::atom_constant<caf::atom("next")>;
using hops = caf::atom_constant<caf::atom("hops")>;
using passed = caf::atom_constant<caf::atom("passed")>;

struct spawner_state {
  std::int64_t left = 0;
  std::int64_t normal = 0;
};

using spawner = caf::stateful_actor<spawner_state>;

void spawn_next(spawner* self) {
  self->spawn<caf::monitored>([](caf::event_based_actor*) {});
}

caf::behavior spawn_all(spawner* self, const caf::actor& parent, std::int64_t n) {
  self->state.left = n;
  self->set_down_handler([=](caf::down_msg& down) {
    if (!down.reason) ++self->state.normal;
    if (--self->state.left > 0) return spawn_next(self);
    self->send(parent, self->state.normal);
    self->quit();
  });
  spawn_next(self);
  return {[](ready) {}};
}

struct cells_state {
  std::vector<caf::actor> cells;
  std::size_t asked = 0;
  std::int64_t sum = 0;
};

using cells = caf::stateful_actor<cells_state>;

void ask_next(cells* self, const caf::actor& parent) {
  auto& state = self->state;
  if (state.asked == state.cells.size()) return self->send(parent, state.sum);
  self->request(state.cells[state.asked++], caf::infinite, value::value).await([=](std::int64_t v) {
    self->state.sum += v;
    ask_next(self, parent);
  });
}

caf::behavior cell(caf::event_based_actor* self, const caf::actor& owner, std::int64_t number) {
  self->send(owner, ready::value);
  return {[number](value) { return number; }};
}

// Each cell says that it has run its first step before the next one is started, as start_link waits
// for init. (A million cells spawned at a stroke make every theft by the other worker walk the
// whole queue of this one.)
void start_next(cells* self) {
  const auto number = static_cast<std::int64_t>(self->state.cells.size());
  self->state.cells.push_back(
      self->spawn<caf::linked>(cell, caf::actor_cast<caf::actor>(self), number));
}

caf::behavior start_cells(cells* self, const caf::actor& parent, std::size_t n) {
  self->state.cells.reserve(n);
  start_next(self);
  return {
      [=](ready) {
        if (self->state.cells.size() < n)
          start_next(self);
        else
          self->send(parent, ready::value);
      },
      [=](value) { ask_next(self, parent); },
  };
}

struct node_state {
  caf::actor next;
  std::int64_t passed = 0;
};

caf::behavior ring_node(caf::stateful_actor<node_state>* self, const caf::actor& parent,
                        std::int64_t index) {
  return {
      [=](next_node, const caf::actor& next) { self->state.next = next; },
      [=](hops, std::int64_t left) {
        if (left == 0) return self->send(parent, index);
        ++self->state.passed;
        self->send(self->state.next, hops::value, left - 1);
      },
      [=](passed) { return self->state.passed; },
  };
}

struct branch_state {
  std::int64_t pending = 10;
  std::int64_t sum = 0;
};

using branch = caf::stateful_actor<branch_state>;

caf::behavior grow(branch* self, const caf::actor& parent, std::int64_t first, std::int64_t size);

void leaf(caf::event_based_actor* self, const caf::actor& parent, std::int64_t first) {
  self->send(parent, first);
}

void grow_child(branch* self, std::int64_t first, std::int64_t size) {
  const auto me = caf::actor_cast<caf::actor>(self);
  if (size == 1)
    self->spawn<caf::linked>(leaf, me, first);
  else
    self->spawn<caf::linked>(grow, me, first, size);
}

caf::behavior grow(branch* self, const caf::actor& parent, std::int64_t first, std::int64_t size) {
  for (std::int64_t c = 0; c < 10; ++c) grow_child(self, first + c * (size / 10), size / 10);
  return {
      [=](std::int64_t part) {
        self->state.sum += part;
        if (--self->state.pending > 0) return;
        self->send(parent, self->state.sum);
        self->quit();
      },
  };
}

std::int64_t receive_number(caf::scoped_actor& self) {
  std::int64_t number = -1;
  self->receive([&](std::int64_t n) { number = n; });
  return number;
}

}  // namespace

result spawns(caf::actor_system& system, std::int64_t n) {
  caf::scoped_actor self{system};
  const stopwatch watch;
  // The handle keeps the spawner alive: monitors hold only weak references.
  const auto owner = self->spawn(spawn_all, self, n);
  const auto normal = receive_number(self);
  return rate(n, watch.read(), expect("normal ends", normal, n));
}

result idle(caf::actor_system& system, std::int64_t n) {
  caf::scoped_actor self{system};
  const auto before = status("VmRSS");
  const stopwatch watch;
  auto owner = self->spawn(start_cells, self, static_cast<std::size_t>(n));
  self->receive([](ready) {});
  const auto took = watch.read();
  const auto bytes = static_cast<double>((status("VmRSS") - before) * 1024);
  self->send(owner, value::value);
  const auto sum = receive_number(self);
  return {took, bytes / static_cast<double>(n), "bytes",
          expect("sum of states", sum, n * (n - 1) / 2)};
}

result ring(caf::actor_system& system, std::int64_t n) {
  constexpr std::int64_t size = 1000;
  caf::scoped_actor self{system};
  std::vector<caf::actor> nodes;
  for (std::int64_t i = 0; i < size; ++i)
    nodes.push_back(self->spawn<caf::linked>(ring_node, self, i));
  for (std::size_t i = 0; i < nodes.size(); ++i)
    self->send(nodes[i], next_node::value, nodes[(i + 1) % nodes.size()]);
  const stopwatch watch;
  self->send(nodes.front(), hops::value, n);
  const auto last = receive_number(self);
  const auto took = watch.read();
  expect("last node", last, n % size);
  std::int64_t sum = 0;
  for (const auto& node : nodes)
    self->request(node, caf::infinite, passed::value)
        .receive([&](std::int64_t count) { sum += count; },
                 [](const caf::error&) { expect("request errors", 1, 0); });
  return rate(n, took, expect("hops", sum, n));
}

result skynet(caf::actor_system& system, std::int64_t n) {
  caf::scoped_actor self{system};
  const stopwatch watch;
  self->spawn(grow, self, std::int64_t{0}, n);
  const auto sum = receive_number(self);
  const auto took = watch.read();
  return {took, took.seconds, "seconds", expect("sum of leaves", sum, n * (n - 1) / 2)};
}

}  // namespace peer
