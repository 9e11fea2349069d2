// SPDX-License-Identifier: Apache-2.0
//
// Applications that need each other: how they stop, whatever dies meanwhile.
#include "tests/sim/help.hpp"

namespace {

// Which of a row of applications are up; each needs the one before it.
struct row {
  explicit row(std::size_t size) : up(size) {}
  std::vector<bool> up;

  bool younger_than(std::size_t n) const {
    for (std::size_t i = n + 1; i < up.size(); ++i)
      if (up[i]) return true;
    return false;
  }
  bool any() const { return !up.empty() && (up[0] || younger_than(0)); }
};

struct worker : gen_server<worker> {
  std::size_t number = 0;
  std::shared_ptr<row> all;
  void init(std::size_t n, std::shared_ptr<row> r) {
    number = n;
    all = std::move(r);
    all->up[number] = true;
  }
};

std::string name_of(std::size_t n) { return "app" + std::to_string(n); }

application_spec make_application(sim::world& w, std::size_t n, std::shared_ptr<row> all) {
  application_spec spec{.name = name_of(n)};
  if (n > 0) spec.applications.push_back(name_of(n - 1));
  const std::string name = name_of(n);
  child_list children{child_spec<worker>({.name = name}, n, all)};
  spec.top = supervisor::spec(children, {.strategy = one_for_one, .max_restarts = 0});
  spec.prep_stop = [&w, n, all] {
    w.require(!all->younger_than(n), "an application stops when those that need it have stopped");
  };
  spec.stop = [n, all] { all->up[n] = false; };
  return spec;
}

// Ends a worker or a top supervisor now and then.
task<> harm(sim::world& w, std::size_t size) {
  const std::uint32_t deaths = w.pick(3);
  for (std::uint32_t i = 0; i < deaths; ++i) {
    co_await beamish::sleep(help::moment(w));
    const pid victim = whereis(name_of(w.pick(static_cast<std::uint32_t>(size))));
    if (victim) beamish::exit(victim, exit_reason::kill());
  }
}

task<> applications_stop_in_reverse(sim::world& w) {
  const std::size_t size = 1 + w.pick(4);
  auto all = std::make_shared<row>(size);
  std::vector<application_spec> known;
  for (std::size_t n = 0; n < size; ++n) known.push_back(make_application(w, n, all));
  auto starting = applications::start_controller(known);
  const pid controller = co_await starting;
  auto started = co_await applications::ensure_all_started(name_of(size - 1));
  w.require(started.ok() && started->size() == size, "all start");
  const auto [killer, ended] = spawn_monitor([&w, size]() -> task<> { co_await harm(w, size); });
  co_await beamish::sleep(help::moment(w));
  // Somebody may stop one of them by itself at that time.
  if (w.pick(2) == 1) {
    const std::string last = name_of(size - 1);
    auto stopped = co_await applications::stop(last);
    w.require(
        stopped.ok() || inspect(stopped.reason().value()).find("not_started") != std::string::npos,
        "a stop tells why not");
  }
  if (w.pick(2) == 1) co_await applications::stop_all();
  co_await stop(controller);
  w.require(!all->any(), "a controller ends when all have stopped");
  co_await help::down_of(ended);
}

// Many ask for what needs the same: each starts once.
task<> applications_start_once(sim::world& w) {
  const std::size_t size = 1 + w.pick(4);
  auto all = std::make_shared<row>(size);
  std::vector<application_spec> known;
  for (std::size_t n = 0; n < size; ++n) known.push_back(make_application(w, n, all));
  auto starting = applications::start_controller(known);
  const pid controller = co_await starting;
  const std::uint32_t askers = 1 + w.pick(3);
  std::size_t fresh = 0;
  sim::once ends(w, "end of an asker");
  for (std::uint32_t i = 0; i < askers; ++i) {
    ends.owe(spawn_monitor([&w, &fresh, size]() -> task<> {
               if (w.pick(2) == 1) co_await beamish::sleep(help::moment(w));
               auto got = co_await applications::ensure_all_started(name_of(size - 1));
               w.require(got.ok(), "it starts");
               fresh += got->size();
             }).id);
  }
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(d.reason.is_normal(), "nobody fails");
  }
  w.require(fresh >= size, "each is told to somebody who started it");
  auto infos = co_await applications::which_applications();
  w.require(infos.size() == size, "all run, once");
  co_await stop(controller);
}

}  // namespace

std::vector<sim::scenario> application_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms).jump_clock(0.01);
  return {
      {"applications_stop_in_reverse",
       "an application stops after those that need it, whatever dies meanwhile",
       applications_stop_in_reverse,
       {.faults = slow}},
      {"applications_start_once",
       "what many ask for at once starts once, after what it needs",
       applications_start_once,
       {.faults = slow}},
  };
}
