// SPDX-License-Identifier: Apache-2.0
//
// A cast adds a function: it starts at once if there is room and waits in the queue otherwise; when
// a task ends, its slot goes to the next. Mirrors handle_cast({:add, fun}, state) with its guard
// `when length(t) >= tl`; the course frees slots by polling, here a DOWN tells of each end.
#include <beamish/beamish.hpp>

#include <cstdio>
#include <deque>
#include <functional>

using namespace beamish;

using job = std::function<task<>()>;

struct task_adder : gen_server<task_adder> {
  struct add {
    job fun;
  };
  struct queued {
    using reply = std::size_t;
  };
  using messages = accepts<add, queued>;

  std::size_t task_limit = 2;
  std::vector<pid> tasks;
  std::deque<job> queue;

  void init() {}
  void handle_cast(add& m) {
    if (tasks.size() >= task_limit)
      queue.push_back(std::move(m.fun));
    else
      start_task(std::move(m.fun));
  }
  void handle_info(down_message& m) {
    std::erase(tasks, m.process);
    if (queue.empty()) return;
    start_task(std::move(queue.front()));
    queue.pop_front();
  }
  void start_task(job fun) { tasks.push_back(spawn_monitor(std::move(fun)).process); }
  auto handle_call(queued&) { return queue.size(); }
};

struct started {
  int number;
  pid task;
};
struct finish {};

task<> work(int number, pid owner) {
  send(owner, started{number, self()});
  co_await receive<finish>();
}

task<int> main_process() {
  auto server = co_await start_link<task_adder>();
  for (int i = 1; i <= 3; ++i)
    server.cast<task_adder::add>([i, owner = self()] { return work(i, owner); });

  auto first = co_await receive_if<started>([](const started& s) { return s.number == 1; });
  auto second = co_await receive<started>();
  auto queued = co_await server.call<task_adder::queued>();
  std::printf("tasks 1 and %d run, %zu in the queue\n", second.number, queued);

  send(first.task, finish{});
  auto next = co_await receive<started>();
  queued = co_await server.call<task_adder::queued>();
  std::printf("task 1 is over, task %d got its slot, %zu in the queue\n", next.number, queued);
  co_return 0;
}

int main(int argc, char** argv) { return run(argc, argv, main_process); }
