// SPDX-License-Identifier: Apache-2.0
//
// How servers end: by their results, by failing, by signals; and what is reported.
#include <stdexcept>

#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct go_on {};

// Ends as it is told from whatever callback, and tells its witness of terminate.
struct mortal : gen_server<mortal> {
  struct die {
    using reply = int;
    term reason;
    bool replies;
  };
  struct raise {
    using reply = int;
  };
  struct die_in_cast {
    term reason;
  };
  struct raise_in_cast {};
  struct die_in_continue {};
  struct exit_in_cast {
    term reason;
  };
  struct signal_itself {
    term reason;
  };
  struct fail_in_call {
    using reply = int;
    bool raises;
  };
  struct fail_in_info {
    bool raises;
  };
  struct fail_in_continue {
    bool raises;
  };
  using messages =
      accepts<die, raise, die_in_cast, raise_in_cast, die_in_continue, exit_in_cast, signal_itself,
              std::string, fail_in_call, fail_in_info, fail_in_continue>;

  pid witness;
  bool terminate_fails = false;

  void init(pid w, bool traps, bool fails) {
    witness = w;
    terminate_fails = fails;
    trap_exits(traps);
  }
  call_result<die> handle_call(die& m) {
    if (m.replies) return stop_with_reply(m.reason, 9);
    return stop(m.reason);
  }
  int handle_call(raise&) { throw std::runtime_error("call"); }
  outcome handle_cast(die_in_cast& m) { return stop(m.reason); }
  void handle_cast(raise_in_cast&) { throw std::runtime_error("cast"); }
  void handle_cast(exit_in_cast& m) { beamish::exit(m.reason); }
  void handle_cast(signal_itself& m) { beamish::exit(self(), m.reason); }
  int handle_call(fail_in_call& m) { fail(m.raises, "call"); }
  void handle_info(fail_in_info& m) { fail(m.raises, "info"); }
  outcome handle_cast(fail_in_continue& m) { return noreply().then(m); }
  void handle_continue(fail_in_continue& m) { fail(m.raises, "continue"); }
  [[noreturn]] static void fail(bool raises, const char* where) {
    if (raises) throw std::runtime_error(where);
    beamish::exit(atom(where));
  }
  outcome handle_cast(die_in_continue&) { return noreply().then(go_on{}); }
  outcome handle_continue(go_on&) { return stop(atom("in_continue")); }
  outcome handle_info(std::string& m) { return stop(atom(std::string_view(m))); }
  outcome handle_info(exit_message& m) {
    send(witness, tuple(atom("info"), m.reason.value()));
    return noreply();
  }
  void terminate(const exit_reason& why) {
    send(witness, tuple(atom("terminate"), why.value()));
    if (terminate_fails) throw std::runtime_error("terminate");
  }
};

task<server<mortal>> start_mortal(bool traps = false, bool fails = false) {
  auto s = co_await start<mortal>(self(), traps, fails);
  monitor(s);
  co_return s;
}

// Expects terminate(reason) and then the end with it.
task<> expect_end(term reason) {
  auto told = co_await receive<term>();
  CHECK(told == tuple(atom("terminate"), reason));
  auto down = co_await receive<down_message>();
  CHECK(down.reason.value() == reason);
}

std::size_t reports(sim::world& place) {
  std::size_t count = 0;
  for (const log_entry& e : place.log()) {
    if (e.text.find("terminated") != std::string::npos) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("a server that sends itself an exit signal ends without terminate and without a report") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto killed = co_await start_mortal(true);
    killed.cast<mortal::signal_itself>(term(atom("kill")));
    auto first = co_await receive<down_message>();
    CHECK(first.reason.is("killed"));
    auto untrapped = co_await start_mortal(false);
    untrapped.cast<mortal::signal_itself>(term(atom("enough")));
    auto second = co_await receive<down_message>();
    CHECK(second.reason.is("enough"));
    auto told = co_await receive<term>(0ms);
    CHECK(!told);
    CHECK(reports(place) == 0);
    // Who traps exits gets a message and goes on.
    auto trapping = co_await start_link<mortal>(self(), true, false);
    trapping.cast<mortal::signal_itself>(term(atom("note")));
    auto note = co_await receive<term>();
    CHECK(note == tuple(atom("info"), atom("note")));
    co_await stop(trapping);
  });
}

