// SPDX-License-Identifier: Apache-2.0
//
// Messages: their order, which of them a receive takes, and aliases.
#include "tests/sim/help.hpp"

namespace {

struct numbered {
  pid from;
  std::uint64_t number;
};

// Numbers for one receiver by pid, by name and by alias: three ways, one order.
struct talker {
  sim::order pairs;
  pid to;
  reference also;
  std::uint32_t count;

  void operator()() {
    for (std::uint32_t i = 0; i < count; ++i) {
      const numbered n{self(), pairs.next(self(), to)};
      if (i % 3 == 0) send(to, n);
      if (i % 3 == 1) send(also, n);
      if (i % 3 == 2) send("listener", n);
    }
  }
};

// P1, P21: in the order of sending, and all of it before the sender's DOWN.
task<> order_of_a_pair(sim::world& w) {
  sim::order pairs(w, "messages");
  sim::once downs(w, "DOWN");
  register_name("listener");
  const reference also = alias();
  const std::uint32_t senders = 1 + w.pick(4), count = 1 + w.pick(6);
  for (std::uint32_t i = 0; i < senders; ++i) {
    talker t{pairs, self(), also, count};
    const bool on_thread = i == 3;
    downs.owe(on_thread ? spawn_thread_monitor(t).id : spawn_monitor(t).id);
  }
  while (downs.open() > 0) {
    auto got = co_await receive<numbered, down_message>();
    if (const auto* n = std::get_if<numbered>(&got)) {
      pairs.arrived(n->from, self(), n->number);
    } else {
      const down_message& down = std::get<down_message>(got);
      downs.happened(down.id);
      w.require(pairs.under_way(down.process, self()) == 0, "messages come before the DOWN");
      w.require(down.reason.is_normal(), "the sender ended normally");
    }
  }
  pairs.settle();
  co_await sim::nothing_more(w);
}

// ---- selective receive

template <int Kind>
struct of_kind {
  int sender;
  int number;
};

// What has come of one sender: with each take, everything older of the wanted kinds is gone.
struct taken {
  static constexpr int most = 12;
  bool gone[most] = {};

