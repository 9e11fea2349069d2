// SPDX-License-Identifier: Apache-2.0
//
// init stays short and leaves the long work to handle_continue, which runs before any message that
// already waits. Mirrors {:ok, state, {:continue, :start_recurring_tasks}}.
#include <beamish/beamish.hpp>

#include <cstdio>

using namespace beamish;

struct task_handler_server : gen_server<task_handler_server> {
  struct start_recurring_tasks {};
  struct early {};
  struct history {
    using reply = std::vector<std::string>;
  };
  using messages = accepts<early, history>;

  std::vector<std::string> seen;

  init_result init() {
    send(self(), early{});  // waits in the mailbox before init has returned
    seen.push_back("init");
    return ok().then(start_recurring_tasks{});
  }
  void handle_continue(start_recurring_tasks&) { seen.push_back("handle_continue"); }
  void handle_info(early&) { seen.push_back("handle_info"); }
  auto handle_call(history&) { return seen; }
};

task<int> main_process() {
  auto server = co_await start_link<task_handler_server>();
  auto seen = co_await server.call<task_handler_server::history>();
  for (const auto& callback : seen) std::printf("%s\n", callback.c_str());
  co_return 0;
}

int main(int argc, char** argv) { return run(argc, argv, main_process); }
