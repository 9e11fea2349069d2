// SPDX-License-Identifier: Apache-2.0
//
// Calls and casts: their order, and exactly one answer to each caller whatever happens.
#include "beamish/otp/call_blocking.hpp"
#include "tests/sim/help.hpp"

namespace {

// ---- order

struct counter : gen_server<counter> {
  struct asked {
    using reply = std::uint64_t;
    pid from;
    std::uint64_t number;
  };
  struct told {
    pid from;
    std::uint64_t number;
  };
  using messages = accepts<asked, told>;

  sim::order lanes;

  std::uint64_t handle_call(asked& m) {
    lanes.arrived(m.from, self(), m.number);
    return m.number;
  }
  void handle_cast(told& m) { lanes.arrived(m.from, self(), m.number); }
  void handle_info(told& m) { lanes.arrived(m.from, self(), m.number); }
};

task<> client(sim::world& w, server<counter> to, sim::order lanes, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t n = lanes.next(self(), to);
    switch (w.pick(4)) {
      case 0:
        to.cast<counter::told>(self(), n);
        break;
      case 1:
        send(to, counter::told{self(), n});
        break;
      case 2:
        beamish::cast<counter::told>("counter", self(), n);
        break;
      default: {
        const std::uint64_t got = co_await to.call<counter::asked>(within(infinity), self(), n);
        w.require(got == n, "the reply to this call");
      }
    }
  }
}

// G26: calls, casts and messages of one client are handled in its order, also inline.
task<> one_client_one_order(sim::world& w) {
  sim::order lanes(w, "requests of a client");
  const auto s = co_await start<counter>({.name = "counter"}, lanes);
  const std::uint32_t clients = 1 + w.pick(4), count = 1 + w.pick(6);
  sim::once ends(w, "end of a client");
  for (std::uint32_t i = 0; i < clients; ++i)
    ends.owe(spawn_monitor(client, std::ref(w), s, lanes, count).id);
  ends.owe(spawn_thread_monitor([lanes, s]() mutable {
             const std::uint64_t first = lanes.next(self(), s);
             cast<counter::told>(s, self(), first);
             const std::uint64_t second = lanes.next(self(), s);
             call_blocking<counter::asked>(within(infinity), s, self(), second);
           }).id);
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(d.reason.is_normal(), "no client fails");
  }
  co_await w.eventually("all is handled", 1min, [&] { return lanes.under_way() == 0; });
  co_await stop(s);
  co_await sim::nothing_more(w);
}

// ---- answers

struct clerk : gen_server<clerk> {
  enum class way : std::uint8_t { now, held, dropped, helper, lazy_helper, crash, leave };
  struct ask {
    using reply = int;
    int number;
    way how;
  };
  struct release {};
  using messages = accepts<ask, release>;

  sim::once handled;
  std::vector<std::pair<int, from<ask>>> waiting;

  outcome handle_call(ask& m, from<ask> f) {
    handled.happened(m.number);
    switch (m.how) {
      case way::now:
        f.reply(m.number);
        break;
      case way::held:
        waiting.emplace_back(m.number, std::move(f));
        break;
      case way::dropped:
        break;
      case way::helper:
      case way::lazy_helper:
        spawn([f = std::move(f), n = m.number, replies = m.how == way::helper]() mutable -> task<> {
          co_await beamish::sleep(10us);
          if (replies) f.reply(n);
        });
        break;
      case way::crash:
        throw std::runtime_error("no idea");
      case way::leave:
        return stop(atom("left"));
    }
    return noreply();
  }
  void handle_cast(release&) {
    for (auto& [number, f] : waiting) f.reply(number);
    waiting.clear();
  }
};

// G15, G16, G23: each request gets one answer: its value, or why there is none.
task<> one_answer_each(sim::world& w) {
  sim::once handled(w, "request handled");
  auto started = co_await try_start<clerk>({}, handled);
  while (!started.ok()) started = co_await try_start<clerk>({}, handled);
  const server<clerk> s = *started;
  const std::uint32_t count = 1 + w.pick(6), ways = 1 + w.pick(7);
  request_collection<int, int> open;
  bool held = false;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto how = static_cast<clerk::way>(w.pick(ways));
    held = held || how == clerk::way::held;
    handled.owe(static_cast<int>(i));
    open.add(static_cast<int>(i), send_request<clerk::ask>(s, static_cast<int>(i), how));
  }
  if (held) s.cast<clerk::release>();
  sim::once answers(w, "answer");
  for (std::uint32_t i = 0; i < count; ++i) answers.owe(static_cast<int>(i));
  while (!open.empty()) {
    auto got = co_await open.receive_response();
    w.require(got.has_value(), "an answer without a limit");
    if (!got) co_return;
    answers.happened(got->label);
    if (got->reply.ok()) {
      w.require(*got->reply == got->label, "the answer to this request");
      w.require(handled.has_happened(got->label), "who answers has handled it");
    } else if (help::caused_by(got->reply.reason(), {"noproc"})) {
      w.require(!alive(s), "noproc is of the dead");
    }
  }
  answers.settle();
  co_await help::kill(s);
  co_await sim::nothing_more(w);
}

