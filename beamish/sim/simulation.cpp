// SPDX-License-Identifier: Apache-2.0
//
// What a simulation does from outside: nodes, running, ending. The steps are in steps.cpp.
#include "beamish/sim/simulation.hpp"

#include <algorithm>

#include "beamish/runtime/blocking.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/runtime/request.hpp"
#include "beamish/runtime/runner.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/sim/batons.hpp"
#include "beamish/sim/disk.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::sim {

namespace {

void report_slow_thread(void*, detail::thread_state& t) {
  detail::log_warning(*t.node,
                      "the thread body " + inspect(term(t.self)) +
                          " has kept a simulated world waiting for more than 100 ms of real time: "
                          "it blocks on something that the simulation can't see");
}

}  // namespace

simulation::simulation(const simulation_options& o)
    : seed_(o.seed),
      max_steps_(o.max_steps),
      log_(o.log),
      oracle_(o.answers ? oracle(*o.answers) : oracle(o.seed, o.search)),
      trace_(o.keeps_trace),
      next_index_(detail::program::first_simulated),
      context_(detail::the_program().depot),
      before_(detail::set_current_context(&context_)),
      faults_(o.faults),
      threads_(std::make_unique<batons>(&report_slow_thread, this)),
      disks_(std::make_unique<class disks>(
          [this](std::uint32_t options) { return oracle_.choose(choice::disk, options); },
          [this](std::string_view what, std::string_view path) {
            record(what, detail::sender(), pid{}, path);
          },
          [this](const disk_operation& about) { return fault_on_disk(about); })) {
  faults_.draw_rates(oracle_);
}

simulation::~simulation() {
  finish();
  nodes_.clear();
  if (detail::current_context() == &context_) detail::set_current_context(before_);
}

// Sends from outside take the world's way, too.
void simulation::enter() noexcept {
  detail::set_current_context(&context_);
  context_.node = nodes_.empty() ? nullptr : &nodes_.front()->core();
}

beamish::node& simulation::node(std::string_view name) {
  for (auto& n : nodes_) {
    if (n->name() == name) return *n;
  }
  node_options o;
  o.name = name;
  o.workers = 0;
  o.log = log_;
  o.world = this;
  disks_->power_on(name);
  auto& fresh = *nodes_.emplace_back(std::make_unique<beamish::node>(o));
  next_index_ = fresh.core().index + 1;
  fresh.start();
  if (context_.node == nullptr) enter();
  return fresh;
}

void simulation::crash_disk(std::string_view name) { disks_->crash(name); }

detail::disk& simulation::disk_of(const detail::node_core& node) { return disks_->of(node.name); }

std::int64_t simulation::live_processes() const noexcept {
  std::int64_t all = 0;
  for (const auto& n : nodes_) all += n->core().live.load(std::memory_order_relaxed);
  return all;
}

std::vector<std::string> simulation::waiting() const {
  std::vector<std::string> lines;
  for (const auto& n : nodes_) {
    for (pid p : detail::all_processes(n->core())) {
      detail::process_slot& slot = *detail::find_slot(p);
      const std::string what = detail::what_it_waits_for(slot);
      lines.push_back(trace_.name(p) + " (" + detail::initial_call_of(slot) + ") waits for " +
                      (what.empty() ? "its turn" : what));
    }
  }
  return lines;
}

// Whoever waits for a reply waits for one process: so following each leads into a circle or out.
std::string simulation::find_circle() const {
  for (const auto& n : nodes_) {
    for (pid first : detail::all_processes(n->core())) {
      std::string text = trace_.name(first);
      pid at = first;
      for (std::int64_t i = live_processes(); i > 0; --i) {
        detail::process_slot* slot = detail::find_slot(at);
        at = slot == nullptr ? pid{} : detail::awaited_by(*slot);
        if (!at) break;
        text += " waits for a reply of " + trace_.name(at);
        if (at == first) return text;
      }
    }
  }
  return "";
}

outcome simulation::run() {
  return run_while([](void*) { return true; }, nullptr, no_limit);
}

outcome simulation::run_for(std::chrono::nanoseconds virtual_time) {
  const std::int64_t limit = now_ + virtual_time.count();
  const outcome o = run_while([](void*) { return true; }, nullptr, limit);
  if (o == outcome::stopped) now_ = limit;
  return o;
}

