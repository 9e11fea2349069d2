// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/outcome.hpp"

#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// Its results come as terms, from whoever wrote them.
struct scripted : gen_server<scripted> {
  struct step {
    term result;
  };
  struct throw_value {
    using reply = int;
  };
  struct ping {
    using reply = int;
  };
  using messages = accepts<step, throw_value, ping>;
  pid witness;

  init_result init(pid w, term result) {
    witness = w;
    return init_from(result);
  }
  outcome handle_cast(step& m) { return outcome_from(m.result); }
  int handle_call(throw_value&) { throw 5; }
  int handle_call(ping&) { return 1; }
  void handle_info(timeout_message&) { send(witness, atom("timeout")); }
  void terminate(const exit_reason& why) { send(witness, why); }
};

term bad(term value) { return tuple(atom("bad_return_value"), std::move(value)); }

}  // namespace

TEST_CASE("G6 an init that gives garbage as a term fails with bad_return_value") {
  sim::in_all_worlds([]() -> task<> {
    const std::vector<term> garbage{term(atom("garbage")), term(5), tuple(atom("stop")),
                                    tuple(atom("ok"), atom("soon")), tuple(atom("ok"), -1)};
    for (const term& value : garbage) {
      auto r = co_await try_start<scripted>({}, self(), value);
      CHECK(r.reason().value() == bad(value));
    }
    auto why = co_await receive<exit_reason>(0ms);
    CHECK(!why);
  });
}

TEST_CASE("init's results may come as terms") {
  sim::in_all_worlds([]() -> task<> {
    auto ignored = co_await try_start<scripted>({}, self(), term(atom("ignore")));
    CHECK(ignored.ignored());
    auto stopped = co_await try_start<scripted>({}, self(), term(tuple(atom("stop"), 3)));
    CHECK(stopped.reason().value() == term(3));
    auto s = co_await start<scripted>(self(), term(tuple(atom("ok"), 1)));
    auto timed_out = co_await receive<atom>();
    CHECK(timed_out.name() == "timeout");
    co_await stop(s);
    co_await receive<exit_reason>();
  });
}

TEST_CASE("G37 a callback that gives garbage as a term ends with bad_return_value, by terminate") {
  sim::in_all_worlds([]() -> task<> {
    const std::vector<term> garbage{term(atom("garbage")), tuple(atom("noreply"), atom("x")),
                                    list(1), tuple(atom("stop"), 1, 2)};
    for (const term& value : garbage) {
      auto s = co_await start<scripted>(self(), term(atom("ok")));
      auto ref = monitor(s);
      s.cast<scripted::step>(value);
      auto why = co_await receive<exit_reason>();
      CHECK(why.value() == bad(value));
      auto down = co_await receive<down_message>();
      CHECK(down.id == ref);
      CHECK(down.reason.value() == bad(value));
    }
  });
}

TEST_CASE("a callback's results may come as terms") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<scripted>(self(), term(atom("ok")));
    auto ref = monitor(s);
    s.cast<scripted::step>(term(atom("noreply")));
    s.cast<scripted::step>(term(tuple(atom("noreply"), atom("hibernate"))));
    s.cast<scripted::step>(term(tuple(atom("noreply"), 1)));
    auto timed_out = co_await receive<atom>();
    CHECK(timed_out.name() == "timeout");
    s.cast<scripted::step>(term(tuple(atom("stop"), atom("done"))));
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    CHECK(down.reason.is("done"));
    co_await receive<exit_reason>();
  });
}

TEST_CASE("G38 a thrown value is a failure, never a return value") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<scripted>(self(), term(atom("ok")));
    auto ref = monitor(s);
    auto answer = co_await s.try_call<scripted::throw_value>();
    REQUIRE(!answer.ok());
    const term nocatch = tuple(atom("nocatch"), 5);
    CHECK(answer.reason().value().elements()[0].elements()[0] == nocatch);
    auto why = co_await receive<exit_reason>();
    CHECK(why.value().elements()[0] == nocatch);
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    CHECK(down.reason.value().elements()[0] == nocatch);
  });
}
