// SPDX-License-Identifier: Apache-2.0
//
// tested in: world_test.cpp
#include "beamish/sim/world.hpp"

#include <algorithm>

#include "beamish/runtime/blocking.hpp"
#include "beamish/runtime/clock.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/runtime/world.hpp"
#include "beamish/sim/simulation.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::sim {

// A simulation that it plays in has ended before it, as it is that one's log.
world::~world() {
  if (simulation_ == nullptr) close();
}

void world::keep(void* me, const log_entry& entry) {
  auto& s = *static_cast<world*>(me);
  std::lock_guard lock(s.log_mutex_);
  s.log_.push_back({entry.level, entry.process, entry.text});
}

std::vector<log_entry> world::log() const {
  std::lock_guard lock(log_mutex_);
  return log_;
}

beamish::node& world::node(std::string_view name) {
  if (simulation_ != nullptr) return simulation_->node(name);
  std::lock_guard lock(mutex_);
  for (auto& n : nodes_) {
    if (n->name() == name) return *n;
  }
  node_options o;
  o.name = name;
  o.workers = workers_;
  o.log = sink();
  auto fresh = std::make_unique<beamish::node>(o);
  fresh->start();
  return *nodes_.emplace_back(std::move(fresh));
}

void world::stop(std::string_view name) {
  if (simulation_ != nullptr) return simulation_->stop_node(name);
  std::unique_ptr<beamish::node> gone;
  {
    std::lock_guard lock(mutex_);
    auto at = std::find_if(nodes_.begin(), nodes_.end(),
                           [&](const auto& n) { return n->name() == name; });
    if (at == nodes_.end()) return;
    gone = std::move(*at);
    nodes_.erase(at);
  }
  gone->stop(std::chrono::nanoseconds(0));
}

task<> world::shut_down(std::string name, std::chrono::nanoseconds within) {
  beamish::node& n = node(name);
  if (simulation_ == nullptr) {
    auto stopping = blocking([&n, within] { n.stop(within); });
    co_await stopping;
  } else {
    constexpr duration longest = std::chrono::milliseconds(50);
    const auto end = now() + within;
    for (duration wait = std::chrono::milliseconds(1); n.core().live != 0 && now() < end;
         wait = std::min(2 * wait, longest)) {
      detail::ask_all_to_stop(n.core());
      co_await sleep(std::min<duration>(wait, end - now()));
    }
  }
  stop(name);
}

std::uint64_t world::seed() const noexcept {
  return simulation_ == nullptr ? 0 : simulation_->seed();
}

// ---- what must hold, what varies

invariant world::always(std::string name, std::function<bool()> holds) {
  return invariant(conditions_, conditions_.add(std::move(name), std::move(holds)));
}

task<> world::eventually(std::string name, std::chrono::nanoseconds within,
                         std::function<bool()> holds) {
  calm();
  if (holds()) co_return;
  const std::uint64_t number = conditions_.add(name, std::move(holds), self());
  const invariant listed(conditions_, number);
  const auto is_ours = [number](const came_true& c) { return c.number == number; };
  std::optional<came_true> came = co_await receive_if<came_true>(within, is_ours);
  if (came) co_return;
  conditions_.fail(
      {failure_kind::liveness, "not within " + seconds_text(within.count()) + " s: " + name});
  co_await receive_if<came_true>([](const came_true&) { return false; });
}

void world::never_stuck() {
  if (simulation_ != nullptr) simulation_->stop_when_stuck();
}

void world::note(std::string_view text) {
  if (simulation_ != nullptr) simulation_->mark(text);
}

std::uint32_t world::pick(std::uint32_t options) {
  if (simulation_ != nullptr) return simulation_->choices().choose(choice::size, options);
  return static_cast<std::uint32_t>(detail::real_random() % options);
}

void world::spare(pid p) {
  if (simulation_ != nullptr) simulation_->spare(p);
}

void world::boot(std::string_view name, std::function<void(beamish::node&)> start) {
  if (simulation_ != nullptr) return simulation_->boot(name, std::move(start));
  start(node(name));
}

void world::crash(std::string_view name, std::chrono::nanoseconds back_after) {
  if (simulation_ != nullptr) simulation_->crash_node(name, back_after);
}

void world::cut(std::string_view from, std::string_view to, std::chrono::nanoseconds lasts) {
  if (simulation_ != nullptr) simulation_->cut(from, to, lasts);
}

void world::calm() {
  if (simulation_ != nullptr) simulation_->calm();
}

// ---- for the harness

namespace {

void describe(beamish::node& n, std::vector<std::string>& lines) {
  const std::string at = " left on node '" + std::string(n.name()) + "'";
  for (pid p : detail::all_processes(n.core())) {
    const detail::process_slot* slot = detail::find_slot(p);
    lines.push_back("process " + inspect(term(p)) + " (" + std::string(slot->type->initial_call) +
                    ")" + at);
  }
  for (const std::string& name : n.core().names.all()) lines.push_back("name '" + name + "'" + at);
  const node_statistics counts = n.statistics();
  if (counts.timers != 0) lines.push_back(std::to_string(counts.timers) + " timers" + at);
  if (counts.threads != 0) lines.push_back(std::to_string(counts.threads) + " threads" + at);
}

}  // namespace

std::vector<std::string> world::leftovers(std::chrono::nanoseconds grace) {
  std::vector<std::string> lines;
  if (simulation_ != nullptr) {
    simulation_->run_for(grace);
    for (auto& n : simulation_->nodes()) describe(*n, lines);
    return lines;
  }
  std::lock_guard lock(mutex_);
  for (auto& n : nodes_) {
    n->wait_until_empty(grace);
    describe(*n, lines);
  }
  return lines;
}

std::vector<std::string> world::close() {
  if (simulation_ != nullptr) return simulation_->finish();
  std::vector<std::unique_ptr<beamish::node>> ending;
  {
    std::lock_guard lock(mutex_);
    ending.swap(nodes_);
  }
  std::vector<std::string> lines;
  for (auto& n : ending) {
    if (!n->stop(std::chrono::nanoseconds(0))) {
      lines.push_back("node '" + std::string(n->name()) + "' had to abandon processes or threads");
    }
  }
  return lines;
}

}  // namespace beamish::inline v0::sim