TEST_CASE("G33 stop with a reply: replies, runs terminate, exits with the reason") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start_mortal();
    auto answer = co_await s.try_call<mortal::die>(term(atom("enough")), true);
    REQUIRE(answer.ok());
    CHECK(*answer == 9);
    co_await expect_end(atom("enough"));
  });
}

TEST_CASE("G34 stop without a reply: the caller exits with the reason") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start_mortal();
    auto answer = co_await s.try_call<mortal::die>(term(atom("enough")), false);
    REQUIRE(!answer.ok());
    const term reason = answer.reason().value();
    CHECK(reason.elements()[0] == term(atom("enough")));
    CHECK(reason.elements()[1].elements()[0] == term(atom("gen_server")));
    CHECK(reason.elements()[1].elements()[1] == term(atom("call")));
    co_await expect_end(atom("enough"));
  });
}

TEST_CASE("G35 cast, info and continue may stop, too") {
  sim::in_all_worlds([]() -> task<> {
    auto a = co_await start_mortal();
    a.cast<mortal::die_in_cast>(term(tuple(atom("shutdown"), 1)));
    co_await expect_end(tuple(atom("shutdown"), 1));
    auto b = co_await start_mortal();
    send(b, std::string("by_info"));
    co_await expect_end(atom("by_info"));
    auto c = co_await start_mortal();
    c.cast<mortal::die_in_continue>();
    co_await expect_end(atom("in_continue"));
  });
}

TEST_CASE(
    "G36 a callback that throws or exits: terminate gets the reason, the process ends by it") {
  sim::in_all_worlds([]() -> task<> {
    auto a = co_await start_mortal();
    a.cast<mortal::raise_in_cast>();
    auto told = co_await receive<term>();
    auto down = co_await receive<down_message>();
    CHECK(told == tuple(atom("terminate"), down.reason.value()));
    REQUIRE(down.reason.exception() != nullptr);
    CHECK(down.reason.exception()->what == "cast");
    auto b = co_await start_mortal();
    b.cast<mortal::exit_in_cast>(term(atom("my_wish")));
    co_await expect_end(atom("my_wish"));
  });
}

namespace {

// Expects terminate and the end, by an exception or an exit of that name.
task<> expect_failure(bool raises, std::string name) {
  auto told = co_await receive<term>();
  auto down = co_await receive<down_message>();
  CHECK(told == tuple(atom("terminate"), down.reason.value()));
  if (raises) {
    REQUIRE(down.reason.exception() != nullptr);
    CHECK(down.reason.exception()->what == name);
  } else {
    CHECK(down.reason.is(name));
  }
}

}  // namespace

TEST_CASE("G36 the same in handle_call, handle_info and handle_continue") {
  sim::in_all_worlds([]() -> task<> {
    for (int way = 0; way < 2; ++way) {
      const bool raises = way == 0;
      auto a = co_await start_mortal();
      auto answer = co_await a.try_call<mortal::fail_in_call>(raises);
      CHECK(!answer.ok());
      co_await expect_failure(raises, "call");
      auto b = co_await start_mortal();
      send<mortal::fail_in_info>(b, raises);
      co_await expect_failure(raises, "info");
      auto c = co_await start_mortal();
      c.cast<mortal::fail_in_continue>(raises);
      co_await expect_failure(raises, "continue");
    }
  });
}

namespace {

// Links itself to the server and dies.
task<> dying_partner(pid server) {
  link(server);
  beamish::exit(atom("broken_heart"));
  co_return;
}

}  // namespace

TEST_CASE("G39 the death of a linked process ends a server that doesn't trap, without terminate") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start_mortal(false);
    // Answered behind the monitor.
    auto asked = process_info(s);
    co_await asked;
    spawn(dying_partner, s.process());
    auto down = co_await receive<down_message>();
    CHECK(down.reason.is("broken_heart"));
    auto told = co_await receive<term>(0ms);
    CHECK(!told);
  });
}

