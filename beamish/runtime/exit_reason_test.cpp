// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/exit_reason.hpp"

#include <stdexcept>

#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct shelf_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct no_exception_type {};

task<> fail_with_exception() {
  co_await beamish::sleep(0ms);
  throw std::out_of_range("no such shelf");
}

template <class Body>
task<exit_reason> end_of(Body body) {
  auto p = spawn_monitor(body);
  auto down = co_await receive<down_message>();
  CHECK(down.id == p.id);
  co_return down.reason;
}

}  // namespace

TEST_CASE("P32 an uncaught exception ends the process with the exception and its stack") {
  sim::in_all_worlds([]() -> task<> {
    auto reason = co_await end_of(fail_with_exception);
    REQUIRE(reason.exception() != nullptr);
    CHECK(reason.exception()->type == "std::out_of_range");
    CHECK(reason.exception()->what == "no such shelf");
    // {exception, stacktrace}
    REQUIRE(reason.value().is_tuple());
    REQUIRE(reason.value().size() == 2);
    const term& error = reason.value().elements()[0];
    CHECK(error.is_struct());
    REQUIRE(error.find(atom("message")) != nullptr);
    CHECK(*error.find(atom("message")) == term("no such shelf"));
    CHECK(reason.value().elements()[1].is_list());
    CHECK(!reason.is_expected());
  });
}

TEST_CASE("P32 the exception of a plain function and of a first step end the process, too") {
  sim::in_all_worlds([]() -> task<> {
    auto plain = co_await end_of([] { throw shelf_error("full"); });
    REQUIRE(plain.exception() != nullptr);
    CHECK(plain.exception()->what == "full");
    CHECK(plain.exception()->type.find("shelf_error") != std::string::npos);
    auto first = co_await end_of([]() -> task<> {
      throw std::logic_error("at once");
      co_return;
    });
    REQUIRE(first.exception() != nullptr);
    CHECK(first.exception()->type == "std::logic_error");
  });
}

TEST_CASE("P32 a thrown value that is no exception gives {{:nocatch, value}, stack}") {
  sim::in_all_worlds([]() -> task<> {
    const auto value_of = [](const exit_reason& r) {
      REQUIRE(r.value().size() == 2);
      const term thrown = r.value().elements()[0];
      REQUIRE(thrown.size() == 2);
      CHECK(thrown.elements()[0] == term(atom("nocatch")));
      CHECK(r.value().elements()[1].is_list());
      return thrown.elements()[1];
    };
    auto number = co_await end_of([] { throw 42; });
    CHECK(value_of(number) == term(42));
    auto text = co_await end_of([] { throw std::string("oops"); });
    CHECK(value_of(text) == term("oops"));
    auto letters = co_await end_of([] { throw "oops"; });
    CHECK(value_of(letters) == term("oops"));
    auto name = co_await end_of([] { throw atom("oops"); });
    CHECK(value_of(name) == term(atom("oops")));
    auto any = co_await end_of([] { throw term(tuple(1, 2)); });
    CHECK(value_of(any) == tuple(1, 2));
    auto odd = co_await end_of([] { throw no_exception_type{}; });
    CHECK(inspect(value_of(odd)).find("no_exception_type") != std::string::npos);
  });
}

TEST_CASE("exit() ends the process with its reason, and may be caught by its type") {
  sim::in_all_worlds([]() -> task<> {
    auto plain = co_await end_of([] { beamish::exit(tuple(atom("bad_input"), 42)); });
    CHECK(plain.value() == tuple(atom("bad_input"), 42));
    CHECK(plain.exception() == nullptr);
    auto caught = co_await end_of([]() -> task<> {
      try {
        beamish::exit(term(atom("oops")));
      } catch (const exited& e) {
        CHECK(e.reason().is("oops"));
      }
      co_await beamish::sleep(0ms);
      beamish::exit(exit_reason::shutdown(term("done")));
    });
    CHECK(caught == exit_reason::shutdown(term("done")));
  });
}

TEST_CASE("an exit swallowed by catch (...) still ends the process at its next suspension") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    auto swallowed = co_await end_of([]() -> task<> {
      try {
        beamish::exit(term(atom("oops")));
      } catch (...) {
      }
      co_await beamish::sleep(1h);
    });
    CHECK(swallowed.is("oops"));
    bool logged = false;
    for (const log_entry& e : s.log()) {
      logged = logged || e.text.find("catch (...)") != std::string::npos;
    }
    CHECK(logged);
    auto at_end = co_await end_of([] {
      try {
        beamish::exit(term(atom("at the end")));
      } catch (...) {
      }
    });
    CHECK(at_end.is("at the end"));
  });
}

TEST_CASE("exit reasons compare by value, copy without memory and know what is expected") {
  CHECK(exit_reason().is_normal());
  CHECK(exit_reason::normal() == exit_reason(atom("normal")));
  CHECK(exit_reason::killed() != exit_reason::kill());
  CHECK(exit_reason::normal().is_expected());
  CHECK(exit_reason::shutdown().is_expected());
  CHECK(exit_reason::shutdown(tuple(1, 2)).is_expected());
  CHECK(!exit_reason(tuple(atom("shutdown"), 1, 2)).is_expected());
  CHECK(!exit_reason::noproc().is_expected());
  CHECK(!exit_reason::noconnection().is("noproc"));
  CHECK(inspect(exit_reason::shutdown(term(1))) == "{:shutdown, 1}");
  exit_reason failure;
  try {
    throw std::runtime_error("x");
  } catch (...) {
    failure = exit_reason::from_exception(std::current_exception());
  }
  const exit_reason copy = failure;
  CHECK(copy.exception() == failure.exception());
  const exit_reason moved = std::move(failure);
  CHECK(moved == copy);
  CHECK(moved.exception()->what == "x");
}

TEST_CASE("from_exception passes the reason of an exit on") {
  try {
    throw exited(exit_reason(atom("why")));
  } catch (...) {
    CHECK(exit_reason::from_exception(std::current_exception()).is("why"));
  }
  const exited one(exit_reason(atom("a")));
  const exited two = one;
  CHECK(two.reason().is("a"));
}
