// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/sys.hpp"

#include <memory>
#include <stdexcept>

#include "beamish/otp/gen_server.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// A counter whose state can be looked at, changed by code_change, and fail at both.
struct counter : gen_server<counter> {
  struct add {
    int value;
  };
  struct total {
    using reply = int;
  };
  struct stop_with {
    term reason;
  };
  struct fail {};
  using messages = accepts<add, total, stop_with, fail>;

  int sum = 0;
  pid witness;
  bool status_fails = false;

  void init(pid w, bool traps = false) {
    trap_exits(traps);
    witness = w;
  }
  void handle_cast(add& m) { sum += m.value; }
  void handle_cast(fail&) { throw std::runtime_error("no"); }
  outcome handle_cast(stop_with& m) { return stop(m.reason); }
  int handle_call(total&) { return sum; }
  void terminate(const exit_reason& why) { send(witness, why); }
  bool code_change(const term& old, const term& extra) {
    if (extra.is_atom("refuse")) return false;
    if (extra.is_atom("throw")) throw std::runtime_error("no way back");
    if (extra.is_atom("blind")) status_fails = true;
    sum += static_cast<int>(*old.as_integer());
    return true;
  }
  term format_status() const {
    if (status_fails) throw std::runtime_error("blind");
    return tuple(atom("sum"), sum);
  }
};

// Its state is shown as it is.
struct open_book : gen_server<open_book> {
  int page = 3;
  std::vector<std::string> notes{"a"};

  friend term to_term(const open_book& b) {
    return structure(elixir_module("OpenBook"),
                     {{"page", term(b.page)}, {"notes", beamish::to_term(b.notes)}});
  }
};

}  // namespace

TEST_CASE("G43 stop waits for the end, runs terminate, and gives the reason") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<counter>({.name = "counter"}, self());
    auto ref = monitor(s);
    co_await stop("counter");
    CHECK(!alive(s));
    auto why = co_await receive<exit_reason>(0ms);
    REQUIRE(why);
    CHECK(why->is_normal());
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    CHECK(down.reason.is_normal());

    auto t = co_await start<counter>(self());
    co_await stop(t, exit_reason::shutdown(atom("why")));
    auto second = co_await receive<exit_reason>();
    CHECK(second.value() == tuple(atom("shutdown"), atom("why")));
  });
}

TEST_CASE("G43 stop exits the caller if the server ends otherwise, is not there, or is too slow") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<counter>(self());
    co_await sys::suspend(s);
    exit(s.process(), atom("other"));
    auto a = co_await attempt(stop(s, exit_reason::normal(), 1s));
    REQUIRE(!a.ok());
    const term why = a.reason().value().elements()[0];
    CHECK((why == term(atom("other")) || why == term(atom("noproc"))));
    const term shape = a.reason().value().elements()[1];
    CHECK(shape ==
          tuple(atom("gen_server"), atom("stop"), list(s.process(), atom("normal"), 1000)));

    auto b = co_await attempt(stop("nobody"));
    CHECK(b.reason().value() ==
          tuple(atom("noproc"), tuple(atom("gen_server"), atom("stop"),
                                      list(atom("nobody"), atom("normal"), atom("infinity")))));
    auto c = co_await attempt(stop(on_node("x", "nowhere@sim")));
    CHECK(c.reason().value().elements()[0] == tuple(atom("nodedown"), atom("nowhere@sim")));

    const pid deaf = spawn([]() -> task<> { co_await receive<int>(); });
    auto d = co_await attempt(stop(deaf, exit_reason::normal(), 5ms));
    CHECK(d.reason().value().elements()[0] == term(atom("timeout")));
    send(deaf, 1);
  });
}

TEST_CASE("G43 stop of a server that is not there exits the caller, also if noproc was asked for") {
  sim::in_all_worlds([]() -> task<> {
    auto gone = spawn_monitor([] {});
    co_await receive<down_message>();
    auto a = co_await attempt(stop(gone.process, exit_reason::noproc()));
    REQUIRE(!a.ok());
    CHECK(a.reason().value().elements()[0] == term(atom("noproc")));
  });
}

