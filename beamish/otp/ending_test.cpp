// SPDX-License-Identifier: Apache-2.0
//
// What happens while a server ends: stop that waits, and a kill that meets a callback.
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/answer.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// Is killed while its callback runs, which waits for nothing, or for something.
struct busy : gen_server<busy> {
  struct work {
    bool waits;
  };
  using messages = accepts<work>;
  pid witness;
  task<> handle_info(work& m) {
    detail::send_exit(witness, self(), exit_reason::kill());
    if (m.waits) co_await sleep(1ms);
    send(witness, std::string("done"));
  }
};

}  // namespace

TEST_CASE("a kill takes effect when the callback that runs returns or waits, and not before") {
  sim::in_all_worlds([]() -> task<> {
    auto working = co_await start<busy>(self());
    auto first = monitor(working);
    send<busy::work>(working, false);
    auto down = co_await receive<down_message>();
    CHECK(down.id == first);
    CHECK(down.reason.is("killed"));
    auto done = co_await receive<std::string>(0ms);
    CHECK(done.has_value());
    auto waiting = co_await start<busy>(self());
    auto second = monitor(waiting);
    send<busy::work>(waiting, true);
    auto end = co_await receive<down_message>();
    CHECK(end.id == second);
    CHECK(end.reason.is("killed"));
    auto never = co_await receive<std::string>(2ms);
    CHECK(!never);
  });
}

namespace {

// Takes its time to end, whatever makes it end.
struct slow_farewell : gen_server<slow_farewell> {
  struct end {
    using reply = int;
    bool throws;
  };
  using messages = accepts<end>;
  call_result<end> handle_call(end& m) {
    if (m.throws) throw std::runtime_error("sorry");
    return stop(atom("boom"));
  }
  task<> terminate() { co_await sleep(1ms); }
};

}  // namespace

TEST_CASE(
    "G34 G36 the caller of a server that stops hears its reason, also behind a slow terminate") {
  sim::in_all_worlds([]() -> task<> {
    auto first = co_await start<slow_farewell>();
    auto stopped = co_await first.try_call<slow_farewell::end>(false);
    CHECK(stopped.reason().value().elements()[0] == term(atom("boom")));
    auto second = co_await start<slow_farewell>();
    auto failed = co_await second.try_call<slow_farewell::end>(true);
    const term why = failed.reason().value().elements()[0];
    CHECK(*why.elements()[0].find(atom("message")) == term("sorry"));
  });
}

namespace {

// Does not care why it ends.
struct indifferent : gen_server<indifferent> {
  pid witness;
  void terminate() { send(witness, std::string("over")); }
};

}  // namespace

TEST_CASE("a terminate without parameters runs, too") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<indifferent>(self());
    co_await stop(s);
    auto told = co_await receive<std::string>(0ms);
    CHECK(told == "over");
  });
}

namespace {

// Tells its witness that it ends, and takes its time.
struct slow_to_end : gen_server<slow_to_end> {
  struct never {};
  pid witness;
  task<> terminate() {
    send(witness, self());
    co_await receive<never>();
  }
};

}  // namespace

TEST_CASE("G43 an end with another reason while stop waits makes it exit with that one") {
  sim::in_all_worlds([]() -> task<> {
    const pid killer = spawn([]() -> task<> {
      const pid server = co_await receive<pid>();
      beamish::exit(server, atom("impatient"));
    });
    auto s = co_await start<slow_to_end>(killer);
    auto stopped = co_await attempt(stop(s));
    CHECK(stopped.reason().value() ==
          tuple(atom("impatient"), tuple(atom("gen_server"), atom("stop"),
                                         list(s.process(), atom("normal"), atom("infinity")))));
  });
}

namespace {

// Says why it ends, after a while.
struct thoughtful : gen_server<thoughtful> {
  pid witness;
  task<> terminate(const exit_reason& why) {
    co_await sleep(1ms);
    send(witness, why);
  }
};

}  // namespace

TEST_CASE("a terminate that waits still knows the reason") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<thoughtful>(self());
    co_await stop(s, exit_reason(tuple(atom("a_reason"), std::string(100, 'x'))));
    auto told = co_await receive<exit_reason>(0ms);
    REQUIRE(told);
    CHECK(told->value() == tuple(atom("a_reason"), std::string(100, 'x')));
  });
}
