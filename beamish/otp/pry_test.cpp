// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/pry.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <stdexcept>

#include "beamish/otp/gen_server.hpp"
#include "beamish/runtime/atomics.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/keywords.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// Stands for the person: types these lines, then ends the input.
struct script {
  std::vector<std::string> lines;
  std::vector<std::string> seen{};

  static bool ask(void* me, std::string_view text, int, std::string& line) {
    auto& s = *static_cast<script*>(me);
    s.seen.emplace_back(text);
    if (s.seen.size() > s.lines.size()) return false;
    line = s.lines[s.seen.size() - 1];
    return true;
  }
  pry_port port() { return {&ask, this}; }
};

std::string prompt(pid p) { return "pry(" + inspect(term(p)) + ")> "; }

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

struct counter : gen_server<counter> {
  struct add {
    int amount;
  };
  struct total {
    using reply = int;
  };
  struct idle {};
  using messages = accepts<add, total, idle>;

  int sum = 0;
  pid parent;

  task<> init(term args, bool pries) {
    parent = ancestors().front();
    if (!pries) co_return;
    pry_point here("init");
    here.show("args", args).show("pries", pries);
    co_await here.stop();
  }
  void handle_cast(add& m) { sum += m.amount; }
  outcome handle_cast(idle&) { return noreply().timeout(1ms); }
  void handle_info(timeout_message& m) { send(parent, m); }
  int handle_call(total&) { return sum; }
  term format_status() const { return tuple(atom("sum"), sum); }
};

// Its callbacks are plain functions and its state has no term shape.
struct closed_book : gen_server<closed_book> {
  struct read {
    using reply = int;
  };
  struct secret {
    void* where = nullptr;
  };
  using messages = accepts<read, secret>;
  void* page = nullptr;
  int secrets = 0;
  int handle_call(read&) { return secrets; }
  void handle_info(secret&) { ++secrets; }
};

// Looks at everything for ever, until the last one asks.
bool look_until_the_last_asks(void*, std::string_view text, int, std::string& line) {
  line = has(std::string(text), "last") ? "continue" : "values";
  return true;
}

task<> stops_at(std::string place) {
  pry_point here(place);
  co_await here.stop();
}

}  // namespace

TEST_CASE("a process stops, shows what it was told to show, and goes on") {
  sim::in_all_worlds([]() -> task<> {
    script person{{"args", " nonsense\t", "", "values", "step", "help", "c"}};
    pry_through(person.port());
    register_name("prey", self());
    pry_point here("the begin");
    here.show("args", keyword({{"a", atom("value")}})).show("sum", 3);
    co_await here.stop();

    REQUIRE(person.seen.size() == 7);
    const std::string me = inspect(term(self()));
    CHECK(has(person.seen[0], me + " (\"prey\") has stopped at the begin, pry_test.cpp:"));
    CHECK(has(person.seen[0], "; it shows args, sum (try help)\n" + prompt(self())));
    CHECK(person.seen[1] == "[a: :value]\n" + prompt(self()));
    CHECK(person.seen[2] ==
          "\"nonsense\" is neither shown nor a command; known: args, sum, values, step, next, "
          "continue, c, help\n" +
              prompt(self()));
    CHECK(person.seen[3] == prompt(self()));
    CHECK(person.seen[4] == "args = [a: :value]\nsum = 3\n" + prompt(self()));
    CHECK(person.seen[5] == "only a server can step: this is none\n" + prompt(self()));
    CHECK(has(person.seen[6], "stops before the server's next message\n"));
  });
}

TEST_CASE(
    "a server steps from its init to its messages, which change nothing but what they would") {
  sim::in_all_worlds([]() -> task<> {
    script person{{"args", "step", "message", "state", "step", "values", "continue"}};
    pry_through(person.port());
    auto c = co_await start<counter>({.name = "counter"}, term(atom("given")), true);
    c.cast<counter::add>(2);
    int two = co_await c.call<counter::total>();
    c.cast<counter::add>(3);
    int five = co_await c.call<counter::total>();
    CHECK(two == 2);
    CHECK(five == 5);
    REQUIRE(person.seen.size() == 7);
    CHECK(has(person.seen[0], "(\"counter\") has stopped at init, pry_test.cpp:"));
    CHECK(person.seen[1] == ":given\n" + prompt(c.process()));
    CHECK(has(person.seen[2], "has stopped before a cast; it shows message, state (try help)\n"));
    CHECK(person.seen[3] == "{:add, 2}\n" + prompt(c.process()));
    CHECK(person.seen[4] == "{:sum, 0}\n" + prompt(c.process()));
    CHECK(has(person.seen[5], "has stopped before a call;"));
    CHECK(person.seen[6] == "message = :total\nstate = {:sum, 2}\n" + prompt(c.process()));
    co_await stop("counter");
  });
}

