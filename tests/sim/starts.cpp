// SPDX-License-Identifier: Apache-2.0
//
// How servers start: one of a name, and nothing left of a start that fails or whose starter dies.
#include "tests/sim/help.hpp"

namespace {

exit_reason own() { return exit_reason(atom("own")); }

struct starter_case : gen_server<starter_case> {
  std::atomic<int>* running = nullptr;
  sim::world* place = nullptr;
  bool began = false;

  task<init_result> init(sim::world* w, std::atomic<int>* counter, std::uint32_t how) {
    place = w;
    running = counter;
    began = true;
    place->require(++*running == 1, "one server of a name");
    place->require(whereis("unique") == self(), "the name is there before init");
    co_await beamish::sleep(10us);
    if (how == 1) co_return stop_init(own());
    if (how == 2) throw std::runtime_error("no init");
    if (how == 3) co_return ignore();
    if (how == 4) co_await beamish::sleep(1h);
    co_return ok();
  }
  void terminate(const exit_reason&) {}
  starter_case() = default;
  starter_case(const starter_case&) = delete;
  ~starter_case() {
    if (began) --*running;
  }
};

task<start_result<starter_case>> start_one(sim::world& w, std::atomic<int>& running,
                                           start_options o, std::uint32_t how, bool linked) {
  if (linked) {
    const auto got = co_await try_start_link<starter_case>(o, &w, &running, how);
    co_return got;
  }
  const auto got = co_await try_start<starter_case>(o, &w, &running, how);
  co_return got;
}

// G3, G4, G5, G7, G8: of many starts of one name one wins; one that fails leaves no name, and tells
// a starter that is linked and traps.
task<> failed_starts(sim::world& w) {
  const std::uint32_t starters = 1 + w.pick(4);
  std::atomic<int> running = 0;
  sim::once ends(w, "end of a starter");
  for (std::uint32_t i = 0; i < starters; ++i) {
    ends.owe(spawn_monitor([&w, &running, how = w.pick(5), linked = w.pick(2) == 1]() -> task<> {
               trap_exits(true);
               start_options o;
               o.name = "unique";
               if (how == 4) o.timeout = 50us;
               const start_result<starter_case> got =
                   co_await start_one(w, running, o, how, linked);
               const bool taken = help::caused_by(got.reason(), {"already_started"});
               if (got.ok()) {
                 w.require(how == 0, "this init does not succeed");
                 const pid p = (*got).process();
                 co_await beamish::sleep(help::moment(w));
                 co_await stop(p);
                 w.require(whereis("unique") != p, "the name of who has stopped is free");
               } else if (taken) {
                 // Somebody else has it.
               } else if (how == 0) {
                 w.require(false, "this init does not fail: " + inspect(got.reason()));
               } else if (how == 3) {
                 w.require(got.ignored(), "ignored");
               }
               // As in OTP, who gave up waiting has unlinked before.
               if (!linked || got.reason().is("timeout")) {
                 co_await sim::nothing_more(w);
                 co_return;
               }
               if (taken) {
                 co_await help::drop<exit_message>();
                 co_return;
               }
               const auto e = co_await receive<exit_message>(help::a_while(w));
               w.require(e.has_value() || !w.simulated(),
                         "a linked starter hears of the end" + std::to_string(how) +
                             inspect(got.reason()) + (got.ok() ? "ok" : "no"));
               co_await sim::nothing_more(w);
             }).id);
  }
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(d.reason.is_normal(), "no starter fails");
  }
  w.require(!whereis("unique") && running == 0, "nothing is left of a failed start");
  co_await sim::nothing_more(w);
}

// A starter that is killed in the middle of start_link leaves no server and no name.
task<> starter_killed(sim::world& w) {
  std::atomic<int> running = 0;
  const std::uint32_t rounds = 1 + w.pick(3);
  for (std::uint32_t i = 0; i < rounds; ++i) {
    const pid starter = spawn([&w, &running]() -> task<> {
      co_await start_link<starter_case>({.name = "unique"}, &w, &running, 0u);
      co_await help::wait_for_ever();
    });
    co_await beamish::sleep(5us * w.pick(6));
    co_await help::kill(starter);
    co_await w.eventually("the server goes with its starter", 1min,
                          [&] { return w.node().statistics().processes == 1; });
    w.require(!whereis("unique") && running == 0, "nothing is left");
  }
}

}  // namespace

std::vector<sim::scenario> start_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms);
  return {
      {"failed_starts",
       "of many starts of one name one wins, and a failed one leaves nothing",
       failed_starts,
       {.faults = slow}},
      {"starter_killed",
       "a starter that is killed takes its half-started server along",
       starter_killed,
       {.faults = slow}},
  };
}
