// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/partition_supervisor.hpp"

#include <deque>
#include <mutex>
#include <shared_mutex>

#include "beamish/otp/schedulers.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/term/hash.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0 {

namespace detail {

// Which process is in which partition: written by the supervisor when one has started, and read by
// everybody.
class partition_places : public shared_object {
 public:
  explicit partition_places(std::size_t count) : most_(count), processes_(count), active_(count) {}

  std::size_t most() const noexcept { return most_; }
  std::size_t active() const {
    std::shared_lock lock(mutex_);
    return active_;
  }
  void resize(std::size_t active) {
    std::unique_lock lock(mutex_);
    active_ = active;
  }
  void put(std::size_t at, pid process) {
    std::unique_lock lock(mutex_);
    processes_[at] = process;
  }
  // Nothing if there are no partitions at all.
  std::optional<pid> find(const term& key) const {
    const std::uint64_t number = number_of(key);
    std::shared_lock lock(mutex_);
    if (active_ == 0) return {};
    return processes_[number % active_];
  }

  // What is shown of the children, who may outlive their starters.
  std::deque<starter_kind> kinds;

 private:
  static std::uint64_t number_of(const term& key) {
    const auto integer = key.as_integer();
    if (!integer) return hash_value(key);
    const auto bits = static_cast<std::uint64_t>(*integer);
    return *integer < 0 ? 0 - bits : bits;
  }

  std::size_t most_;
  mutable std::shared_mutex mutex_;
  std::vector<pid> processes_;
  std::size_t active_;
};

namespace {

// Starts a child as its own specification says, and notes which process that gave.
struct placing_starter final : child_starter {
  placing_starter(shared_starter s, std::shared_ptr<partition_places> p, std::size_t i)
      : shown(p->kinds.emplace_back(starter_kind{s->kind().module})),
        inner(std::move(s)),
        places(std::move(p)),
        at(i) {}
  const starter_kind& shown;
  shared_starter inner;
  std::shared_ptr<partition_places> places;
  std::size_t at;

  const starter_kind& kind() const noexcept override { return shown; }
  task<child_result> start() const override {
    child_starting starting(*inner);
    auto result = co_await starting;
    if (result.ok()) places->put(at, result.process());
    co_return result;
  }
  term arguments() const override { return inner->arguments(); }
};

// Where the places of a supervisor are that has no name on this node: by its process.
std::string shared_name(pid supervisor) { return inspect(term(supervisor)); }

std::shared_ptr<partition_places> find_places(const destination& supervisor) {
  std::string by_process;
  if (supervisor.kind() == destination::kind::via) by_process = shared_name(supervisor.resolve());
  const std::string_view name = by_process.empty() ? supervisor.name() : by_process;
  return std::dynamic_pointer_cast<partition_places>(current_node().shared.find(name));
}

}  // namespace

std::shared_ptr<partition_plan> plan_of_partitions(const partition_supervisor_options& o,
                                                   int& partitions) {
  if (o.name.empty() && o.registry_name == nullptr) {
    throw argument_error(
        "partition_supervisor: its partitions are found by its name: give it one, as .name = "
        "\"counters\"");
  }
  partitions = o.partitions ? *o.partitions : static_cast<int>(schedulers_online());
  if (partitions < 1) {
    throw argument_error("partition_supervisor: partitions must be a positive number, not " +
                         std::to_string(partitions));
  }
  auto plan = std::make_shared<partition_plan>(
      partition_plan{std::string(o.name), {}, {}, {.strategy = o.strategy}});
  if (o.registry_name != nullptr) plan->registry_name = *o.registry_name;
  plan->options.max_restarts = o.max_restarts;
  plan->options.max_seconds = o.max_seconds;
  return plan;
}

void add_partition(partition_plan& plan, child_specification spec) {
  spec.id = term(plan.children.size());
  plan.children.push_back(std::move(spec));
}

supervisor_init partition_module::init(std::shared_ptr<const partition_plan> plan) {
  auto places = std::make_shared<partition_places>(plan->children.size());
  std::vector<child_specification> children;
  for (std::size_t i = 0; i < plan->children.size(); ++i) {
    const child_specification& spec = plan->children[i];
    child_specification& placed = children.emplace_back(
        spec.id, std::make_unique<placing_starter>(spec.starter(), places, i));
    placed.restart = spec.restart;
    placed.shutdown = spec.shutdown;
    placed.type = spec.type;
    placed.significant = spec.significant;
    placed.backoff = spec.backoff;
  }
  supervisor_init wanted(std::move(children), plan->options);
  wanted.kept = std::make_shared<published>(current_node().shared,
                                            plan->registry_name ? shared_name(self()) : plan->name,
                                            std::move(places));
  return wanted;
}

}  // namespace detail

