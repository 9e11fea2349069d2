// SPDX-License-Identifier: Apache-2.0
//
// A partition supervisor of what is no child.
//
// expect: partition_supervisor: give it a child_specification, as child_spec<server>(...)
// id: PS4
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/partition_supervisor.hpp"

struct shard : beamish::gen_server<shard> {
  int number = 0;
};

beamish::task<> use() {
  auto right = co_await beamish::partition_supervisor::start_link({.name = "shards"},
                                                                  beamish::child_spec<shard>(0));
  (void)right;
  // wrong:
  auto wrong = co_await beamish::partition_supervisor::start_link({.name = "shards"}, 3);
  (void)wrong;
  // end
}