TEST_CASE("G44 stop of oneself exits with calling_self") {
  sim::in_all_worlds([]() -> task<> {
    auto a = co_await attempt(stop(self()));
    CHECK(a.reason().value() ==
          tuple(atom("calling_self"), tuple(atom("gen_server"), atom("stop"),
                                            list(self(), atom("normal"), atom("infinity")))));
  });
}

TEST_CASE("Y2 a suspended server handles only system messages; what waits keeps its order") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<counter>(self());
    co_await sys::suspend(s);
    co_await sys::suspend(s);
    s.cast<counter::add>(5);
    auto early = co_await s.try_call<counter::total>(within(5ms));
    CHECK(!early.ok());
    auto state = co_await sys::get_state(s);
    CHECK(state == tuple(atom("sum"), 0));
    co_await sys::resume(s);
    co_await sys::resume(s);
    const int total = co_await s.call<counter::total>();
    CHECK(total == 5);
    co_await stop(s);
  });
}

TEST_CASE("a resume that is queued behind suspend is found") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<counter>(self());
    for (int i = 0; i < 3; ++i) {
      spawn([s]() -> task<> {
        co_await sys::suspend(s);
        co_await sys::resume(s);
      });
      s.cast<counter::add>(1);
    }
    // Ends only when nobody has left it suspended.
    for (;;) {
      auto total = co_await s.try_call<counter::total>(within(1h));
      if (*total == 3) break;
    }
    auto asked = co_await sys::get_state(s);
    CHECK(asked == tuple(atom("sum"), 3));
    co_await stop(s);
  });
}

TEST_CASE("Y2 stop and the parent's exit end a suspended server") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<counter>(self());
    co_await sys::suspend(s);
    s.cast<counter::add>(1);
    co_await stop(s, exit_reason::shutdown());
    auto why = co_await receive<exit_reason>();
    CHECK(why.is("shutdown"));
    spawn([witness = self()]() -> task<> {
      auto its = co_await start_link<counter>(witness, true);
      co_await sys::suspend(its);
      its.cast<counter::add>(1);
      beamish::exit(atom("parent"));
    });
    why = co_await receive<exit_reason>();
    CHECK(why.is("parent"));
  });
}

TEST_CASE("Y5 change_code changes a suspended server; refused or thrown, the state stays") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<counter>(self());
    auto running = co_await attempt(sys::change_code(s, term(1), term()));
    CHECK(running.reason().value().elements()[0] == term(atom("not_suspended")));
    co_await sys::suspend(s);
    const bool refused = co_await sys::change_code(s, term(1), term(atom("refuse")));
    CHECK(!refused);
    auto thrown = co_await attempt(sys::change_code(s, term(1), term(atom("throw"))));
    CHECK(!thrown.ok());
    const bool changed = co_await sys::change_code(s, term(40), term());
    CHECK(changed);
    co_await sys::resume(s);
    const int total = co_await s.call<counter::total>();
    CHECK(total == 40);
    co_await stop(s);
  });
}

TEST_CASE("get_state shows format_status, or the state itself; a failing one harms nobody") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<counter>(self());
    co_await sys::suspend(s);
    co_await sys::change_code(s, term(0), term(atom("blind")));
    auto state = co_await sys::get_state(s);
    CHECK(state == opaque("format_status failed: blind"));
    co_await sys::resume(s);
    const int total = co_await s.call<counter::total>();
    CHECK(total == 0);
    co_await stop(s);
    auto book = co_await start<open_book>();
    auto shown = co_await sys::get_state(book);
    CHECK(inspect(shown) == "%OpenBook{page: 3, notes: [\"a\"]}");
    co_await stop(book);
  });
}

