// SPDX-License-Identifier: Apache-2.0
#include "apps/sim/scenarios.hpp"

#include <stdexcept>
#include <string>
#include <utility>

#include "apps/sim/ledger.hpp"
#include "beamish/jobs/task_handler.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/timer.hpp"
#include "examples/taught/task_handler.hpp"

namespace beamish::apps {
namespace {

using namespace std::chrono_literals;
using promise = ledger::promise;

struct taught_one {
  taught::reference handler;
  static task<taught_one> start(std::size_t limit) {
    auto handler = co_await taught::start_link(limit);
    co_return taught_one{handler};
  }
  void add(taught::function f) const { taught::add_task(handler, std::move(f)); }
};

struct product_one {
  task_handler handler;
  static task<product_one> start(std::size_t limit) {
    task_handler_options options;
    options.task_limit = limit;
    auto handler = co_await task_handler::start_link(options);
    co_return product_one{handler};
  }
  void add(taught::function f) const { handler.add_task(std::move(f)); }
};

// One job: as long as it is, and what it does at its end. Made before it is added, so that all
// numbers are drawn in the order of the jobs.
taught::function job_of(ledger& book, std::size_t number, duration length, bool raises) {
  return [&book, number, length, raises]() -> task<> {
    set_label("job " + std::to_string(number));
    book.starts(number);
    co_await beamish::sleep(length);
    book.ends(number);
    if (raises) throw std::runtime_error("oops");
  };
}

template <class Handler>
task<> play(sim::world& w, std::size_t limit, std::size_t jobs, duration length, promise checks) {
  ledger book(w, jobs, limit, checks);
  const Handler handler = co_await Handler::start(limit);
  for (std::size_t i = 1; i <= jobs; ++i) {
    const duration own = length * (1 + w.pick(3));
    const bool raises = w.pick(8) == 7;
    if (w.pick(4) == 3) co_await beamish::sleep(length);
    w.note("adds job " + std::to_string(i));
    book.added(i);
    handler.add(job_of(book, i, own, raises));
  }
  co_await w.eventually("every job is done", 60s, [&] { return book.all_done(); });
}

template <class Handler>
task<> order(sim::world& w) {
  const std::size_t limit = 2 + w.pick(2);
  co_await play<Handler>(w, limit, 8, 10ms, promise::order);
}

template <class Handler>
task<> places(sim::world& w) {
  const std::size_t limit = 2 + w.pick(3);
  co_await play<Handler>(w, limit, limit + 3, 300ms, promise::no_idle_place);
}

sim::scenario named(const char* name, const char* what, task<> (*body)(sim::world&)) {
  sim::trial_options options;
  // The handler's own end is its tests' affair.
  options.leftovers = true;
  return {name, what, body, options};
}

}  // namespace

std::vector<sim::scenario> scenarios() {
  return {
      named("taught-order", "the course's handler starts jobs in the order of adding",
            order<taught_one>),
      named("taught-places", "the course's handler leaves no place idle", places<taught_one>),
      named("product-order", "task_handler starts jobs in the order of adding", order<product_one>),
      named("product-places", "task_handler leaves no place idle", places<product_one>),
  };
}

}  // namespace beamish::apps
