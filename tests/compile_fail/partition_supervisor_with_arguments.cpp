// SPDX-License-Identifier: Apache-2.0
//
// The function that is to make each partition's specification makes something else.
//
// expect: partition_supervisor: give it a child_specification, as child_spec<server>(...)
// id: PS4
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/partition_supervisor.hpp"

struct shard : beamish::gen_server<shard> {
  int number = 0;
};

beamish::task<> use() {
  auto right = co_await beamish::partition_supervisor::start_link(
      {.name = "shards"}, [](int partition) { return beamish::child_spec<shard>(partition); });
  (void)right;
  // wrong:
  auto wrong = co_await beamish::partition_supervisor::start_link(
      {.name = "shards"}, [](int partition) { return partition; });
  (void)wrong;
  // end
}
