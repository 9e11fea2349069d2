// SPDX-License-Identifier: Apache-2.0
//
// What Agent and Task are for: a gen_server that only keeps a value, a task<T> that yields one, and
// a process beside us that is monitored. Mirrors Agent and Task; types of those names come later.
#include <beamish/beamish.hpp>

#include <cstdio>

using namespace beamish;

struct agent : gen_server<agent> {
  struct get {
    using reply = int;
  };
  struct update {
    int amount;
  };
  using messages = accepts<get, update>;

  int value = 0;

  int handle_call(get&) { return value; }
  void handle_cast(update& m) { value += m.amount; }
};

task<int> six_times_seven() { co_return 6 * 7; }

task<int> main_process() {
  auto keeper = co_await start_link<agent>(40);
  keeper.cast<agent::update>(2);
  auto kept = co_await keeper.call<agent::get>();
  std::printf("agent: %d\n", kept);

  auto computed = co_await six_times_seven();  // in this process, like a function
  std::printf("task: %d\n", computed);

  auto worker = spawn_monitor([owner = self()] { send(owner, 6 * 7); });  // beside this process
  auto response = co_await receive<int>();
  auto down = co_await receive<down_message>();
  std::printf("process: %d, ended %s\n", response, inspect(down.reason).c_str());
  co_return down.id == worker.id ? 0 : 1;
}

int main(int argc, char** argv) { return run(argc, argv, main_process); }
