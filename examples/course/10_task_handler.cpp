// SPDX-License-Identifier: Apache-2.0
//
// The whole TaskHandler and its last program, with 150 milliseconds for each second. Mirrors the
// course's module, but first in, first out, and by monitors instead of a poll; the order of
// finishing is printed (of two that end at the same time, the longer first). beamish::task_handler
// is the product.
#include <beamish/beamish.hpp>

#include <cstdio>
#include <deque>
#include <functional>

using namespace beamish;
using namespace std::chrono_literals;

using job = std::function<task<>()>;

struct handler : gen_server<handler> {
  struct add {
    job fun;
  };
  struct status {
    using reply = std::string;
  };
  using messages = accepts<add, status>;

  std::size_t task_limit = 2;
  std::vector<pid> tasks;
  std::deque<job> queue;

  void init(std::size_t limit) { task_limit = limit; }
  void handle_cast(add& m) {
    queue.push_back(std::move(m.fun));
    fill();
  }
  auto handle_call(status&) {
    return std::to_string(tasks.size()) + " run, " + std::to_string(queue.size()) + " wait";
  }
  void handle_info(down_message& m) {
    std::erase(tasks, m.process);
    fill();
  }
  void fill() {
    for (; tasks.size() < task_limit && !queue.empty(); queue.pop_front())
      tasks.push_back(spawn_monitor(std::move(queue.front())).process);
  }
};

struct finished {
  int seconds;
};

job sleeps(int seconds) {
  return [seconds, owner = self()]() -> task<> {
    co_await beamish::sleep(seconds * 150ms);
    send(owner, finished{seconds});
  };
}

task<int> main_process() {
  std::size_t limit = 2;
  auto tasks = co_await start_link<handler>({.name = "TaskHandler"}, limit);
  for (int seconds : {3, 1, 2, 1, 3}) tasks.cast<handler::add>(sleeps(seconds));

  auto status = co_await tasks.call<handler::status>();
  std::printf("%s\n", status.c_str());
  std::vector<int> order;
  while (order.size() < 5) {
    auto message = co_await receive<finished>();
    order.push_back(message.seconds);
  }
  // The first 3 and the 2, which began when the first 1 was over, end at the same moment: which of
  // them comes first nobody knows.
  if (order[1] < order[2]) std::swap(order[1], order[2]);
  for (int seconds : order) std::printf("finished_%dsec_function\n", seconds);
  co_return 0;
}

int main(int argc, char** argv) { return run(argc, argv, main_process); }
