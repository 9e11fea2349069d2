// SPDX-License-Identifier: Apache-2.0
//
// A cast adds a function: at once if there is room, to the queue otherwise. Mirrors
// handle_cast({:add, fun}, state) with its guard `when length(t) >= tl`.
#include <beamish/beamish.hpp>

#include <cstdio>
#include <functional>

using namespace beamish;

struct task_adder : gen_server<task_adder> {
  struct add {
    std::function<void()> fun;
  };
  struct queued {
    using reply = std::size_t;
  };
  using messages = accepts<add, queued>;

  std::size_t task_limit = 2;
  std::vector<pid> tasks;
  std::vector<std::function<void()>> queue;

  void init() {}
  void handle_cast(add& m) {
    if (tasks.size() >= task_limit)
      queue.push_back(std::move(m.fun));
    else
      tasks.push_back(spawn(std::move(m.fun)));
  }
  auto handle_call(queued&) { return queue.size(); }
};

struct done {};

task<int> main_process() {
  auto server = co_await start_link<task_adder>();
  for (int i = 0; i < 3; ++i)
    server.cast<task_adder::add>([owner = self()] { send(owner, done{}); });

  co_await receive<done>();
  co_await receive<done>();
  auto queued = co_await server.call<task_adder::queued>();
  std::printf("2 ran, %zu in the queue\n", queued);
  co_return 0;
}

int main(int argc, char** argv) { return run(argc, argv, main_process); }