namespace {

// Servers of the usual kind, whose state nobody has said how to show.
struct library : gen_server<library> {
  struct add_book {
    std::string title;
  };
  struct fail {};
  using messages = accepts<add_book, fail>;
  std::vector<std::string> books;
  std::unique_ptr<int> hidden;
  bool open = true;
  void handle_cast(add_book& m) { books.push_back(std::move(m.title)); }
  void handle_cast(fail&) { throw std::runtime_error("no"); }
};
struct stateless : gen_server<stateless> {};
class closed : public gen_server<closed> {
  int pages_ = 3;

 public:
  int pages() const { return pages_; }
};
struct refers : gen_server<refers> {
  int limit;
  const std::string& name;
};
struct holds_bits : gen_server<holds_bits> {
  bool first : 1 = true;
  int parts[2] = {1, 2};
};

template <class S, class... Args>
task<std::string> state_of(const Args&... args) {
  auto s = co_await start<S>(args...);
  auto state = co_await sys::get_state(s);
  co_await stop(s);
  co_return inspect(state);
}

}  // namespace

TEST_CASE("get_state and crash reports show the members of a server") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    const std::vector<std::string> shelf{"Emma"};
    auto lib = co_await start<library>(shelf);
    lib.cast<library::add_book>("Ulysses");
    auto state = co_await sys::get_state(lib);
    CHECK(inspect(state) ==
          "%Library{books: [\"Emma\", \"Ulysses\"], hidden: #UniquePtr<...>, open: true}");
    monitor(lib);
    lib.cast<library::fail>();
    co_await receive<down_message>();
    const auto log = place.log();
    REQUIRE(log.size() == 1);
    CHECK(log[0].text.find("State: %Library{books: [\"Emma\", \"Ulysses\"]") != std::string::npos);
    const std::string nothing = co_await state_of<stateless>();
    CHECK(nothing == "%Stateless{}");
    const std::string given = co_await state_of<stateless>(term(12));
    CHECK(given == "12");
  });
}

TEST_CASE("a server whose members can't be seen shows its type") {
  sim::in_all_worlds([]() -> task<> {
    const std::string by_class = co_await state_of<closed>();
    CHECK(by_class == "#closed");
    const std::string bits = co_await state_of<holds_bits>();
    CHECK(bits == "#holds_bits");
    CHECK(!detail::can_show_fields<refers>());
    CHECK(closed().pages() == 3);
  });
}

TEST_CASE("Y8 a crash report shows the last message and what format_status shows of the state") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto s = co_await start<counter>({.name = "counter"}, self());
    auto ref = monitor(s);
    s.cast<counter::add>(12);
    s.cast<counter::stop_with>(term(atom("broken")));
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    const auto log = place.log();
    REQUIRE(log.size() == 1);
    CHECK(log[0].text.find("State: {:sum, 12}") != std::string::npos);
    CHECK(log[0].text.find("Last message: {:stop_with, :broken}") != std::string::npos);
    CHECK(log[0].text.find("\"counter\"") != std::string::npos);
    CHECK(log[0].text.find("Initial call: counter") != std::string::npos);

    auto t = co_await start<counter>(self());
    monitor(t);
    t.cast<counter::fail>();
    co_await receive<down_message>();
    const auto second = place.log();
    REQUIRE(second.size() == 2);
    CHECK(second[1].text.find("(std::runtime_error) no") != std::string::npos);
    CHECK(second[1].text.find("State: {:sum, 0}") != std::string::npos);
    CHECK(second[1].text.find("Last message: :fail") != std::string::npos);
  });
}

struct sleeper : gen_server<sleeper> {
  struct rest {};
  using messages = accepts<rest>;
  task<> handle_cast(rest&) { co_await sleep(20ms); }
};

TEST_CASE("an answer to a system message that was given up finds nobody") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<sleeper>();
    s.cast<sleeper::rest>();
    bool timed_out = false;
    try {
      co_await sys::get_state(s, 1ms);
    } catch (const exited& e) {
      timed_out = e.reason().value().elements()[0].is_atom("timeout");
    }
    CHECK(timed_out);
    co_await sys::get_state(s);  // behind the one that was given up
    const auto picture = co_await process_info(self());
    CHECK(picture->message_queue_len == 0);
    co_await stop(s);
  });
}