TEST_CASE("a server of plain functions is pried from outside") {
  sim::in_all_worlds([]() -> task<> {
    script person{{"values", "step", "values", "c"}};
    pry_through(person.port());
    auto book = co_await start<closed_book>();
    co_await sys::pry_next(book);
    send(book, closed_book::secret{});
    int one = co_await book.call<closed_book::read>();
    int again = co_await book.call<closed_book::read>();
    CHECK(one == 1);
    CHECK(again == 1);
    REQUIRE(person.seen.size() == 4);
    CHECK(has(person.seen[0], "has stopped before a message;"));
    CHECK(has(person.seen[1], "message = "));
    CHECK(has(person.seen[1], "secret"));
    CHECK(has(person.seen[1], "%ClosedBook{page: #"));
    CHECK(has(person.seen[2], "has stopped before a call;"));
    CHECK(has(person.seen[3], "message = :read\n"));
    co_await stop(book);
  });
}

TEST_CASE("a pried server handles system messages, also while it is suspended") {
  sim::in_all_worlds([]() -> task<> {
    script person{{"state", "continue"}};
    pry_through(person.port());
    auto c = co_await start<counter>({}, term(), false);
    co_await sys::pry_next(c);
    co_await sys::suspend(c);
    c.cast<counter::add>(7);
    term before = co_await sys::get_state(c);
    CHECK(inspect(before) == "{:sum, 0}");
    CHECK(person.seen.size() == 0);
    co_await sys::resume(c);
    int seven = co_await c.call<counter::total>();
    CHECK(seven == 7);
    REQUIRE(person.seen.size() == 2);
    CHECK(person.seen[1] == "{:sum, 0}\n" + prompt(c.process()));
    co_await stop(c);
  });
}

TEST_CASE("a timeout passes a server that steps") {
  sim::in_all_worlds([]() -> task<> {
    script person{{"step", "message", "continue"}};
    pry_through(person.port());
    auto c = co_await start<counter>({}, term(), false);
    co_await sys::pry_next(c);
    c.cast<counter::idle>();
    auto over = co_await receive<timeout_message>();
    (void)over;
    CHECK(person.seen.size() == 1);
    int none = co_await c.call<counter::total>();
    CHECK(none == 0);
    REQUIRE(person.seen.size() == 3);
    CHECK(person.seen[2] == ":total\n" + prompt(c.process()));
    co_await stop(c);
  });
}

TEST_CASE("two that are pried take turns") {
  sim::in_all_worlds([]() -> task<> {
    script person{{"values", "help", "c", "values", "help", "c"}};
    pry_through(person.port());
    auto one = spawn_monitor(stops_at, std::string("one"));
    auto two = spawn_monitor(stops_at, std::string("two"));
    co_await receive<down_message>();
    co_await receive<down_message>();
    REQUIRE(person.seen.size() == 6);
    const bool swapped = has(person.seen[0], prompt(two.process));
    for (std::size_t i = 0; i < 6; ++i) {
      const pid wanted = (i < 3) != swapped ? one.process : two.process;
      CHECK(has(person.seen[i], prompt(wanted)));
    }
  });
}

TEST_CASE("after the end of the input nobody is asked again, nor hangs") {
  sim::in_all_worlds([]() -> task<> {
    script person{{"values"}};
    pry_through(person.port());
    spawn_monitor(stops_at, std::string("one"));
    spawn_monitor(stops_at, std::string("two"));
    co_await receive<down_message>();
    co_await receive<down_message>();
    auto c = co_await start<counter>({}, term(), true);
    co_await sys::pry_next(c);
    int none = co_await c.call<counter::total>();
    CHECK(none == 0);
    CHECK(person.seen.size() == 2);

    script other{{"c"}};
    pry_through(other.port());
    co_await stops_at("three");
    CHECK(other.seen.size() == 1);
    co_await stop(c);
  });
}

