// SPDX-License-Identifier: Apache-2.0
// A counter as an event-based actor, and the rows that call it and cast to it.
#include "peer.hpp"

namespace peer {
namespace {

using bump = caf::atom_constant<caf::atom("bump")>;
using add = caf::atom_constant<caf::atom("add")>;
using report = caf::atom_constant<caf::atom("report")>;
using more = caf::atom_constant<caf::atom("more")>;

struct counter_state {
  std::int64_t count = 0;
  std::int64_t sum = 0;
};

caf::behavior counter(caf::stateful_actor<counter_state>* self) {
  return {
      [self](bump) { return ++self->state.count; },
      [self](add, std::int64_t amount) {
        ++self->state.count;
        self->state.sum += amount;
      },
      [self](report) { return caf::make_message(self->state.count, self->state.sum); },
  };
}

struct caller_state {
  std::int64_t left = 0;
  std::int64_t sum = 0;
};

using caller = caf::stateful_actor<caller_state>;

// `await` takes no other message until the reply is there, as a gen_server's caller does.
void call_next(caller* self, const caf::actor& server, const caf::actor& parent) {
  self->request(server, caf::infinite, bump::value).await([=](std::int64_t count) {
    self->state.sum += count;
    if (--self->state.left > 0)
      call_next(self, server, parent);
    else
      self->send(parent, self->state.sum);
  });
}

// A producer sends itself a message after a slice of casts, so that it could be interrupted there.
// With CAF's default max-throughput the same thread goes on with it; lower values were slower.
constexpr std::int64_t slice = 1000;

caf::behavior producer(caller* self, const caf::actor& server, const caf::actor& parent,
                       std::int64_t casts) {
  self->state.left = casts;
  self->send(self, more::value);
  return {
      [=](more) {
        auto& left = self->state.left;
        for (auto i = slice; i > 0 && left > 0; --i) self->send(server, add::value, left--);
        if (left > 0)
          self->send(self, more::value);
        else
          self->request(server, caf::infinite, report::value)
              .await([=](std::int64_t count, std::int64_t) {
                self->send(parent, count);
                self->quit();
              });
      },
  };
}

}  // namespace

result calls(caf::actor_system& system, std::int64_t clients, std::int64_t n) {
  const auto each = n / clients;
  const auto total = each * clients;
  caf::scoped_actor self{system};
  auto server = self->spawn(counter);
  const caf::actor parent = self;
  const stopwatch watch;
  for (std::int64_t c = 0; c < clients; ++c)
    self->spawn([=](caller* me) {
      me->state.left = each;
      call_next(me, server, parent);
    });
  std::int64_t sum = 0;
  for (std::int64_t c = 0; c < clients; ++c) self->receive([&](std::int64_t part) { sum += part; });
  const auto took = watch.read();
  return rate(total, took, expect("sum of replies", sum, total * (total + 1) / 2));
}

result casts(caf::actor_system& system, std::int64_t producers, std::int64_t n) {
  const auto each = n / producers;
  caf::scoped_actor self{system};
  auto server = self->spawn(counter);
  const caf::actor parent = self;
  const stopwatch watch;
  for (std::int64_t p = 0; p < producers; ++p) self->spawn(producer, server, parent, each);
  for (std::int64_t p = 0; p < producers; ++p) self->receive([](std::int64_t) {});
  const auto took = watch.read();
  std::string checked;
  self->request(server, caf::infinite, report::value)
      .receive(
          [&](std::int64_t count, std::int64_t sum) {
            expect("count", count, each * producers);
            checked = expect("sum of casts", sum, producers * (each * (each + 1) / 2));
          },
          [](const caf::error&) { expect("report errors", 1, 0); });
  return rate(each * producers, took, checked);
}

}  // namespace peer