outcome simulation::run_while(bool (*goes_on)(void*), void* user, std::int64_t limit) {
  enter();
  while (goes_on(user)) {
    if (steps_ >= max_steps_) return outcome::no_end;
    if (live_processes() == 0 && agenda_.empty() && under_way_.size() == 0 && threads_->empty()) {
      return outcome::ended;
    }
    if (!step_before(limit)) return limit == no_limit ? outcome::quiet : outcome::stopped;
    if (oracle_.diverged()) return outcome::diverged;
    if (!stuck_.empty()) return outcome::stuck;
  }
  return outcome::stopped;
}

void simulation::outsider_waits(std::atomic<std::uint32_t>& word, std::int64_t timeout) {
  const std::int64_t limit = timeout < 0 ? no_limit : now_ + timeout;
  const auto unchanged = [](void* w) {
    return static_cast<std::atomic<std::uint32_t>*>(w)->load(std::memory_order_acquire) == 0;
  };
  if (run_while(unchanged, &word, limit) == outcome::stopped && unchanged(&word)) now_ = limit;
}

void simulation::kill_all(beamish::node& n) {
  for (pid p : detail::all_processes(n.core())) {
    detail::send_exit(pid{}, p, exit_reason::kill());
  }
}

void simulation::drop_jobs() noexcept {
  for (const blocking_run& r : jobs_) r.job->done->type->dispose(r.job->done);
  jobs_.clear();
}

std::vector<std::string> simulation::finish() {
  // What dies may spawn once more; what spawns for ever is given up.
  constexpr int rounds = 100;
  constexpr std::uint64_t steps_per_round = 10'000'000;
  enter();
  oracle_.stop_choosing();
  watcher_ = nullptr;
  faults_.boots.clear();
  calm();
  agenda_.reach(agenda::never, steps_);
  drop_jobs();
  for (int round = 0; round < rounds && (live_processes() != 0 || !threads_->empty()); ++round) {
    for (auto& n : nodes_) kill_all(*n);
    for (std::uint64_t i = 0; i < steps_per_round && look().total() != 0; ++i) step_before(now_);
    drop_jobs();
  }
  for (std::uint32_t c = 0; under_way_.size() != 0; ++c) {
    while (under_way_.holds(c)) let_arrive(c);
  }
  std::vector<std::string> lines;
  for (auto& n : nodes_) {
    for (pid p : detail::all_processes(n->core())) {
      lines.push_back("process " + inspect(term(p)) + " could not be ended");
    }
  }
  return lines;
}

// The processes of other nodes stand still meanwhile, the caller's among them.
void simulation::run_node_to_end(beamish::node& n) {
  agenda_.hurry(n.core(), steps_);
  for (std::uint32_t i = 0; i < agenda_.size();) {
    const detail::process_slot* slot = agenda_.at(i).slot;
    if (slot == nullptr || slot->node != &n.core()) {
      ++i;
      continue;
    }
    run_process(*agenda_.take(i).slot);
    i = 0;
  }
}

void simulation::stop_node(std::string_view name) {
  const auto at =
      std::find_if(nodes_.begin(), nodes_.end(), [&](const auto& n) { return n->name() == name; });
  if (at == nodes_.end()) return;
  beamish::node& n = **at;
  detail::node_core* const node_before = context_.node;
  detail::signal* const call_before = std::exchange(context_.inline_call, nullptr);
  const std::int32_t budget_before = context_.budget;
  const bool at_once_before = std::exchange(at_once_, true);
  kill_all(n);
  at_once_ = false;
  run_node_to_end(n);
  while (n.core().threads.load() != 0 && threads_->runnable(now_) != 0) {
    std::uint32_t i = 0;
    while (i < threads_->runnable(now_) && threads_->at(i).node != &n.core()) ++i;
    if (i == threads_->runnable(now_)) break;
    run_thread(i);
    run_node_to_end(n);
  }
  at_once_ = at_once_before;
  context_.budget = budget_before;
  context_.inline_call = call_before;
  const bool was_here = node_before == &n.core();
  nodes_.erase(at);
  if (was_here) return enter();
  context_.node = node_before;
}

}  // namespace beamish::inline v0::sim