TEST_CASE("a port that throws counts as the end of the input") {
  sim::in_all_worlds([]() -> task<> {
    pry_through({[](void*, std::string_view, int, std::string&) -> bool {
      throw std::runtime_error("no terminal");
    }});
    auto c = co_await start<counter>({}, term(), true);
    co_await sys::pry_next(c);
    int none = co_await c.call<counter::total>();
    CHECK(none == 0);
    co_await stop(c);
  });
}

TEST_CASE("whoever is killed while it is pried, or waits for its turn, gives way to the next") {
  sim::in_all_worlds([]() -> task<> {
    pry_through({&look_until_the_last_asks});
    auto one = spawn_monitor(stops_at, std::string("one"));
    auto two = spawn_monitor(stops_at, std::string("two"));
    auto c = co_await start_monitor<counter>({}, term(), false);
    auto pried = *c;
    co_await sys::pry_next(pried);
    pried.cast<counter::add>(1);
    co_await beamish::sleep(1ms);
    for (pid victim : {one.process, pried.process(), two.process}) {
      beamish::exit(victim, exit_reason::kill());
      auto down = co_await receive<down_message>();
      CHECK(down.reason.is("killed"));
    }
    co_await stops_at("the last");
  });
}

TEST_CASE("a call that waits at a pried server hears of its death") {
  sim::in_all_worlds([]() -> task<> {
    pry_through({[](void*, std::string_view, int, std::string& line) {
      line = "values";
      return true;
    }});
    auto c = co_await start<counter>({}, term(), false);
    co_await sys::pry_next(c);
    spawn(
        [](pid server) -> task<> {
          co_await beamish::sleep(1ms);
          beamish::exit(server, exit_reason::kill());
        },
        c.process());
    auto none = co_await try_call<counter::total>(c);
    CHECK(has(inspect(none.reason().value()), "{:killed, "));
  });
}

TEST_CASE("others go on while one is pried, and a node that stops waits for no line") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  std::atomic<std::uint32_t> asked{0};
  struct terminal {
    int in;
    std::atomic<std::uint32_t>& asked;
  } person{ends[0], asked};
  node n({.name = "pried@test", .workers = 1});
  n.start();
  n.spawn([&person]() -> task<> {
    pry_through({[](void* me, std::string_view, int given_up, std::string& line) {
                   auto& t = *static_cast<terminal*>(me);
                   t.asked.store(1);
                   detail::std_atomics::futex_wake(t.asked, 1);
                   return detail::read_line_from(t.in, given_up, line);
                 },
                 &person});
    co_await stops_at("a pipe that nobody writes to");
  });
  while (asked.load() == 0) detail::std_atomics::futex_wait(asked, 0, -1);
  std::atomic<std::uint32_t> done{0};
  n.spawn([&done]() -> task<> {
    co_await beamish::sleep(0ms);
    done.store(1);
    detail::std_atomics::futex_wake(done, 1);
  });
  while (done.load() == 0) detail::std_atomics::futex_wait(done, 0, -1);
  CHECK(n.stop(0ms));
  CHECK(n.statistics().processes == 0);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("outside of a process nothing can be pried") {
  const auto alone = [](const pry_point& here) { (void)here.stop(); };
  pry_point here("nowhere");
  here.show("number", 1);
  CHECK_THROWS_AS(alone(here), std::logic_error);
  CHECK_THROWS_AS(pry_through({}), std::logic_error);
}

TEST_CASE("a line is read and not a byte more") {
  int in[2], stop[2];
  REQUIRE(::pipe2(in, O_CLOEXEC) == 0);
  REQUIRE(::pipe2(stop, O_CLOEXEC) == 0);
  const std::string_view text = "first\n\nrest\nlast";
  REQUIRE(::write(in[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  std::string line;
  CHECK(detail::read_line_from(in[0], stop[0], line));
  CHECK(line == "first");
  CHECK(detail::read_line_from(in[0], stop[0], line));
  CHECK(line.empty());
  char rest[5];
  REQUIRE(::read(in[0], rest, 5) == 5);
  CHECK(std::string_view(rest, 5) == "rest\n");
  ::close(in[1]);
  CHECK(detail::read_line_from(in[0], stop[0], line));
  CHECK(line == "last");
  CHECK_FALSE(detail::read_line_from(in[0], stop[0], line));
  REQUIRE(::write(stop[1], "x", 1) == 1);
  CHECK_FALSE(detail::read_line_from(in[0], stop[0], line));
  for (int fd : {in[0], stop[0], stop[1]}) ::close(fd);
  CHECK_FALSE(detail::read_line_from(in[0], -1, line));
}
