// SPDX-License-Identifier: Apache-2.0
//
// A periodic check by send_after; clauses by message are overloads, clauses by state are `if`; a
// message without a clause is logged and ignored. Mirrors handle_info(:check_tasks, state).
#include <beamish/beamish.hpp>

#include <cstdio>

using namespace beamish;
using namespace std::chrono_literals;

struct finished {};
struct unknown {};

struct checker : gen_server<checker> {
  struct check_tasks {};
  using messages = accepts<check_tasks>;

  pid owner;
  std::vector<std::string> queue;

  void init(pid who) {
    owner = who;
    queue = {"first", "second"};
    send(self(), check_tasks{});
  }
  void handle_info(check_tasks&) {
    if (queue.empty()) {
      send(owner, finished{});
      return;
    }
    std::printf("check: %s\n", queue.front().c_str());
    queue.erase(queue.begin());
    send_after(10ms, self(), check_tasks{});
  }
};

// Prints a line for the entry that names the type of the message.
void note(void*, const log_entry& entry) {
  if (entry.text.find("unknown") == std::string::npos)
    std::printf("%s\n", entry.text.c_str());
  else
    std::printf("an unknown message is logged\n");
}

task<int> main_process() {
  auto server = co_await start_link<checker>(self());
  co_await receive<finished>();
  send(server.process(), unknown{});
  co_await stop(server.process());  // behind the unknown message
  co_return 0;
}

int main(int argc, char** argv) { return run(argc, argv, main_process, {.log = {&note, nullptr}}); }
