// SPDX-License-Identifier: Apache-2.0
//
// partition_supervisor: the same child several times, and each key leads to one of them.
//
// ```cpp
// struct counter : gen_server<counter> {
//   struct add { int amount; };
//   struct total { using reply = int; };
//   using messages = accepts<add, total>;
//   int sum = 0;
//   void handle_cast(add& m) { sum += m.amount; }
//   int handle_call(total&) { return sum; }
// };
// auto counters = co_await partition_supervisor::start_link({.name = "counters", .partitions = 2},
//                                                           child_spec<counter>(0));
// cast<counter::add>(via(counters, 0), 1);
// cast<counter::add>(via(counters, 3), 20);
// auto even = co_await call<counter::total>(via(counters, 0));    //=> 1
// auto odd = co_await call<counter::total>(via(counters, 1));     //=> 20
// cast<counter::add>(via(counters, "any term"), 300);             // always the same one
// counters.partitions();                                          //=> 2
// ```
//
// Where each child is to begin in a way of its own, a function makes the specifications:
//
// ```cpp
// struct shard : gen_server<shard> { int number = 0; };
// auto shards = co_await partition_supervisor::start_link(
//     {.name = "shards", .partitions = 3}, [](int i) { return child_spec<shard>(i); });
// auto rows = co_await shards.which_children();
// rows[0].id;    //=> 2
// ```
//
// A dynamic_supervisor in each partition is asked as
// dynamic_supervisor::named(via(supervisors, self())).
//
// Guarantees: the ids are 0 to n - 1. An integer leads to the partition that is its remainder,
// without sign; any other term to one by its hash, the same as long as the number of partitions is.
// Finding it is a read of a table by the caller, without a message. By default there is a partition
// for each worker of the node. Its own name may be a registry's (registry_name).
//
// Errors: argument_error for a missing name, and for a number that isn't positive; what a
// supervisor says of its children. Without such a supervisor `via` exits its user with {noproc,
// {partition_supervisor, partitions, [name]}}. Threads: from processes.
//
// Mirrors PartitionSupervisor; a function takes the place of with_arguments. When not to use it:
// for children that differ in more than their number (supervisor), or to find processes by names
// of their own (registry).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "beamish/otp/supervisor.hpp"
#include "beamish/runtime/shared_objects.hpp"

namespace beamish::inline v0 {

struct partition_supervisor_options {
  std::string_view name = {};
  const via* registry_name = nullptr;  // instead of a name
  std::optional<int> partitions = {};  // nothing: as many as there are workers
  restart_strategy strategy = one_for_one;
  // More restarts than this within max_seconds end the supervisor.
  std::int64_t max_restarts = 3;
  duration max_seconds = std::chrono::seconds(5);
};

namespace detail {

class partition_places;

// What a partition supervisor starts with, each time.
struct partition_plan {
  std::string name;
  std::optional<via> registry_name;
  std::vector<child_specification> children;
  supervisor_options options;
};
// Throws argument_error. The children are missing yet.
std::shared_ptr<partition_plan> plan_of_partitions(const partition_supervisor_options& o,
                                                   int& partitions);
void add_partition(partition_plan& plan, child_specification spec);

template <class F>
inline constexpr bool makes_specifications = std::is_invocable_r_v<child_specification, F&, int>;

struct partition_module : supervisor_module {
  static constexpr std::string_view term_name = "PartitionSupervisor";
  supervisor_init init(std::shared_ptr<const partition_plan> plan);
};

}  // namespace detail

// The one that was found, or whichever has the name.
class partition_supervisor {
 public:
  using options = partition_supervisor_options;

  // Awaitable: gives a partition_supervisor, linked to the current process. `child`: a
  // child_specification for all, or a function that makes one for each partition.
  template <class Child>
  static task<partition_supervisor> start_link(const options& o, Child&& child) {
    return started(plan(o, std::forward<Child>(child)));
  }
  // Gives an answer, and never exits.
  template <class Child>
  static task<answer<partition_supervisor>> try_start_link(const options& o, Child&& child) {
    return attempt(started(plan(o, std::forward<Child>(child))));
  }
  // As the child of a supervisor; its id is the name.
  template <class Child>
  static child_specification spec(const options& o, Child&& child) {
    return as_child(plan(o, std::forward<Child>(child)));
  }
  // The one of that name at each use, on this node or in a registry. It needn't be there yet.
  static partition_supervisor named(std::string_view name) {
    return partition_supervisor(supervisor::named(name));
  }
  static partition_supervisor named(via name) {
    return partition_supervisor(supervisor::named(std::move(name)));
  }

  // The supervisor's process; empty if nobody has the name.
  pid process() const { return to_.process(); }
  // Valid as long as this object.
  destination address() const& { return to_.address(); }
  operator destination() const& { return address(); }

  // How many partitions there are now.
  int partitions() const;
  // From 0 to as many as it started with: stops those beyond, or starts those that are missing.
  task<> resize(int partitions) const;
  // The process to which a key leads.
  pid whereis(const term& key) const;

  // The youngest first.
  task<std::vector<child_info>> which_children() const;
  task<child_counts> count_children() const;

  // For via.
  template <class K>
  std::shared_ptr<const detail::via_target> via_to(const K& key) const {
    constexpr bool fits = has_term<K> || std::is_convertible_v<const K&, term>;
    static_assert(fits, "partition_supervisor: a key must have the shape of a term");
    if constexpr (std::is_convertible_v<const K&, term>)
      return target_for(term(key));
    else if constexpr (fits)
      return target_for(to_term(key));
    else
      return nullptr;
  }

 private:
  struct target;

  explicit partition_supervisor(supervisor to);

  template <class Child>
  static std::shared_ptr<const detail::partition_plan> plan(const options& o, Child&& child) {
    constexpr bool is_spec = std::is_convertible_v<Child&&, child_specification>;
    constexpr bool fits = is_spec || detail::makes_specifications<std::remove_cvref_t<Child>>;
    static_assert(
        fits,
        "partition_supervisor: give it a child_specification, as child_spec<server>(...), "
        "or a function of the partition's number that returns one");
    int partitions = 0;
    auto made = detail::plan_of_partitions(o, partitions);
    for (int i = 0; i < partitions; ++i) {
      if constexpr (is_spec)
        detail::add_partition(*made, child_specification(child));
      else if constexpr (fits)
        detail::add_partition(*made, child(i));
    }
    return made;
  }
  static task<partition_supervisor> started(std::shared_ptr<const detail::partition_plan> plan);
  static child_specification as_child(std::shared_ptr<const detail::partition_plan> plan);
  std::shared_ptr<const detail::via_target> target_for(term key) const;
  // Exits with noproc if there is no such supervisor.
  std::shared_ptr<detail::partition_places> use() const;

  supervisor to_;
  std::shared_ptr<detail::partition_places> found_;  // null: by name
};

}  // namespace beamish::inline v0
