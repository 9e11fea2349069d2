// SPDX-License-Identifier: Apache-2.0
// The commands of a batch as tasks of a task handler.
//
//   batch_tasks tasks(session, 4, [&] { signals.done(); });    // all are queued, four run
//   tasks.stop();                                              // nothing more starts
//
// A process adds every command to a task handler of its own, in order, collects the responses and
// records them in the session. Each command gets exactly one response, also if its task could not
// start. When all that will come has come, or after stop() all that had begun has ended, it calls
// `finished`, once, on a thread of the node.
//
// The destructor waits for the tasks that still run.

#pragma once

#include <cstddef>
#include <functional>

#include "apps/batch/session.hpp"
#include "beamish/runtime/node.hpp"

namespace beamish::apps {

class batch_tasks {
 public:
  // REQUIRES: the session has a command, and outlives this.
  batch_tasks(batch_session& session, std::size_t limit, std::function<void()> finished);
  batch_tasks(const batch_tasks&) = delete;
  ~batch_tasks();

  void stop();

 private:
  node node_;
  pid collector_;
};

}  // namespace beamish::apps
