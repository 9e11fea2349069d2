// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/call.hpp"

#include <stdexcept>

#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// Answers at once, or only when it is told to.
struct shop : gen_server<shop> {
  struct price {
    using reply = int;
    int article;
  };
  struct order {
    using reply = int;
    int article;
  };
  struct deliver {};
  struct orders {
    using reply = int;
  };
  struct burn {
    using reply = int;
  };
  using messages = accepts<price, order, deliver, orders, burn>;

  int ordered = 0;
  std::vector<from<order>> waiting;

  int handle_call(price& m) { return m.article * 2; }
  void handle_call(order&, from<order> caller) {
    ++ordered;
    waiting.push_back(std::move(caller));
  }
  int handle_call(orders&) { return ordered; }
  int handle_call(burn&) { beamish::exit(tuple(atom("fire"), 1)); }
  void handle_cast(deliver&) {
    for (auto& caller : waiting) caller.reply(1);
    waiting.clear();
  }
};

// {reason, {gen_server, call, [server, message, ms]}}
void check_failure(const term& got, const term& reason, const term& server, const term& message,
                   const term& limit) {
  const term expected =
      tuple(reason, tuple(atom("gen_server"), atom("call"), list(server, message, limit)));
  CHECK(got == expected);
}

}  // namespace

TEST_CASE("G18 a call that takes too long exits the caller with what it was") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<shop>();
    auto caller = spawn_monitor([s]() -> task<> {
      const int never = co_await s.call<shop::order>(within(30ms), 7);
      (void)never;
    });
    auto down = co_await receive<down_message>();
    CHECK(down.id == caller.id);
    check_failure(down.reason.value(), atom("timeout"), s.process(), tuple(atom("order"), 7), 30);
    co_await stop(s);
  });
}

TEST_CASE("G18 a call waits 5 seconds unless it is told otherwise, or for ever") {
  sim::in_simulation([]() -> task<> {
    auto s = co_await start<shop>();
    const auto begin = now();
    auto late = co_await s.try_call<shop::order>(1);
    CHECK(!late.ok());
    CHECK(late.reason().value().elements()[0] == term(atom("timeout")));
    CHECK(now() - begin == 5s);
    spawn([s]() -> task<> {
      co_await sleep(24h);
      s.cast<shop::deliver>();
    });
    auto patient = co_await s.try_call<shop::order>(within(infinity), 1);
    CHECK(patient.ok());
    CHECK(now() - begin >= 24h);
    co_await stop(s);
  });
}

TEST_CASE("G19 a late reply never reaches the mailbox") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<shop>();
    auto late = co_await s.try_call<shop::order>(within(5ms), 7);
    CHECK(!late.ok());
    s.cast<shop::deliver>();
    // The late reply was sent before this one.
    const int price = co_await s.call<shop::price>(4);
    CHECK(price == 8);
    auto mine = process_info(self());
    auto info = co_await mine;
    CHECK(info->message_queue_len == 0);
    co_await stop(s);
  });
}

TEST_CASE("G20 the server is not affected by its caller's timeout: the request is handled") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<shop>();
    auto late = co_await s.try_call<shop::order>(within(5ms), 7);
    CHECK(!late.ok());
    const int handled = co_await s.call<shop::orders>();
    CHECK(handled == 1);
    s.cast<shop::deliver>();
    const int still = co_await s.call<shop::price>(1);
    CHECK(still == 2);
    co_await stop(s);
  });
}

TEST_CASE("G21 a call to a dead process or an unknown name exits with noproc") {
  sim::in_all_worlds([]() -> task<> {
    auto dead = spawn_monitor([] {});
    co_await receive<down_message>();
    auto a = co_await try_call<shop::price>(dead.process, 3);
    check_failure(a.reason().value(), atom("noproc"), dead.process, tuple(atom("price"), 3), 5000);
    auto b = co_await try_call<shop::price>(within(infinity), "nobody", 3);
    check_failure(b.reason().value(), atom("noproc"), atom("nobody"), tuple(atom("price"), 3),
                  atom("infinity"));
    auto c = co_await try_call<shop::price>(on_node("nobody", node_name()), 3);
    check_failure(c.reason().value(), atom("noproc"), tuple(atom("nobody"), atom(node_name())),
                  tuple(atom("price"), 3), 5000);
    auto caller = spawn_monitor([]() -> task<> { co_await call<shop::price>("nobody", 1); });
    auto down = co_await receive<down_message>();
    CHECK(down.id == caller.id);
    CHECK(down.reason.value().elements()[0] == term(atom("noproc")));
  });
}

namespace {

struct narcissus : gen_server<narcissus> {
  struct look {
    using reply = term;
  };
  using messages = accepts<look>;
  task<term> handle_call(look&) {
    auto a = co_await try_call<look>(self());
    co_return a.reason().value();
  }
};

}  // namespace

