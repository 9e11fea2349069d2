// SPDX-License-Identifier: Apache-2.0
//
// A server is found by reference, pid, name and {name, node}. Mirrors GenServer.call/2 and cast/2
// with each of them, and Process.whereis/1.
#include <beamish/beamish.hpp>

#include <cstdio>

using namespace beamish;

struct counter : gen_server<counter> {
  struct add {
    int amount;
  };
  struct total {
    using reply = int;
  };
  using messages = accepts<add, total>;

  int sum = 0;

  void handle_cast(add& m) { sum += m.amount; }
  int handle_call(total&) { return sum; }
};

task<int> main_process() {
  auto server = co_await start_link<counter>({.name = "Counter"});
  pid process = whereis("Counter");

  server.cast<counter::add>(1);
  cast<counter::add>(process, 10);
  cast<counter::add>("Counter", 100);
  cast<counter::add>(on_node("Counter", "me@here"), 1000);

  auto total = co_await call<counter::total>("Counter");
  std::printf("total: %d\n", total);
  auto nobody = co_await try_call<counter::total>("Nobody");
  std::printf("of nobody: %s\n", nobody.ok() ? "a value" : "no process");
  co_return 0;
}

int main(int argc, char** argv) { return run(argc, argv, main_process, {.name = "me@here"}); }