  bool may_take(int number, std::uint32_t kinds) {
    for (int i = 0; i < number; ++i) {
      if ((kinds >> (i % 3) & 1) != 0 && !gone[i]) return false;
    }
    return !std::exchange(gone[number], true);
  }
};

// P3: the oldest that matches, and what doesn't match stays in its place.
task<> selective_receive(sim::world& w) {
  const pid me = self();
  const int senders = 1 + static_cast<int>(w.pick(3)),
            count = 3 * (1 + static_cast<int>(w.pick(4)));
  for (int s = 0; s < senders; ++s) {
    spawn([me, s, count]() -> task<> {
      for (int i = 0; i < count; ++i) {
        if (i % 3 == 0) send(me, of_kind<0>{s, i});
        if (i % 3 == 1) send(me, of_kind<1>{s, i});
        if (i % 3 == 2) send(me, of_kind<2>{s, i});
        if (i % 4 == 3) co_await beamish::sleep(10us);
      }
    });
  }
  std::vector<taken> of(static_cast<std::size_t>(senders));
  int left = senders * count;
  const auto take = [&](int sender, int number, std::uint32_t kinds) {
    --left;
    w.require(of[static_cast<std::size_t>(sender)].may_take(number, kinds),
              "a receive takes the oldest that matches, and each message once");
  };
  // As many of two kinds as there are, then of all, with looks into an empty queue between.
  for (int i = 0; i < senders * count / 3; ++i) {
    const auto got = co_await receive<of_kind<1>>();
    take(got.sender, got.number, 0b010);
    const auto soon = co_await receive<of_kind<2>>(0s);
    if (soon) take(soon->sender, soon->number, 0b100);
    const auto none =
        co_await receive_if<of_kind<0>>(0s, [](const of_kind<0>& m) { return m.number > 1'000; });
    w.require(!none, "nothing matches");
  }
  while (left > 0) {
    const auto got = co_await receive<of_kind<0>, of_kind<2>>();
    std::visit([&](const auto& m) { take(m.sender, m.number, 0b101); }, got);
  }
  co_await sim::nothing_more(w);
}

// P4: what has arrived is found without waiting; what comes later is not lost.
task<> receive_without_waiting(sim::world& w) {
  const pid me = self();
  const std::uint32_t count = 1 + w.pick(4);
  auto sender = spawn_monitor([me, count] {
    for (std::uint32_t i = 0; i < count; ++i) send(me, i);
  });
  std::uint32_t seen = 0;
  for (std::uint32_t i = 0; i < 3; ++i) {
    const auto early = co_await receive<std::uint32_t>(0s);
    if (early) w.require(*early == seen++, "in order");
    co_await beamish::sleep(help::moment(w));
  }
  co_await help::down_of(sender.id);
  while (seen < count) {
    const auto got = co_await receive<std::uint32_t>(0s);
    w.require(got.has_value(), "what came before the DOWN is there");
    if (!got) co_return;
    w.require(*got == seen++, "in order");
  }
  const auto none = co_await receive<std::uint32_t>(0s);
  w.require(!none, "there is nothing more");
}

// A receive gives up not before its time, and the timeout of one never ends another.
task<> receive_timeouts(sim::world& w) {
  const pid me = self();
  const std::uint32_t count = 1 + w.pick(6);
  spawn([me, count]() -> task<> {
    for (std::uint32_t i = 0; i < count; ++i) {
      co_await beamish::sleep(20us);
      send(me, i);
      if (i % 2 == 1) send(me, atom("noise"));
    }
  });
  std::uint32_t seen = 0, in_vain = 0;
  while (seen < count) {
    const duration limit = 5us * ((1 + w.pick(8)) << in_vain);
    const auto begin = now();
    const auto got = co_await receive<std::uint32_t>(limit);
    if (got) {
      w.require(*got == seen++, "each message once, in order");
    } else {
      w.require(now() - begin >= limit, "a receive waits for its whole time");
      ++in_vain;
    }
  }
  for (std::uint32_t i = 0; i < count / 2; ++i) co_await receive<atom>();
  const auto begin = now();
  co_await beamish::sleep(200us);
  w.require(now() - begin >= 200us, "a sleep lasts its whole time");
  co_await sim::nothing_more(w);
}

// What comes and does not match puts no timeout off.
task<> noise_and_timeouts(sim::world& w) {
  const pid me = self();
  const std::uint32_t noise = w.pick(20);
  spawn([me, noise]() -> task<> {
    for (std::uint32_t i = 0; i < noise; ++i) {
      send(me, atom("noise"));
      co_await beamish::sleep(10us);
    }
  });
  for (std::uint32_t i = 0; i < 3; ++i) {
    const duration limit = 15us * (1 + w.pick(4));
    const auto begin = now();
    const auto got = co_await receive<std::uint32_t>(limit);
    w.require(!got, "nothing matches");
    w.require(now() - begin >= limit, "a receive waits for its whole time");
    w.require(now() - begin == limit || !w.simulated(), "and no longer");
  }
  for (std::uint32_t i = 0; i < noise; ++i) co_await receive<atom>();
  co_await sim::nothing_more(w);
}

// ---- aliases

// P28: nothing by an alias once it was taken back; a reply alias ends with its first message.
task<> aliases_end(sim::world& w) {
  const pid me = self();
  const reference lasting = alias(), single = alias(alias_kind::reply);
  const std::uint32_t senders = 1 + w.pick(3);
  std::vector<monitored> all;
  for (std::uint32_t i = 0; i < senders; ++i) {
    all.push_back(spawn_monitor([me, lasting, single]() -> task<> {
      for (int n = 0; n < 3; ++n) {
        send(lasting, n);
        send(single, std::string("reply"));
        co_await beamish::sleep(10us);
      }
      send(me, atom("done"));
    }));
  }
  const std::uint32_t before = w.pick(3 * senders);
  for (std::uint32_t i = 0; i < before; ++i) co_await receive<int>();
  w.require(unalias(lasting), "the alias was there");
  co_await help::drop<int>();
  w.require(!unalias(lasting), "it has ended");
  for (const monitored& m : all) {
    co_await receive<atom>();
    co_await help::down_of(m.id);
  }
  const auto late = co_await receive<int>(0s);
  w.require(!late, "nothing comes by an alias that was taken back");
  co_await receive<std::string>();
  const auto second = co_await receive<std::string>(0s);
  w.require(!second, "a reply alias brings one message");
  w.require(!unalias(single), "which ended it");
  co_await sim::nothing_more(w);
}

// P29: either the reply or the DOWN, never both, never none. Some replies come from others, who
// outlive the one that was monitored.
task<> reply_or_down(sim::world& w) {
  const pid server = spawn([&w]() -> task<> {
    for (;;) {
      const auto asker = co_await receive<reference>();
      if (w.pick(2) == 1) {
        spawn([asker]() -> task<> {
          co_await beamish::sleep(20us);
          send(asker, 42);
        });
        continue;
      }
      send(asker, 42);
      send(asker, 43);
    }
  });
  const std::uint32_t rounds = 1 + w.pick(4);
  const duration end = 10us * w.pick(5);
  spawn([server, end]() -> task<> {
    co_await beamish::sleep(end);
    beamish::exit(server, exit_reason::kill());
  });
  for (std::uint32_t i = 0; i < rounds; ++i) {
    const reference asked = monitor(server, alias_kind::reply_demonitor);
    send(server, asked);
    const auto got = co_await receive<int, down_message>();
    if (const auto* reply = std::get_if<int>(&got)) {
      w.require(*reply == 42, "the first reply");
      w.require(!demonitor(asked), "the monitor ended with it");
    } else {
      const auto& down = std::get<down_message>(got);
      w.require(down.id == asked, "the DOWN of this round");
      w.require(help::one_of(down.reason, {exit_reason::killed(), exit_reason::noproc()}),
                "it was killed");
    }
    co_await beamish::sleep(help::moment(w));
  }
  co_await help::end_of(server);
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> message_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms).jump_clock(0.01);
  return {
      {"order_of_a_pair",
       "messages of a pair keep their order, and come before the sender's DOWN",
       order_of_a_pair,
       {.faults = slow}},
      {"selective_receive",
       "a receive takes the oldest match, what doesn't match keeps its place",
       selective_receive,
       {.faults = slow}},
      {"receive_without_waiting",
       "a receive with timeout 0 finds what has arrived",
       receive_without_waiting,
       {.faults = slow}},
      {"receive_timeouts",
       "a receive gives up not too early, and its timeout ends no other wait",
       receive_timeouts,
       {.faults = slow}},
      {"noise_and_timeouts",
       "what does not match puts no timeout off",
       noise_and_timeouts,
       {.faults = sim::faults().delay_signals(0.05, 2s).jump_clock(0.02)}},
      {"aliases_end", "nothing comes by an alias that has ended", aliases_end, {.faults = slow}},
      {"reply_or_down",
       "a monitor with a reply alias brings either the reply or the DOWN",
       reply_or_down,
       {.faults = slow}},
  };
}
