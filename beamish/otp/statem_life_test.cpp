// SPDX-License-Identifier: Apache-2.0
//
// A state machine wherever a server is: started, called, supervised, looked into, ended.
#include <atomic>

#include "beamish/otp/gen_statem.hpp"
#include "beamish/otp/node_calls.hpp"
#include "beamish/otp/requests.hpp"
#include "beamish/otp/supervisor.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// A line of a telephone: states with members, clauses of every kind.
struct line : gen_statem<line> {
  struct idle {};
  struct ringing {
    int caller;
    friend bool operator==(const ringing&, const ringing&) = default;
  };
  struct talking {
    int caller;
  };
  using states = std::variant<idle, ringing, talking>;

  struct dial {
    int caller;
  };
  struct answer_it {
    using reply = int;
  };
  struct hang_up {
    using reply = bool;
  };
  struct who {
    using reply = std::string;
  };
  struct note {
    std::string text;
  };
  struct fail {};
  struct nap {};
  using messages = accepts<dial, answer_it, hang_up, who, note, fail, nap>;
  struct pause {};

  int number = 0;
  std::string heard = "";
  pid owner = {};

  transition handle_cast(idle&, dial& d) { return next_state(ringing{d.caller}); }
  transition handle_cast(ringing&, dial& d) { return next_state(ringing{d.caller}); }
  transition handle_cast(talking&, dial&) { return keep_state().postpone(); }
  // The caller of answer_it waits until somebody rings.
  transition handle_call(idle&, answer_it&, from<answer_it> caller) {
    return keep_state().postpone(std::move(caller));
  }
  call_result<answer_it> handle_call(ringing& r, answer_it&) {
    return next_state(talking{r.caller}).reply(r.caller);
  }
  int handle_call(talking& t, answer_it&) { return t.caller; }
  call_result<hang_up> handle_call(talking&, hang_up&) { return next_state(idle{}).reply(true); }
  bool handle_call(hang_up&) { return false; }
  std::string handle_call(idle&, who&) { return "nobody"; }
  task<std::string> handle_call(talking& t, who&) {
    co_await sleep(1ms);
    co_return std::to_string(t.caller);
  }
  std::string handle_call(ringing& r, who&) { return std::to_string(r.caller) + "?"; }
  void handle_info(note& n) { heard += n.text; }
  transition handle_info(talking&, down_message&) { return next_state(idle{}); }
  transition handle_cast(fail&) { return keep_state().next_event(pause{}); }
  void handle_internal(talking&, pause&) {}
  transition handle_cast(nap&) { return keep_state().hibernate(); }

  void terminate(talking&, const exit_reason& why) {
    if (owner) send(owner, "cut off: " + inspect(why.value()));
  }
  void terminate(const exit_reason& why) {
    if (owner) send(owner, "ended: " + inspect(why.value()));
  }
  bool code_change(const term& old, const term&) {
    number = static_cast<int>(*old.as_integer());
    return true;
  }
  term format_status() const { return to_term(number); }
};

}  // namespace

TEST_CASE("a machine is called, cast to and started as a server is") {
  sim::in_all_worlds([]() -> task<> {
    auto l = co_await start_link<line>({.name = "line"}, 7);
    auto waiting = send_request<line::answer_it>("line");
    named<line> shared("line");
    shared.cast<line::dial>(1);
    auto got = co_await receive_response(waiting);
    CHECK(*got == 1);
    auto who = co_await l.call<line::who>();
    CHECK(who == "1");
    l.cast<line::dial>(2);  // while the line is busy
    auto hung = co_await shared.call<line::hang_up>();
    CHECK(hung);
    auto next = co_await l.call<line::who>();
    CHECK(next == "2?");
    auto in_no_call = co_await l.call<line::hang_up>();
    CHECK_FALSE(in_no_call);
    send(l, line::note{"hello"});
    auto taken = co_await try_start_link<line>({.name = "line"}, 8);
    CHECK(inspect(taken.reason().value()).starts_with("{:already_started"));
    co_await stop(l);
  });
}

TEST_CASE("a state with members changes when they do; one without a comparison always changes") {
  sim::in_all_worlds([]() -> task<> {
    auto l = co_await start<line>();
    l.cast<line::dial>(1);
    l.cast<line::dial>(2);
    auto shown = co_await sys::get_state(l);
    CHECK(inspect(shown) == "{{:ringing, 2}, 0}");
    co_await stop(l);
  });
}

TEST_CASE("system messages look into a machine, change its code and stop it") {
  sim::in_all_worlds([]() -> task<> {
    auto l = co_await start_link<line>({}, 7, std::string(), self());
    co_await sys::suspend(l);
    l.cast<line::dial>(1);
    auto before = co_await sys::get_state(l);
    CHECK(inspect(before) == "{:idle, 7}");
    const bool changed = co_await sys::change_code(l, term(9), term());
    CHECK(changed);
    co_await sys::resume(l);
    auto after = co_await sys::get_state(l);
    CHECK(inspect(after) == "{{:ringing, 1}, 9}");
    co_await stop(l);
    auto said = co_await receive<std::string>();
    CHECK(said == "ended: :normal");
  });
}

