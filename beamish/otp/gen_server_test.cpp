// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/gen_server.hpp"

#include "beamish/otp/sys.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct library : gen_server<library> {
  struct get_all_books {
    using reply = std::vector<std::string>;
  };
  struct add_book {
    std::string title;
  };
  struct has_book {
    using reply = bool;
    std::string title;
  };
  struct touch {};  // a call without a value
  using messages = accepts<get_all_books, add_book, has_book, touch>;

  std::vector<std::string> books;
  int touched = 0;

  void init(std::vector<std::string> shelf) { books = std::move(shelf); }
  auto handle_call(get_all_books&) { return books; }
  bool handle_call(has_book& m) {
    return std::find(books.begin(), books.end(), m.title) != books.end();
  }
  void handle_call(touch&) { ++touched; }
  void handle_cast(add_book& m) { books.insert(books.begin(), std::move(m.title)); }
};

// No callback at all: the argument is the state.
struct my_gen_server : gen_server<my_gen_server> {};

// Waits inside a callback, as any callback may.
struct patient : gen_server<patient> {
  struct ask {
    using reply = int;
    pid whom;
  };
  struct note {
    int value;
  };
  using messages = accepts<ask, note>;
  std::vector<int> notes;

  task<int> handle_call(ask& m) {
    send(m.whom, self());
    int got = co_await receive<int>();
    co_return got * 10 + static_cast<int>(notes.size());
  }
  void handle_cast(note& m) { notes.push_back(m.value); }
};

}  // namespace

TEST_CASE("G14 a call gives the reply, and the new state serves the next message") {
  sim::in_all_worlds([]() -> task<> {
    const std::vector<std::string> shelf{"I love little ponies"};
    auto lib = co_await start_link<library>({.name = "library"}, shelf);
    lib.cast<library::add_book>("Next to the mountain is a rainbow");
    auto books = co_await lib.call<library::get_all_books>();
    CHECK(books ==
          std::vector<std::string>{"Next to the mountain is a rainbow", "I love little ponies"});
    const bool there = co_await call<library::has_book>("library", "I love little ponies");
    CHECK(there);
    co_await lib.call<library::touch>();
    co_await stop("library");
  });
}

TEST_CASE("G14 without callbacks the argument is the state") {
  sim::in_all_worlds([]() -> task<> {
    const term hello = list(atom("hello"), 1);
    auto s = co_await start_link<my_gen_server>(hello);
    auto state = co_await sys::get_state(s);
    CHECK(state == hello);
    co_await stop(s);
  });
}

TEST_CASE("G25 a cast always succeeds, whoever is there") {
  sim::in_all_worlds([]() -> task<> {
    const pid dead = spawn([] {});
    auto ref = monitor(dead);
    co_await receive<down_message>();
    demonitor(ref, true);
    cast<library::add_book>(dead, "lost");
    cast<library::add_book>("nobody", "lost");
    cast<library::add_book>(on_node("nobody", "nowhere@sim"), "lost");
    cast<library::add_book>(self(), "not a message of this process");
    auto nothing = co_await receive<library::add_book>(0ms);
    CHECK(!nothing);
    co_await cast<library::add_book>("nobody", "awaited");
  });
}

TEST_CASE("G26 a cast and then a call from one client are handled in that order") {
  sim::in_all_worlds([]() -> task<> {
    auto lib = co_await start_link<library>(std::vector<std::string>());
    std::vector<std::string> expected;
    for (int i = 0; i < 20; ++i) {
      const std::string title = "book " + std::to_string(i);
      lib.cast<library::add_book>(title);
      expected.insert(expected.begin(), title);
      const bool there = co_await lib.call<library::has_book>(title);
      CHECK(there);
    }
    auto books = co_await lib.call<library::get_all_books>();
    CHECK(books == expected);
    co_await stop(lib);
  });
}

TEST_CASE("a callback that waits keeps the server from other messages, not from being killed") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<patient>();
    spawn([s, parent = self()]() -> task<> {
      const int answer = co_await s.call<patient::ask>(parent);
      send(parent, answer);
    });
    const pid waiting = co_await receive<pid>();
    CHECK(waiting == s.process());
    s.cast<patient::note>(1);
    send(waiting, 4);
    const int answer = co_await receive<int>();
    CHECK(answer == 40);

    auto pending = spawn_monitor([s, parent = self()]() -> task<> {
      const int never = co_await s.call<patient::ask>(parent);
      (void)never;
    });
    co_await receive<pid>();
    exit(s.process(), exit_reason::kill());
    auto down = co_await receive<down_message>();
    CHECK(down.id == pending.id);
    CHECK(down.reason.value().elements()[0] == term(atom("killed")));
  });
}

