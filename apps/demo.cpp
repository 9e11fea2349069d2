// SPDX-License-Identifier: Apache-2.0
#include "apps/demo.hpp"

#include <chrono>
#include <cstdio>
#include <iterator>
#include <string>
#include <vector>

#include "apps/clock.hpp"
#include "apps/text.hpp"
#include "apps/timeline.hpp"
#include "beamish/jobs/task_handler.hpp"
#include "beamish/runtime/run.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::apps {
namespace {

using namespace std::chrono_literals;

constexpr int durations[] = {3, 1, 2, 1, 3};
constexpr std::size_t limit = 2;

// What each function sends to the process that made it.
struct finished {
  atom what;
  std::size_t number = 0;
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
};

std::string name_of(int seconds) { return "finished_" + std::to_string(seconds) + "sec_function"; }

void print(const std::string& text) {
  std::fputs((text + "\n").c_str(), stdout);
  std::fflush(stdout);  // line by line, also into a pipe
}

// What the user would write, and what comes of it, as in a shell.
void print_step(const std::string& expression, const std::string& result) {
  print("beamish> " + expression + "\n" + result + "\n");
}

void add_functions(const task_handler& handler) {
  const pid maker = self();
  std::size_t number = 0;
  for (const int seconds : durations) {
    handler.add_task([maker, seconds, n = number++] {
      const std::int64_t start = steady_now_ns();
      sleep_blocking(std::chrono::seconds(seconds));
      send(maker, finished{atom(name_of(seconds)), n, start, steady_now_ns()});
    });
  }
}

// 1.002 s: to the millisecond, for that is what there is to see.
std::string offset_text(std::int64_t nanoseconds) {
  const std::int64_t ms = (nanoseconds + 500'000) / 1'000'000;
  const std::string fraction = std::to_string(1000 + ms % 1000).substr(1);
  return std::to_string(ms / 1000) + "." + fraction + " s";
}

void print_timeline(std::vector<timeline_bar> bars, const terminal_traits& traits) {
  assign_slots(bars);
  for (const std::string& line : draw_timeline(bars, {traits.width, traits.ascii})) print(line);
  print(traits.ascii ? "(. waits, # runs)" : "(\u00B7 waits, \u2588 runs)");
}

// A function ends a moment after it has sent its message.
task<task_handler_status> status_when_idle(const task_handler& handler) {
  task_handler_status status = co_await handler.status();
  while (!status.tasks.empty() || !status.queue.empty()) {
    co_await sleep(1ms);
    status = co_await handler.status();
  }
  co_return status;
}

task<int> play(const terminal_traits& traits) {
  print("The course's last program: functions of 3, 1, 2, 1 and 3 seconds, two at a time.\n");
  task_handler_options options;
  options.task_limit = limit;
  const task_handler handler = co_await task_handler::start_link(options);
  print_step("task_handler::start_link({.task_limit = 2})",
             inspect(tuple(atom("ok"), handler.process())));
  const std::int64_t begin = steady_now_ns();
  add_functions(handler);
  const task_handler_status busy = co_await handler.status();
  print_step("for (auto f : {three, one, two, one, three}) handler.add_task(f); handler.status()",
             inspect(to_term(busy)));

  std::vector<timeline_bar> bars(std::size(durations));
  for (std::size_t received = 0; received < bars.size(); ++received) {
    const finished message = co_await receive<finished>();
    bars[message.number] = {inspect(message.what), 0, begin, message.start_ns, message.end_ns};
    print(pad_left(offset_text(message.end_ns - begin), 9) + "  " + inspect(message.what));
  }
  const task_handler_status idle = co_await status_when_idle(handler);
  print("");
  print_step("handler.status()", inspect(to_term(idle)));
  print_timeline(std::move(bars), traits);
  co_return 0;
}

// Warnings about slow processes and the like are for who writes a program, not for who runs one.
void log_errors(void*, const log_entry& entry) {
  if (entry.level == log_level::error) std::fprintf(stderr, "%s\n", entry.text.c_str());
}

}  // namespace

int run_demo(int argc, char** argv, const terminal_traits& traits) {
  node_options options;
  options.log = {&log_errors, nullptr};
  const auto main_process = [&traits] { return play(traits); };
  return run(argc, argv, main_process, options);
}

}  // namespace beamish::apps