TEST_CASE("G41 the death of a linked process is a message to a server that traps") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start_mortal(true);
    spawn(dying_partner, s.process());
    auto told = co_await receive<term>();
    CHECK(told == tuple(atom("info"), atom("broken_heart")));
    CHECK(alive(s));
    co_await stop(s);
    auto end = co_await receive<term>(0ms);
    CHECK(end == tuple(atom("terminate"), atom("normal")));
  });
}

TEST_CASE("G39 an exit signal that is not trapped ends the server without terminate") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start_mortal(false);
    exit(s.process(), atom("bang"));
    auto down = co_await receive<down_message>();
    CHECK(down.reason.is("bang"));
    auto told = co_await receive<term>(0ms);
    CHECK(!told);
  });
}

TEST_CASE("G40 a trapped exit of the parent runs terminate and never comes to handle_info") {
  sim::in_all_worlds([]() -> task<> {
    // The parent starts the server, hands it over, and ends as it is told.
    const pid parent = spawn([witness = self()]() -> task<> {
      auto s = co_await start_link<mortal>(witness, true, false);
      send(witness, s.process());
      auto why = co_await receive<term>();
      beamish::exit(std::move(why));
    });
    const pid server = co_await receive<pid>();
    monitor(server);
    // Answered behind the monitor.
    auto asked = process_info(server);
    co_await asked;
    send(parent, term(tuple(atom("shutdown"), atom("enough"))));
    co_await expect_end(tuple(atom("shutdown"), atom("enough")));
  });
}

TEST_CASE("G40 who has started a server by start_monitor is its parent, too") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start_monitor<mortal>({}, self(), true, false);
    exit((*s).process(), atom("asked"));
    auto told = co_await receive<term>();
    CHECK(told == tuple(atom("terminate"), atom("asked")));
    auto down = co_await receive<down_message>();
    CHECK(down.id == s.monitor());
    CHECK(down.reason.is("asked"));
  });
}

TEST_CASE("G41 a trapped exit of another process is an ordinary message") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start_mortal(true);
    exit(s.process(), atom("from_outside"));
    auto told = co_await receive<term>();
    CHECK(told == tuple(atom("info"), atom("from_outside")));
    CHECK(alive(s));
    exit(s.process(), exit_reason::kill());
    auto down = co_await receive<down_message>();
    CHECK(down.reason.is("killed"));
    auto nothing = co_await receive<term>(0ms);
    CHECK(!nothing);
  });
}

TEST_CASE("G42 a terminate that throws changes the reason") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start_mortal(false, true);
    s.cast<mortal::die_in_cast>(term(atom("normal")));
    auto told = co_await receive<term>();
    CHECK(told == tuple(atom("terminate"), atom("normal")));
    auto down = co_await receive<down_message>();
    REQUIRE(down.reason.exception() != nullptr);
    CHECK(down.reason.exception()->what == "terminate");
  });
}

TEST_CASE("G48 normal, shutdown and {shutdown, _} are not reported, any other reason is") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    const std::vector<term> quiet{term(atom("normal")), term(atom("shutdown")),
                                  tuple(atom("shutdown"), atom("why"))};
    for (const term& reason : quiet) {
      auto s = co_await start_mortal();
      s.cast<mortal::die_in_cast>(reason);
      co_await expect_end(reason);
    }
    CHECK(reports(place) == 0);
    auto s = co_await start_mortal();
    s.cast<mortal::die_in_cast>(term(atom("broken")));
    co_await expect_end(atom("broken"));
    CHECK(reports(place) == 1);
    auto t = co_await start_mortal();
    t.cast<mortal::raise_in_cast>();
    co_await receive<term>();
    co_await receive<down_message>();
    CHECK(reports(place) == 2);
  });
}

TEST_CASE("G43 a terminate that throws makes stop exit with that reason") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start_mortal(false, true);
    auto stopped = co_await attempt(stop(s));
    auto down = co_await receive<down_message>();
    REQUIRE(down.reason.exception() != nullptr);
    CHECK(down.reason.exception()->what == "terminate");
    REQUIRE(!stopped.ok());
    CHECK(stopped.reason().value().elements()[0] == down.reason.value());
  });
}