namespace {

struct tick {
  int number;
};

// Keeps what comes outside of calls and casts.
struct listener : gen_server<listener> {
  struct seen {
    using reply = std::vector<std::string>;
  };
  struct watch {
    using reply = void;
    pid whom;
    bool link;
  };
  using messages = accepts<seen, watch, tick, std::string>;
  std::vector<std::string> all;

  void init() { trap_exits(true); }
  auto handle_call(seen&) { return all; }
  void handle_call(watch& m) {
    if (m.link)
      link(m.whom);
    else
      monitor(m.whom);
  }
  void handle_info(tick& m) { all.push_back("tick " + std::to_string(m.number)); }
  void handle_info(std::string& m) { all.push_back(m); }
  void handle_info(down_message& m) { all.push_back("down " + inspect(m.reason)); }
  void handle_info(exit_message& m) { all.push_back("exit " + inspect(m.reason)); }
};

task<> wait_for_text() { co_await receive<std::string>(); }

// Until somebody's link or monitor has arrived there.
task<> until_related(pid p) {
  for (;;) {
    auto asked = process_info(p);
    auto info = co_await asked;
    if (!info->links.empty() || !info->monitored_by.empty()) co_return;
    co_await sleep(1ms);
  }
}

}  // namespace

TEST_CASE("G27 what is no call, cast or system message comes to handle_info") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<listener>();
    send(s, std::string("sent"));
    auto sent = co_await s.call<listener::seen>();
    CHECK(sent == std::vector<std::string>{"sent"});

    send_after(1ms, s.process(), tick{7});
    for (std::size_t count = 1; count < 2;) {
      co_await sleep(1ms);
      auto now = co_await s.call<listener::seen>();
      count = now.size();
    }
    const pid watched = spawn(wait_for_text);
    co_await s.call<listener::watch>(watched, false);
    co_await until_related(watched);
    send(watched, std::string("end"));
    const pid linked = spawn(wait_for_text);
    co_await s.call<listener::watch>(linked, true);
    co_await until_related(linked);
    exit(linked, atom("boom"));
    std::vector<std::string> all;
    while (all.size() < 4) {
      co_await sleep(1ms);
      all = co_await s.call<listener::seen>();
    }
    CHECK(all[1] == "tick 7");
    std::sort(all.begin() + 2, all.end());
    CHECK(all[2] == "down :normal");
    CHECK(all[3] == "exit :boom");
    co_await stop(s);
  });
}

TEST_CASE("G28 a message without a clause is logged and ignored") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto lib = co_await start<library>(std::vector<std::string>());
    send(lib, 42);
    send(lib, std::string("text"));
    const bool there = co_await lib.call<library::has_book>("none");
    CHECK(!there);
    int logged = 0;
    for (const log_entry& e : place.log()) {
      if (e.text.find("handle_info") != std::string::npos) ++logged;
    }
    CHECK(logged == 2);
    co_await stop(lib);
  });
}

TEST_CASE("G28 so is a message that none of a server's handle_info clauses takes") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto s = co_await start<listener>();
    send(s, 3.5);
    send(s, std::string("sent"));
    auto seen = co_await s.call<listener::seen>();
    CHECK(seen == std::vector<std::string>{"sent"});
    REQUIRE(place.log().size() == 1);
    CHECK(place.log()[0].text.find("handle_info") != std::string::npos);
    co_await stop(s);
  });
}

namespace {

struct unheard_of {
  using reply = int;
  int value = 3;
};

// Chooses OTP's way.
struct strict : gen_server<strict> {
  static constexpr bool ends_on_unknown_call = true;
};

}  // namespace

TEST_CASE("G29 an unlisted call is answered bad_call, an unlisted cast ignored; the server lives") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto lib = co_await start<library>(std::vector<std::string>());
    cast<unheard_of>(lib);
    auto answer = co_await try_call<unheard_of>(lib);
    REQUIRE(!answer.ok());
    CHECK(answer.reason().value().elements()[0] == tuple(atom("bad_call"), atom("unheard_of")));
    CHECK(alive(lib));
    int logged = 0;
    for (const log_entry& e : place.log()) {
      if (e.text.find("handle_cast") != std::string::npos) ++logged;
    }
    CHECK(logged == 1);
    co_await stop(lib);
  });
}

TEST_CASE("G29 a server may choose to end on an unlisted call, as in OTP") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<strict>();
    auto ref = monitor(s);
    auto answer = co_await try_call<unheard_of>(s);
    CHECK(answer.reason().value().elements()[0] == tuple(atom("bad_call"), atom("unheard_of")));
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    CHECK(down.reason.value() == tuple(atom("bad_call"), atom("unheard_of")));
  });
}
