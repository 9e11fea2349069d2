// SPDX-License-Identifier: Apache-2.0
//
// Servers that are watched: trace, log, statistics, functions, files.
#include <algorithm>
#include <stdexcept>

#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/file.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct more {};

struct counter : gen_server<counter> {
  struct add {
    int amount;
  };
  struct total {
    using reply = int;
  };
  struct later {
    using reply = int;
  };
  struct go_on {};
  struct wait {};
  using messages = accepts<add, total, later, go_on, wait>;
  int sum = 0;

  void handle_cast(add& m) { sum += m.amount; }
  int handle_call(total&) { return sum; }
  void handle_call(later&, from<later> f) { f.reply(sum); }
  outcome handle_cast(go_on&) { return noreply().then(more{}); }
  void handle_continue(more&) { ++sum; }
  outcome handle_cast(wait&) { return noreply().timeout(0ms); }
  void handle_info(timeout_message&) { ++sum; }
  void handle_info(add& m) { sum += m.amount; }
};

task<std::vector<std::string>> log_of(pid p) {
  auto events = co_await sys::get_log(p);
  std::vector<std::string> lines;
  for (const sys::event& e : events) lines.push_back(sys::text_of(e, "it"));
  co_return lines;
}

std::vector<std::string> traced(const sim::world& place) {
  std::vector<std::string> lines;
  for (const log_entry& e : place.log()) {
    if (e.text.starts_with("*DBG*")) lines.push_back(e.text);
  }
  return lines;
}

}  // namespace

TEST_CASE("Y4 a log keeps what came in and went out, in OTP's words") {
  sim::in_all_worlds([]() -> task<> {
    auto c = co_await start<counter>();
    const std::string me = inspect(term(self()));
    co_await sys::log(c, 100);
    c.cast<counter::add>(2);
    send(c.process(), counter::add{3});
    co_await c.call<counter::total>();
    co_await c.call<counter::later>();
    c.cast<counter::go_on>();
    c.cast<counter::wait>();
    co_await c.call<counter::total>();
    auto lines = co_await log_of(c);
    // The timeout of 0 passes before or after the last call.
    std::erase_if(lines, [](const std::string& l) { return l.find("total") != l.npos; });
    REQUIRE(lines.size() >= 13);
    CHECK(lines[0] == "*DBG* it got cast {:add, 2}");
    CHECK(lines[1] == "*DBG* it new state %Counter{sum: 2}");
    CHECK(lines[2] == "*DBG* it got {:add, 3}");
    CHECK(lines[3] == "*DBG* it new state %Counter{sum: 5}");
    CHECK(lines[4] == "*DBG* it sent 5 to " + me + ", new state %Counter{sum: 5}");
    CHECK(lines[5] == "*DBG* it got call :later from " + me);
    CHECK(lines[6] == "*DBG* it new state %Counter{sum: 5}");
    CHECK(lines[7] == "*DBG* it got cast :go_on");
    CHECK(lines[8] == "*DBG* it new state %Counter{sum: 5}");
    CHECK(lines[9] == "*DBG* it dbg {:continue, :more}");
    CHECK(lines[10] == "*DBG* it new state %Counter{sum: 6}");
    CHECK(lines[11] == "*DBG* it got cast :wait");
    CHECK(lines[12] == "*DBG* it new state %Counter{sum: 6}");
    co_await stop(c);
  });
}

TEST_CASE("Y4 a log keeps the last events only, and forgets them when it is off") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto c = co_await start<counter>({.name = "counter"});
    co_await sys::log("counter", 3);
    for (int i = 1; i <= 3; ++i) c.cast<counter::add>(i);
    auto lines = co_await log_of(c);
    CHECK(lines == std::vector<std::string>{"*DBG* it new state %Counter{sum: 3}",
                                            "*DBG* it got cast {:add, 3}",
                                            "*DBG* it new state %Counter{sum: 6}"});
    co_await sys::print_log(c);
    const auto printed = traced(place);
    REQUIRE(printed.size() == 3);
    CHECK(printed[1] == "*DBG* :counter got cast {:add, 3}");
    co_await sys::statistics(c, true);  // it is watched on
    co_await sys::log(c, 0);
    auto none = co_await log_of(c);
    CHECK(none.empty());
    co_await stop(c);
  });
}

TEST_CASE("Y4 a trace prints each event to the node's log, until it is off") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto c = co_await start<counter>({.name = "counter"});
    co_await sys::trace(c, true);
    c.cast<counter::add>(2);
    const int sum = co_await c.call<counter::total>();
    CHECK(sum == 2);
    const std::string me = inspect(term(self()));
    const std::vector<std::string> expected{
        "*DBG* :counter got cast {:add, 2}", "*DBG* :counter new state %Counter{sum: 2}",
        "*DBG* :counter got call :total from " + me,
        "*DBG* :counter sent 2 to " + me + ", new state %Counter{sum: 2}"};
    CHECK(traced(place) == expected);
    co_await sys::trace(c, false);
    co_await c.call<counter::total>();
    CHECK(traced(place) == expected);
    co_await stop(c);
  });
}

