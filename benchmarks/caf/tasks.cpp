// SPDX-License-Identifier: Apache-2.0
// Empty tasks, at most two at a time, and calls by an actor whose mailbox is full.
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>

#include "latency.hpp"
#include "peer.hpp"

namespace peer {

using task_function = std::function<std::int64_t()>;

}  // namespace peer

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(peer::task_function)

namespace peer {
namespace {

using submit = caf::atom_constant<caf::atom("submit")>;
using answer = caf::atom_constant<caf::atom("answer")>;
using start = caf::atom_constant<caf::atom("start")>;

struct entry {
  caf::actor submitter;
  std::int64_t index = 0;
  task_function run;
};

struct handler_state {
  std::size_t running = 0;
  std::deque<entry> queue;
};

using handler = caf::stateful_actor<handler_state>;

void fill(handler* self) {
  auto& state = self->state;
  while (state.running < 2 && !state.queue.empty()) {
    entry e = std::move(state.queue.front());
    state.queue.pop_front();
    ++state.running;
    self->spawn<caf::monitored>([e = std::move(e)](caf::event_based_actor* task) {
      task->send(e.submitter, answer::value, e.index, e.run());
    });
  }
}

caf::behavior handle(handler* self) {
  self->set_down_handler([=](caf::down_msg&) {
    --self->state.running;
    fill(self);
  });
  return {[=](submit, const caf::actor& from, std::int64_t index, task_function& run) {
    self->state.queue.push_back({from, index, std::move(run)});
    fill(self);
  }};
}

struct submitter_state {
  std::int64_t left = 0;
  std::int64_t sum = 0;
};

caf::behavior submit_all(caf::stateful_actor<submitter_state>* self, const caf::actor& to,
                         const caf::actor& parent, std::int64_t n) {
  self->state.left = n;
  const auto me = caf::actor_cast<caf::actor>(self);
  for (std::int64_t i = 0; i < n; ++i)
    self->send(to, submit::value, me, i, task_function([i] { return i; }));
  return {[=](answer, std::int64_t index, std::int64_t value) {
    if (value != index) expect("result", value, index);
    self->state.sum += value;
    if (--self->state.left == 0) self->send(parent, self->state.sum);
  }};
}

}  // namespace

result tasks(caf::actor_system& system, std::int64_t n) {
  caf::scoped_actor self{system};
  const auto to = self->spawn(handle);
  const stopwatch watch;
  const auto me = caf::actor_cast<caf::actor>(self);
  const auto owner = self->spawn(submit_all, to, me, n);
  std::int64_t sum = 0;
  self->receive([&](std::int64_t all) { sum = all; });
  return rate(n, watch.read(), expect("sum of results", sum, n * (n - 1) / 2));
}

// ---- calls by an actor that skips what waits in its mailbox

namespace {

using bump = caf::atom_constant<caf::atom("bump")>;
using unrelated = caf::atom_constant<caf::atom("unrelated")>;

constexpr std::int64_t backlog_size = 100'000;
constexpr std::int64_t rounds = 10;

caf::behavior counter(caf::stateful_actor<std::int64_t>* self) {
  return {[=](bump) { return ++self->state; }};
}

struct caller_state {
  std::int64_t left = 0;
  std::int64_t sum = 0;
  std::int64_t since = 0;
};

using caller = caf::stateful_actor<caller_state>;

void call_next(caller* self, const caf::actor& server, const caf::actor& parent) {
  self->request(server, caf::infinite, bump::value).await([=](std::int64_t count) {
    auto& state = self->state;
    state.sum += count;
    if (--state.left > 0) return call_next(self, server, parent);
    self->send(parent, clock_ns() - state.since, state.sum);
  });
}

caf::behavior call(caller* self, const caf::actor& server, const caf::actor& parent,
                   std::int64_t waiting) {
  self->set_default_handler(caf::skip);
  for (std::int64_t i = 0; i < waiting; ++i) self->send(self, unrelated::value, i);
  return {[=](start, std::int64_t count) {
    self->state = {count, 0, clock_ns()};
    call_next(self, server, parent);
  }};
}

}  // namespace

result backlog(caf::actor_system& system, std::int64_t n) {
  const auto each = n / rounds;
  caf::scoped_actor self{system};
  const auto server = self->spawn(counter);
  const auto me = caf::actor_cast<caf::actor>(self);
  const caf::actor callers[2] = {self->spawn(call, server, me, 0),
                                 self->spawn(call, server, me, backlog_size)};
  double seconds[2] = {0, 0};
  std::int64_t sum = 0;
  const stopwatch watch;
  for (std::int64_t round = 0; round < rounds; ++round)
    for (int i = 0; i < 2; ++i) {
      self->send(callers[i], start::value, each);
      self->receive([&](std::int64_t took, std::int64_t part) {
        seconds[i] += static_cast<double>(took) / 1e9;
        sum += part;
      });
    }
  const auto took = watch.read();
  const auto total = 2 * rounds * each;
  result r{took, seconds[0] / seconds[1], "share",
           expect("sum of replies", sum, total * (total + 1) / 2)};
  const auto made = static_cast<double>(rounds * each);
  r.details = {{"empty", made / seconds[0]}, {"waiting", made / seconds[1]}};
  return r;
}

// ---- a system, one actor, one line from it; then the end of input is awaited

result hello(caf::actor_system& system, std::int64_t) {
  caf::scoped_actor self{system};
  self->spawn<caf::monitored>([](caf::event_based_actor*) {
    std::puts("hello");
    std::fflush(stdout);
  });
  self->receive([](const caf::down_msg&) {});
  std::getchar();
  std::_Exit(0);
}

}  // namespace peer