// ---- the handle

namespace {

const via* registry_name_of(const detail::partition_plan& plan) {
  return plan.registry_name ? &*plan.registry_name : nullptr;
}

}  // namespace

partition_supervisor::partition_supervisor(supervisor to) : to_(std::move(to)) {
  const detail::context* here = detail::current_context();
  if (here == nullptr || here->node == nullptr) return;
  try {
    found_ = detail::find_places(address());
  } catch (const argument_error&) {
    // A registry that isn't there yet: its name is looked up at each use.
  }
}

std::shared_ptr<detail::partition_places> partition_supervisor::use() const {
  if (found_ != nullptr && !found_->closed()) return found_;
  if (auto now = detail::find_places(address())) return now;
  throw exited(
      exit_reason(tuple(atom("noproc"), tuple(atom("partition_supervisor"), atom("partitions"),
                                              list(address().to_term())))));
}

task<partition_supervisor> partition_supervisor::started(
    std::shared_ptr<const detail::partition_plan> plan) {
  auto starting = supervisor::start_link<detail::partition_module>(
      {.name = plan->name, .registry_name = registry_name_of(*plan)}, plan);
  co_await starting;
  co_return plan->registry_name ? named(*plan->registry_name) : named(plan->name);
}

child_specification partition_supervisor::as_child(
    std::shared_ptr<const detail::partition_plan> plan) {
  auto spec = child_spec<detail::partition_module>(
      {.name = plan->name, .id = plan->name, .registry_name = registry_name_of(*plan)}, plan);
  if (plan->registry_name) spec.id = plan->registry_name->name();
  return spec;
}

int partition_supervisor::partitions() const { return static_cast<int>(use()->active()); }

pid partition_supervisor::whereis(const term& key) const {
  const auto process = use()->find(key);
  if (!process)
    throw argument_error("partition_supervisor: " + inspect(address().to_term()) +
                         " has no partitions now");
  return *process;
}

struct partition_supervisor::target final : detail::via_target {
  target(partition_supervisor s, term k) : where(std::move(s)), key(std::move(k)) {}
  partition_supervisor where;
  term key;

  pid find() const override { return where.whereis(key); }
  pid insert(pid) const override {
    throw argument_error(
        "partition_supervisor: its processes are those that it starts; no other can be registered");
  }
  void erase() const noexcept override {}
  term name() const override { return tuple(where.address().to_term(), key); }
  std::string_view module() const noexcept override { return "PartitionSupervisor"; }
};

std::shared_ptr<const detail::via_target> partition_supervisor::target_for(term key) const {
  return std::make_shared<const target>(*this, std::move(key));
}

task<std::vector<child_info>> partition_supervisor::which_children() const {
  return to_.which_children();
}
task<child_counts> partition_supervisor::count_children() const { return to_.count_children(); }

namespace {

// Keys lead to those that stay before the others stop.
task<> shrink(supervisor all, std::shared_ptr<detail::partition_places> places, int partitions) {
  const auto before = static_cast<int>(places->active());
  places->resize(static_cast<std::size_t>(partitions));
  for (int i = before - 1; i >= partitions; --i) {
    auto stopped = co_await all.terminate_child(i);
    *stopped;
  }
}

task<> grow(supervisor all, std::shared_ptr<detail::partition_places> places, int partitions) {
  for (auto i = static_cast<int>(places->active()); i < partitions; ++i) {
    auto started = co_await all.restart_child(i);
    if (!started.is_ignored()) *started;
  }
  places->resize(static_cast<std::size_t>(partitions));
}

}  // namespace

task<> partition_supervisor::resize(int partitions) const {
  const auto places = use();
  const auto most = static_cast<int>(places->most());
  if (partitions < 0 || partitions > most) {
    throw argument_error("partition_supervisor: " + inspect(address().to_term()) +
                         " can have 0 to " + std::to_string(most) + " partitions, not " +
                         std::to_string(partitions));
  }
  const bool fewer = partitions < static_cast<int>(places->active());
  return fewer ? shrink(to_, places, partitions) : grow(to_, places, partitions);
}

}  // namespace beamish::inline v0