TEST_CASE("Y4 installed functions see every event, and go when they say so, throw or are removed") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto c = co_await start<counter>();
    auto seen = std::make_shared<std::atomic<int>>(0);
    auto count = [seen](const sys::event&) { ++*seen; };
    co_await sys::install(c, "count", count);
    auto twice = [seen](const sys::event&) { *seen += 100; };
    co_await sys::install(c, "count", twice);  // the name is taken
    auto once = [seen](const sys::event& e) {
      *seen += e.is_in() ? 1000 : 2000;
      return false;
    };
    co_await sys::install(c, "once", once);
    auto fails = [](const sys::event&) { throw std::runtime_error("no idea"); };
    co_await sys::install(c, "fails", fails);
    c.cast<counter::add>(1);
    co_await c.call<counter::total>();
    CHECK(*seen == 1004);
    const auto log = place.log();
    REQUIRE(log.size() == 1);
    CHECK(log[0].text.ends_with("failed and is removed: no idea"));
    co_await sys::remove(c, "count");
    co_await c.call<counter::total>();
    CHECK(*seen == 1004);
    co_await stop(c);
  });
}

TEST_CASE("Y4 no_debug ends all watching, and calls run inline again") {
  sim::in_simulation([](sim::world& place) -> task<> {
    auto c = co_await start<counter>();
    auto see = [](const sys::event&) {};
    co_await sys::trace(c, true);
    co_await sys::log(c, 5);
    co_await sys::statistics(c, true);
    co_await sys::install(c, "see", see);
    auto on = co_await sys::get_status(c);
    CHECK(on.debugging.size() == 4);
    CHECK(detail::find_slot(c)->has(detail::slot_flag::no_inline));
    co_await sys::no_debug(c);
    CHECK(!detail::find_slot(c)->has(detail::slot_flag::no_inline));
    co_await c.call<counter::total>();
    auto off = co_await sys::get_status(c);
    CHECK(off.debugging.size() == 0);
    auto counts = co_await sys::get_statistics(c);
    CHECK(!counts);
    CHECK(traced(place).empty());
    co_await stop(c);
  });
}

TEST_CASE("Y4 log_to_file writes the events behind what is there; a file that can't be says so") {
  sim::in_simulation([]() -> task<> {
    auto c = co_await start<counter>({.name = "counter"});
    const bool opened = co_await sys::log_to_file(c, "events");
    CHECK(opened);
    c.cast<counter::add>(2);
    co_await c.call<counter::total>();
    co_await sys::end_log_to_file(c);
    co_await c.call<counter::total>();
    auto text = read_file("events");
    CHECK(text->starts_with("*DBG* :counter got cast {:add, 2}\n"));
    CHECK(std::count(text->begin(), text->end(), '\n') == 4);
    const bool nowhere = co_await sys::log_to_file(c, "no/such/folder");
    CHECK(!nowhere);
    co_await stop(c);
    CHECK(remove_file("events").ok());
  });
}

TEST_CASE("Y3 statistics count messages in and out, and callbacks, from when they are on") {
  sim::in_all_worlds([]() -> task<> {
    auto c = co_await start<counter>();
    auto off = co_await sys::get_statistics(c);
    CHECK(!off);
    co_await c.call<counter::total>();
    co_await sys::statistics(c, true);
    c.cast<counter::add>(1);
    c.cast<counter::go_on>();
    send(c.process(), counter::add{1});
    co_await c.call<counter::total>();
    auto on = co_await sys::get_statistics(c);
    REQUIRE(on);
    CHECK(on->messages_in == 4);
    CHECK(on->messages_out == 1);
    CHECK(on->callbacks == 5);
    CHECK(on->since <= on->now);
    co_await sys::statistics(c, true);  // goes on counting
    auto still = co_await sys::get_statistics(c);
    CHECK(still->messages_in == 4);
    CHECK(still->since == on->since);
    co_await sys::statistics(c, false);
    auto gone = co_await sys::get_statistics(c);
    CHECK(!gone);
    // It begins anew, also where the log was on meanwhile.
    co_await sys::statistics(c, true);
    co_await sys::log(c, 10);
    c.cast<counter::add>(1);
    co_await sys::statistics(c, false);
    co_await sys::statistics(c, true);
    auto anew = co_await sys::get_statistics(c);
    CHECK(anew->messages_in == 0);
    CHECK(anew->callbacks == 0);
    co_await stop(c);
  });
}

TEST_CASE("Y6 get_status tells of process, module, dictionary, parent, debugging and state") {
  sim::in_all_worlds([]() -> task<> {
    auto c = co_await start_link<counter>();
    auto put = [](counter&) { process_dictionary::put(term(atom("key")), term(1)); };
    co_await sys::with_state<counter>(c, put);
    co_await sys::trace(c, true);
    co_await sys::suspend(c);
    auto status = co_await sys::get_status(c);
    CHECK(inspect(sys::to_term(status)) == "{:status, " + inspect(term(c.process())) +
                                               ", {:module, :counter}, [[key: 1], :suspended, " +
                                               inspect(term(self())) +
                                               ", [trace: true], %Counter{sum: 0}]}");
    co_await sys::resume(c);
    auto running = co_await sys::get_status(c);
    CHECK(!running.suspended);
    co_await stop(c);
  });
}

TEST_CASE("events survive the way to a term and back") {
  using enum sys::event::kind;
  const pid p{1, 2, 3};
  for (const sys::event& e :
       {sys::event{call, term(1), p, term()}, sys::event{cast, term(2), pid{}, term()},
        sys::event{info, tuple(atom("x"), 1), pid{}, term()},
        sys::event{reply, term(3), p, term(atom("s"))},
        sys::event{state, term(), pid{}, term(atom("s"))},
        sys::event{other, tuple(atom("continue"), 4), pid{}, term()}}) {
    CHECK(sys::event_from(sys::to_term(e)) == e);
  }
}
