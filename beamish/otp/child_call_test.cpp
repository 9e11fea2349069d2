// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/child_call.hpp"

#include "beamish/otp/dynamic_supervisor.hpp"
#include "beamish/otp/supervisor_cases.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace beamish::cases;

namespace {

// Says who it is, and starts when it is told to.
struct waits_for_word : gen_server<waits_for_word> {
  task<> init(pid listener) {
    send(listener, self());
    co_await receive<atom>();
  }
};

// A start of such a child while another call waits, a start that somebody kills, and one that
// nobody answers.
template <class Supervisor>
task<> check_slow_start(Supervisor shop) {
  trap_exits(true);
  const auto slow = [listener = self()](int id) {
    auto spec = child_spec<waits_for_word>(listener);
    spec.id = term(id);
    return spec;
  };
  spawn_link([shop, slow, maker = self()]() -> task<> {
    const auto started = co_await shop.start_child(slow(1));
    send(maker, *started);
  });
  const pid first = co_await receive<pid>();
  spawn_link([shop, maker = self()]() -> task<> {
    const auto counts = co_await shop.count_children();
    send(maker, counts.active);
  });
  send(first, atom("go"));
  const pid told = co_await receive<pid>();
  CHECK(told == first);
  const auto active = co_await receive<std::size_t>();
  CHECK(active == 1);
  spawn_link([shop, slow, maker = self()]() -> task<> {
    send(maker, co_await shop.start_child(slow(2)));
  });
  const pid second = co_await receive<pid>();
  exit(second, exit_reason(atom("fire")));
  const auto failed = co_await receive<child_result>();
  CHECK(failed.reason().is("fire"));
  const auto counts = co_await shop.count_children();
  CHECK(counts.specs == 1);
  spawn([shop, slow, maker = self()]() -> task<> {
    auto starting = shop.start_child(slow(3));
    const auto none = co_await attempt(starting);
    send(maker, none.reason());
  });
  const pid third = co_await receive<pid>();
  auto ended = monitor(third);
  exit(shop.process(), exit_reason::kill());
  const auto unanswered = co_await receive<exit_reason>();
  CHECK(inspect(unanswered.value()).starts_with("{:killed, {:gen_server, :call, "));
  co_await end_of(ended);
  const auto none = co_await attempt(shop.start_child(slow(4)));
  CHECK(inspect(none.reason().value()).starts_with("{:noproc, {:gen_server, :call, "));
}

}  // namespace

TEST_CASE("D4 a start that waits lets the supervisor's other calls wait, whatever becomes of it") {
  sim::in_all_worlds([]() -> task<> {
    auto shop = co_await dynamic_supervisor::start_link();
    co_await check_slow_start(shop);
  });
}

TEST_CASE("S26 so does one of a supervisor whose children have ids") {
  sim::in_all_worlds([]() -> task<> {
    child_list none;
    auto shop = co_await supervisor::start_link(none, {.strategy = one_for_one});
    co_await check_slow_start(shop);
  });
}

TEST_CASE("what a start was given is destroyed once, however the start is awaited") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    const auto nobody = dynamic_supervisor(pid{});
    const auto count = d.use_count();
    {
      const auto first = co_await attempt(nobody.start_child(tells(d, "a")));
      CHECK(!first.ok());
      auto starting = nobody.start_child(tells(d, "a"));
      const auto second = co_await attempt(starting);
      CHECK(!second.ok());
      (void)nobody.start_child(tells(d, "a"));
    }
    CHECK(d.use_count() == count);
    auto shop = co_await dynamic_supervisor::start_link();
    CHECK((co_await attempt(shop.start_child(tells(d, "a"))))->ok());
    const auto third = co_await shop.start_child(tells(d, "a"));
    CHECK(third.ok());
    co_await stop(shop);
    CHECK(d.use_count() == count);
  });
}
