// SPDX-License-Identifier: Apache-2.0
//
// The course's TaskHandler AS TAUGHT, with its faults, bug for bug. Never use it for work: the
// product is beamish/jobs/task_handler.hpp.
//
// ```cpp
// auto handler = co_await taught::start_link(2);
// taught::add_task(handler, []() -> beamish::task<> { co_await beamish::sleep(300ms); });
// auto now = co_await taught::status(handler);    // now.tasks, now.queue
// ```
//
// It stands here to be measured against (`beamish compare`), and as a program with known faults for
// a simulator to find. What it does wrong, as the Elixir original does when it is run:
// - The queue is a stack: with limit 1 the tasks 1 … 5 run as 1, 5, 4, 3, 2.
// - Whoever comes while the list of tasks is short starts at once, before all that wait.
// - A tick looks for tasks that have ended, every 100 ms: one start per tick at most, and only if
//   something has ended. All that ended are dropped from the list, but one is started, so that the
//   concurrency falls to 1 and stays there as long as something waits.
// - A stray check_tasks starts one more endless timer. A limit of 0 never runs anything.
// - What a task returns, and why it failed, nobody hears.
#pragma once

#include <chrono>
#include <functional>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "beamish/otp/gen_server.hpp"
#include "beamish/runtime/timer.hpp"

namespace taught {

using function = std::function<beamish::task<>()>;

struct check_tasks {};

struct task_handler : beamish::gen_server<task_handler> {
  static constexpr auto check_time = std::chrono::milliseconds(100);

  struct picture {
    std::size_t task_limit;
    std::vector<beamish::pid> tasks;
    std::size_t queue;
  };
  struct add {
    function fun;
  };
  struct status {
    using reply = picture;
  };
  struct start_recurring_tasks {};
  using messages = beamish::accepts<add, status, check_tasks>;

  std::size_t task_limit = 2;
  std::vector<beamish::pid> tasks;
  std::vector<function> queue;  // the newest one is at the end

  init_result init(std::size_t limit) {
    task_limit = limit;
    return ok().then(start_recurring_tasks{});
  }

  void handle_continue(start_recurring_tasks&) { beamish::send(beamish::self(), check_tasks{}); }

  void handle_cast(add& m) {
    if (tasks.size() >= task_limit) return queue.push_back(std::move(m.fun));
    tasks.push_back(beamish::spawn(std::move(m.fun)));
  }

  picture handle_call(status&) { return {task_limit, tasks, queue.size()}; }

  void handle_info(check_tasks&) {
    beamish::send_after(check_time, beamish::self(), check_tasks{});
    const auto has_ended = [](beamish::pid p) { return !beamish::alive(p); };
    if (queue.empty()) {
      std::erase_if(tasks, has_ended);
    } else if (std::erase_if(tasks, has_ended) > 0) {
      tasks.push_back(beamish::spawn(std::move(queue.back())));
      queue.pop_back();
    }
  }
};

using reference = beamish::server<task_handler>;

// By the module's name, as taught, so one for each node; "" starts one without a name.
inline auto start_link(std::size_t task_limit = 2, std::string_view name = "TaskHandler") {
  beamish::start_options options;
  options.name = name;
  return beamish::start_link<task_handler>(options, task_limit);
}
inline void add_task(const reference& handler, function fun) {
  handler.cast<task_handler::add>(std::move(fun));
}
inline auto status(const reference& handler) { return handler.call<task_handler::status>(); }

}  // namespace taught
