// SPDX-License-Identifier: Apache-2.0
//
// Partition supervisors: whatever their number, a key leads to one that runs.
#include "tests/sim/help.hpp"

namespace {

struct shard : gen_server<shard> {
  struct where {
    using reply = pid;
  };
  using messages = accepts<where>;
  pid handle_call(where&) { return self(); }
};

task<> user(sim::world& w, partition_supervisor shards, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    const via key(shards, static_cast<int>(w.pick(8)));
    const pid before = whereis(key);
    w.require(before != pid{} && alive(before), "a key leads to a partition that runs");
    const auto got = co_await try_call<shard::where>(within(infinity), key);
    // It may have ended with the call in its mailbox.
    w.require(got.ok() ? *got == before : help::caused_by(got.reason(), {"noproc", "shutdown"}),
              "it answers, or is one too many");
    co_await beamish::sleep(help::moment(w));
  }
}

// PS1 to PS4: the number of partitions changes while keys are used.
task<> partitions_resized(sim::world& w) {
  const int most = 1 + static_cast<int>(w.pick(4));
  const auto shards = co_await partition_supervisor::start_link(
      {.name = "shards", .partitions = most}, child_spec<shard>());
  sim::once ends(w, "end of a user");
  const std::uint32_t users = w.pick(4);
  for (std::uint32_t i = 0; i < users; ++i)
    ends.owe(spawn_monitor(user, std::ref(w), shards, 1 + w.pick(4)).id);
  for (std::uint32_t changes = w.pick(5); changes > 0; --changes) {
    const int next = 1 + static_cast<int>(w.pick(4)) % most;
    co_await shards.resize(next);
    w.require(shards.partitions() == next, "the new number");
    co_await beamish::sleep(help::moment(w));
  }
  co_await help::ends_of(w, ends, "normal");
  co_await stop(shards.address());
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> partition_scenarios() {
  return {
      {"partitions_resized",
       "a key leads to a partition that runs, while their number changes",
       partitions_resized,
       {.faults = sim::faults().delay_signals(0.05, 2s)}},
  };
}
