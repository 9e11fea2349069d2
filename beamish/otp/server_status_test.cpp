// SPDX-License-Identifier: Apache-2.0
//
// What a server's crash report shows, and what it hides.
#include "beamish/otp/server_status.hpp"

#include <stdexcept>

#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/crash_report.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

// In a namespace with a name: its enumerators have names with both compilers.
namespace status_test {
enum class hides : std::uint8_t { nothing, everything, fails };
}
using status_test::hides;

namespace {

struct vault : gen_server<vault> {
  struct open {
    using reply = bool;
    std::string password;
  };
  struct leave {
    std::string secret;
  };
  using messages = accepts<open, leave>;
  hides how = hides::nothing;
  std::string key = "open sesame";

  bool handle_call(open& m) {
    if (m.password != key) throw std::invalid_argument("wrong: " + m.password);
    return true;
  }
  outcome handle_cast(leave& m) { return stop(term(m.secret)); }
  server_status format_status(server_status shown) const {
    if (how == hides::fails) throw std::runtime_error("no status");
    if (how == hides::nothing) return shown;
    const term hidden(atom("hidden"));
    shown.state = hidden;
    if (shown.message) shown.message = hidden;
    if (shown.reason) shown.reason = hidden;
    for (term& event : shown.log) event = hidden;
    return shown;
  }
};

std::string only_report(const sim::world& place) {
  const auto log = place.log();
  REQUIRE(log.size() == 1);
  return log[0].text;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

task<> ask(server<vault> v) {
  register_name("robber");
  co_await v.call<vault::open>(within(infinity), "guess");
}

}  // namespace

TEST_CASE("Y8 a crash report has the last message, the reason, the client and where it called") {
  // A client that something has just woken is no longer looked into; most of them wait.
  std::atomic<int> waiting = 0;
  sim::in_simulation([&waiting](sim::world& place) -> task<> {
    auto v = co_await start<vault>({.name = "vault"}, hides::nothing);
    monitor(v);
    co_await sys::inspect(v);  // the monitor is there before the call
    const pid robber = spawn([v]() -> task<> {
      // Expected: the call fails.
      auto failed = co_await attempt(ask(v));
      (void)failed;
    });
    auto down = co_await receive<down_message>();
    CHECK(down.reason.exception() != nullptr);
    const std::string report = only_report(place);
    CHECK(contains(report, "** (std::invalid_argument) wrong: guess"));
    CHECK(contains(report, "Last message: {:open, \"guess\"}"));
    CHECK(contains(report, "Client: " + inspect(term(robber)) + " (\"robber\")"));
    CHECK(contains(report, "State: %Vault{how: :nothing, key: \"open sesame\"}"));
    CHECK(!contains(report, "Log:"));
    if (contains(report, " (\"robber\"): busy")) co_return;
    ++waiting;
    CHECK(contains(report, ": waits for a reply of " + inspect(term(v.process()))));
    // From the call outwards.
    const auto call = report.find("called in ");
    REQUIRE(call != std::string::npos);
    CHECK(contains(report.substr(call), "server_status_test.cpp:"));
    const auto outer = report.find("called in ", call + 1);
    CHECK(outer != std::string::npos);
  });
  CHECK(waiting > 0);
}

TEST_CASE("Y8 format_status hides state, last message, reason and log from the report alone") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto v = co_await start<vault>(hides::everything);
    monitor(v);
    co_await sys::log(v, 10);
    auto failed = co_await v.try_call<vault::open>("guess");
    CHECK(!failed.ok());
    auto down = co_await receive<down_message>();
    // Who is linked, or asked, hears the truth.
    CHECK(contains(down.reason.exception()->what, "guess"));
    const std::string report = only_report(place);
    CHECK(!contains(report, "guess"));
    CHECK(!contains(report, "sesame"));
    CHECK(contains(report, "** (exit) :hidden"));
    CHECK(contains(report, "Last message: :hidden"));
    CHECK(contains(report, "State: :hidden"));
    CHECK(contains(report, "Log:\n    :hidden"));
  });
}

TEST_CASE("Y8 a reason that a callback returned is hidden, too; without secrets it is told") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto v = co_await start<vault>(hides::everything);
    monitor(v);
    v.cast<vault::leave>("sesame");
    auto down = co_await receive<down_message>();
    CHECK(down.reason.value() == term("sesame"));
    CHECK(!contains(only_report(place), "sesame"));
    auto open = co_await start<vault>(hides::nothing);
    monitor(open);
    co_await sys::log(open, 10);
    open.cast<vault::leave>("rosebud");
    co_await receive<down_message>();
    const auto log = place.log();
    REQUIRE(log.size() == 2);
    CHECK(contains(log[1].text, "** (exit) \"rosebud\""));
    CHECK(contains(log[1].text, "Log:\n    {:in, {:\"$gen_cast\", {:leave, \"rosebud\"}}}"));
  });
}

TEST_CASE("Y8 of a format_status that fails only that is shown") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto v = co_await start<vault>(hides::fails);
    monitor(v);
    auto failed = co_await v.try_call<vault::open>("guess");
    CHECK(!failed.ok());
    co_await receive<down_message>();
    const std::string report = only_report(place);
    CHECK(!contains(report, "guess"));
    CHECK(!contains(report, "sesame"));
    CHECK(contains(report, "State: #format_status failed: no status"));
  });
}

TEST_CASE("Y8 a client that has gone, or does something else, is told by its name alone") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto v = co_await start<vault>(hides::nothing);
    monitor(v);
    co_await sys::suspend(v);
    auto client = spawn_monitor([v]() -> task<> { co_await v.call<vault::open>("guess"); });
    co_await beamish::sleep(1ms);
    exit(client.process, exit_reason::kill());
    auto first = co_await receive<down_message>();
    CHECK(first.id == client.id);
    co_await sys::resume(v);
    co_await receive<down_message>();
    CHECK(contains(only_report(place), "Client: " + inspect(term(client.process)) + ": gone"));
  });
}
