// SPDX-License-Identifier: Apache-2.0
//
// schedulers_online: how many workers run the processes of this node.
//
// ```cpp
// auto workers = async([] { return schedulers_online(); });
// auto online = co_await workers.await();
// online > 0;    //=> true
// ```
//
// Guarantees: at least one; it doesn't change while the node runs. A node in poll mode has one; a
// simulated world has no workers, and counts as two. Errors: std::logic_error on a thread that runs
// no process. Threads: from processes.
//
// Mirrors System.schedulers_online/0. When not to use it: for the number of cores.
// tested in: partition_supervisor_test.cpp
#pragma once

#include <cstddef>

namespace beamish::inline v0 {

std::size_t schedulers_online();

}  // namespace beamish::inline v0