TEST_CASE("terminate knows the state that the machine was in") {
  sim::in_all_worlds([]() -> task<> {
    auto l = co_await start<line>(7, std::string(), self());
    l.cast<line::dial>(1);
    co_await l.call<line::answer_it>();
    co_await stop(l, exit_reason::shutdown());
    auto said = co_await receive<std::string>();
    CHECK(said == "cut off: :shutdown");
  });
}

TEST_CASE("an event that its state has no clause for ends the machine") {
  sim::in_all_worlds([]() -> task<> {
    auto l = co_await start<line>();
    auto ref = monitor(l.process());
    l.cast<line::fail>();
    auto down =
        co_await receive_if<down_message>([&](const down_message& m) { return m.id == ref; });
    CHECK(inspect(down.reason.value()) == "{:function_clause, :idle, :pause}");
  });
}

TEST_CASE("a machine is a child like any other, and starts again in its first state") {
  sim::in_all_worlds([]() -> task<> {
    child_list children{child_spec<line>({.name = "line"}, 7)};
    auto sup = co_await supervisor::start_link(children, {.strategy = one_for_one});
    cast<line::dial>("line", 1);
    auto ref = monitor("line");
    exit(whereis("line"), exit_reason(atom("fire")));
    co_await receive_if<down_message>([&](const down_message& m) { return m.id == ref; });
    while (!whereis("line")) co_await sleep(1ms);
    auto who = co_await call<line::who>("line");
    CHECK(who == "nobody");
    auto rows = co_await sup.which_children();
    CHECK(inspect(to_term(rows[0])).find("[Line]") != std::string::npos);
    co_await stop(sup);
  });
}

TEST_CASE("what waits for a machine that ends hears its reason") {
  sim::in_all_worlds([]() -> task<> {
    auto l = co_await start<line>();
    auto postponed = send_request<line::answer_it>(l);
    co_await l.call<line::who>();
    co_await stop(l, exit_reason::shutdown());
    auto got = co_await receive_response(postponed);
    CHECK(inspect(got.reason()).find(":shutdown") != std::string::npos);
  });
}

TEST_CASE("a machine hibernates when a transition says so") {
  sim::in_all_worlds([]() -> task<> {
    auto l = co_await start<line>();
    l.cast<line::nap>();
    co_await sleep(1ms);
    auto asked = process_info(l.process());
    auto info = co_await asked;
    CHECK(info->status == process_status::hibernating);
    co_await stop(l);
  });
}

TEST_CASE("a machine is started and called from a thread that is no process") {
  node n({.workers = 1});
  n.start();
  auto l = start_on<line>(n, {.name = "line"}, 7);
  CHECK(l.ok());
  n.cast<line::dial>("line", 5);
  auto got = n.call<line::answer_it>("line", 5s);
  CHECK(*got == 5);
  n.stop();
}

namespace {

struct picky : gen_statem<picky> {
  struct only {
    explicit only(int n) : number(n) {}
    int number;
  };
  using states = std::variant<only>;
  struct ask {
    using reply = int;
  };
  struct go_wrong {
    using reply = void;
  };
  using messages = accepts<ask, go_wrong>;
  init_result init(int n) {
    if (n < 0) return stop_init(atom("negative"));
    if (n == 0) return ignore();
    return start_in(only(n)).next_event(std::string("first"));
  }
  enter_result enter(only& s) {
    if (s.number == 99) return stop(atom("not_here"));
    return keep_state().event_timeout(1h);
  }
  void handle_internal(only& s, std::string&) { ++s.number; }
  void handle_timeout(timeout_message&) {}
  int handle_call(only& s, ask&) { return s.number; }
  transition handle_call(only&, go_wrong&, from<go_wrong> caller) {
    caller.reply();
    return keep_state().postpone();
  }
};

}  // namespace

TEST_CASE("init says in which state a machine begins, or why it does not") {
  sim::in_all_worlds([]() -> task<> {
    auto p = co_await start<picky>(1);
    auto n = co_await p.call<picky::ask>();
    CHECK(n == 2);  // the inserted event came first
    auto bad = co_await try_start<picky>({}, -1);
    CHECK(bad.reason().value() == term(atom("negative")));
    auto none = co_await try_start<picky>({}, 0);
    CHECK(none.ignored());
    co_await stop(p);
  });
}

TEST_CASE("a machine that stops as it enters its first state has been started") {
  sim::in_all_worlds([]() -> task<> {
    auto started = co_await start_monitor<picky>({}, 99);
    CHECK(started.ok());
    auto down = co_await receive<down_message>();
    CHECK(down.reason.value() == term(atom("not_here")));
  });
}

TEST_CASE("to postpone a call that is answered ends the machine") {
  sim::in_all_worlds([]() -> task<> {
    auto p = co_await start<picky>(1);
    auto ref = monitor(p.process());
    co_await p.call<picky::go_wrong>();
    auto down =
        co_await receive_if<down_message>([&](const down_message& m) { return m.id == ref; });
    CHECK(inspect(down.reason.value()).find("postpone") != std::string::npos);
  });
}