// ---- timeouts

struct slow_server : gen_server<slow_server> {
  struct ask {
    using reply = int;
    int number;
    duration takes;
    bool waits;
  };
  using messages = accepts<ask>;

  sim::once handled;

  task<> handle_call(ask& m, from<ask> f) {
    handled.happened(m.number);
    const int number = m.number;
    if (m.waits) {
      co_await beamish::sleep(m.takes);
      f.reply(number);
      co_return;
    }
    spawn([f = std::move(f), number, takes = m.takes]() mutable -> task<> {
      co_await beamish::sleep(takes);
      f.reply(number);
    });
  }
};

// G18, G19, G20: a late reply never reaches the mailbox; the server handles the request anyway.
task<> late_replies(sim::world& w) {
  sim::once handled(w, "request handled");
  const auto s = co_await start<slow_server>(handled);
  const std::uint32_t clients = 1 + w.pick(3), count = 1 + w.pick(4);
  sim::once ends(w, "end of a client");
  int next = 0;
  for (std::uint32_t c = 0; c < clients; ++c) {
    const int first = next;
    next += static_cast<int>(count);
    for (int n = first; n < next; ++n) handled.owe(n);
    ends.owe(spawn_monitor([&w, s, first, next]() -> task<> {
               for (int n = first; n < next; ++n) {
                 const duration limit = w.pick(8) == 7 ? duration(100ms) : 10us * (1 + w.pick(8));
                 const duration takes = 10us * w.pick(8);
                 const auto begin = now();
                 auto got =
                     co_await s.try_call<slow_server::ask>(within(limit), n, takes, w.pick(2) == 1);
                 if (got.ok()) {
                   w.require(*got == n, "the answer to this call");
                 } else {
                   w.require(help::caused_by(got.reason(), {"timeout"}), "it was too late");
                   w.require(now() - begin >= limit, "a call waits for its whole time");
                 }
               }
               co_await sim::nothing_more(w);
             }).id);
  }
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(d.reason.is_normal(), "no client fails");
  }
  co_await w.eventually("all requests are handled", 1min, [&] { return handled.open() == 0; });
  co_await stop(s);
  co_await sim::nothing_more(w);
}

// ---- requests

// G49: an answer comes once, to who still wants it; what was given up never comes.
task<> requests_given_up(sim::world& w) {
  sim::once handled(w, "request handled");
  const auto s = co_await start<slow_server>(handled);
  const std::uint32_t count = 2 + w.pick(5);
  std::vector<request_id<slow_server::ask>> all;
  for (std::uint32_t i = 0; i < count; ++i) {
    handled.owe(i);
    all.push_back(send_request<slow_server::ask>(s, static_cast<int>(i), 10us * w.pick(4), false));
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    auto& id = all[i];
    switch (w.pick(4)) {
      case 0: {
        auto got = co_await receive_response(id);
        w.require(got.ok() && *got == static_cast<int>(i), "the answer to this request");
        break;
      }
      case 1: {
        auto got = co_await receive_response(id, 10us);
        if (got.ok())
          w.require(*got == static_cast<int>(i), "the answer to this request");
        else
          w.require(help::caused_by(got.reason(), {"timeout"}), "it was too late");
        break;
      }
      case 2: {
        auto got = co_await wait_response(id, 10us);
        while (!got) got = co_await wait_response(id, 1s);
        w.require(got->ok() && **got == static_cast<int>(i), "the answer to this request");
        break;
      }
      default: {
        const auto given_up = std::move(id);
      }
    }
  }
  co_await stop(s);
  handled.settle();
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> call_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms).jump_clock(0.01);
  const auto deadly =
      sim::faults().delay_signals(0.05, 2s).kill_processes(0.02).throw_in_callbacks(0.05);
  return {
      {"one_client_one_order",
       "what one client asks, casts and sends is handled in its order",
       one_client_one_order,
       {.faults = slow}},
      {"one_answer_each",
       "each request is answered once: with its value, or why there is none",
       one_answer_each,
       {.faults = deadly}},
      {"late_replies",
       "a late reply never reaches the mailbox, its request is handled anyway",
       late_replies,
       {.faults = slow}},
      {"requests_given_up",
       "a request that was given up is never answered",
       requests_given_up,
       {.faults = slow}},
  };
}