TEST_CASE("G22 a call to oneself exits with calling_self") {
  sim::in_all_worlds([]() -> task<> {
    auto a = co_await try_call<shop::price>(self(), 3);
    check_failure(a.reason().value(), atom("calling_self"), self(), tuple(atom("price"), 3), 5000);
    register_name("me");
    auto b = co_await try_call<shop::price>("me", 3);
    check_failure(b.reason().value(), atom("calling_self"), atom("me"), tuple(atom("price"), 3),
                  5000);
    unregister_name("me");
    auto s = co_await start<narcissus>();
    auto reason = co_await s.call<narcissus::look>();
    CHECK(reason.elements()[0] == term(atom("calling_self")));
    co_await stop(s);
  });
}

TEST_CASE("a call or cast to a process that is no server is no message to it: the call times out") {
  sim::in_all_worlds([]() -> task<> {
    const pid raw = spawn([parent = self()]() -> task<> {
      co_await receive<std::string>();
      auto called = co_await receive<shop::price>(0ms);
      auto cast_or_called = co_await receive<shop::burn>(0ms);
      send(parent, called.has_value() || cast_or_called.has_value());
    });
    cast<shop::burn>(raw);
    auto a = co_await try_call<shop::price>(within(3ms), raw, 7);
    check_failure(a.reason().value(), atom("timeout"), raw, tuple(atom("price"), 7), 3);
    send(raw, std::string("look"));
    const bool found = co_await receive<bool>();
    CHECK(!found);
  });
}

TEST_CASE("G23 a server that dies during a call exits the caller with its reason") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<shop>();
    auto a = co_await s.try_call<shop::burn>();
    check_failure(a.reason().value(), tuple(atom("fire"), 1), s.process(), atom("burn"), 5000);

    auto t = co_await start<shop>();
    spawn([t]() -> task<> {
      for (;;) {
        const int count = co_await t.call<shop::orders>();
        if (count == 1) break;
        co_await sleep(1ms);
      }
      exit(t.process(), exit_reason::kill());
    });
    auto b = co_await t.try_call<shop::order>(7);
    check_failure(b.reason().value(), atom("killed"), t.process(), tuple(atom("order"), 7), 5000);
  });
}

TEST_CASE("G23 calls that wait in the mailbox of a dying server fail with its reason, too") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<shop>();
    co_await sys::suspend(s);
    constexpr int many = 4;
    for (int i = 0; i < many; ++i) {
      spawn([s, parent = self(), i]() -> task<> {
        auto a = co_await s.try_call<shop::price>(i);
        send(parent, a.reason());
      });
    }
    co_await sleep(1ms);
    exit(s.process(), atom("bang"));
    for (int i = 0; i < many; ++i) {
      auto reason = co_await receive<exit_reason>();
      const term why = reason.value().elements()[0];
      // One that had not been sent yet finds nobody.
      CHECK((why == term(atom("bang")) || why == term(atom("noproc"))));
    }
  });
}

TEST_CASE("G24 a call to an unknown node exits with nodedown") {
  sim::in_all_worlds([]() -> task<> {
    auto a = co_await try_call<shop::price>(on_node("shop", "nowhere@sim"), 3);
    check_failure(a.reason().value(), tuple(atom("nodedown"), atom("nowhere@sim")),
                  tuple(atom("shop"), atom("nowhere@sim")), tuple(atom("price"), 3), 5000);
  });
}

TEST_CASE("G24 a call to a server of another node is answered; when the node stops it fails") {
  sim::in_real_world([](sim::world& place) -> task<> {
    place.node("b@sim").spawn([parent = self()]() -> task<> {
      auto s = co_await start<shop>({.name = "shop"});
      send(parent, s.process());
    });
    const pid far = co_await receive<pid>();
    const int price = co_await call<shop::price>(on_node("shop", "b@sim"), 21);
    CHECK(price == 42);
    auto caller = spawn_monitor([far]() -> task<> { co_await call<shop::order>(far, 1); });
    for (;;) {
      const int count = co_await call<shop::orders>(far);
      if (count == 1) break;
      co_await sleep(1ms);
    }
    place.stop("b@sim");
    auto down = co_await receive<down_message>();
    CHECK(down.id == caller.id);
    const term why = down.reason.value().elements()[0];
    CHECK((why == term(atom("killed")) || why == term(atom("noconnection"))));
  });
}

TEST_CASE("a message that is longer than what a caller keeps is shown when it comes back") {
  struct said {
    std::string text;
  };
  sim::in_all_worlds([]() -> task<> {
    auto a = co_await try_call<said>("nobody", "hello");
    check_failure(a.reason().value(), atom("noproc"), atom("nobody"), tuple(atom("said"), "hello"),
                  5000);
  });
}
