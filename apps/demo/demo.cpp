// SPDX-License-Identifier: Apache-2.0
#include "apps/demo/demo.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "apps/demo/process_tree.hpp"
#include "apps/terminal/clock.hpp"
#include "apps/terminal/console.hpp"
#include "apps/terminal/live_view.hpp"
#include "apps/terminal/text.hpp"
#include "apps/terminal/timeline.hpp"
#include "beamish/jobs/task_handler.hpp"
#include "beamish/runtime/run.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::apps {
namespace {

using namespace std::chrono_literals;

constexpr int durations[] = {3, 1, 2, 1, 3};
constexpr std::size_t places_at_once = 2;

// What each function sends to the process that made it: when it begins, and when it has slept.
struct task_began {
  std::size_t number = 0;
  std::int64_t at_ns = 0;
};
struct task_finished {
  atom what;
  std::size_t number = 0;
  std::int64_t at_ns = 0;
};

// One task as it is seen from here.
struct seen_task {
  std::int64_t seconds = 0;
  std::int64_t start_ns = 0;  // 0: it waits
  std::int64_t end_ns = 0;    // 0: it has not finished
};

std::string name_of(std::int64_t seconds) {
  return "finished_" + std::to_string(seconds) + "sec_function";
}

// 1.002 s: to the millisecond, for that is what there is to see.
std::string offset_text(std::int64_t nanoseconds) {
  const std::int64_t ms = (nanoseconds + 500'000) / 1'000'000;
  const std::string fraction = std::to_string(1000 + ms % 1000).substr(1);
  return std::to_string(ms / 1000) + "." + fraction + " s";
}

class demo_player {
 public:
  demo_player(console& screen, bool tree) : screen_(screen), tree_(tree) {
    for (const int seconds : durations) tasks_.push_back({.seconds = seconds});
  }

  task<int> play() {
    register_name("demo");
    print("The course's last program: functions of 3, 1, 2, 1 and 3 seconds, two at a time.\n");
    task_handler_options options;
    options.task_limit = places_at_once;
    const task_handler handler = co_await task_handler::start_link(options);
    print_step("task_handler::start_link({.task_limit = 2})",
               inspect(tuple(atom("ok"), handler.process())));
    begin_ns_ = steady_now_ns();
    add_functions(handler);
    const task_handler_status busy = co_await handler.status();
    print_step("for (auto f : {three, one, two, one, three}) handler.add_task(f); handler.status()",
               inspect(to_term(busy)));
    if (tree_) co_await show_tree(handler);
    while (done_ < tasks_.size()) co_await see_what_happens(handler);
    screen_.set_status({});
    const task_handler_status idle = co_await status_when_idle(handler);
    print("");
    print_step("handler.status()", inspect(to_term(idle)));
    print_timeline();
    co_return 0;
  }

  bool failed() const { return failed_; }

 private:
  // Nobody plays for a reader that has gone.
  void print(const std::string& text) {
    if (!screen_.write(output_stream::out, text + "\n")) beamish::exit(exit_reason::normal());
  }

  // What the user would write, and what comes of it, as in a shell.
  void print_step(const std::string& expression, const std::string& result) {
    print("beamish> " + expression + "\n" + result + "\n");
  }

  void add_functions(const task_handler& handler) const {
    const pid maker = self();
    std::size_t number = 0;
    for (const seen_task& t : tasks_) {
      handler.add_task([maker, seconds = t.seconds, n = number++] {
        send(maker, task_began{n, steady_now_ns()});
        sleep_blocking(std::chrono::seconds(seconds));
        send(maker, task_finished{atom(name_of(seconds)), n, steady_now_ns()});
      });
    }
  }

  // While the first two tasks run.
  task<> show_tree(const task_handler& handler) {
    while (running() < places_at_once) co_await see_what_happens(handler);
    auto rows = co_await look_at_processes();
    print("beamish> demo --tree");
    for (const std::string& line : draw_processes(rows, screen_.traits().ascii)) print(line);
    print("");
  }

  task<> see_what_happens(const task_handler& handler) {
    show_progress();
    auto message = co_await receive<task_began, task_finished>(100ms);
    if (!message) {
      if (idle_) give_up();
      const task_handler_status now = co_await handler.status();
      idle_ = now.tasks.empty() && now.queue.empty();
      co_return;
    }
    if (const auto* const b = std::get_if<task_began>(&*message)) {
      tasks_[b->number].start_ns = b->at_ns;
    } else {
      const auto& f = std::get<task_finished>(*message);
      tasks_[f.number].end_ns = f.at_ns;
      ++done_;
      print(pad_left(offset_text(f.at_ns - begin_ns_), 9) + "  " + inspect(f.what));
    }
  }

  // Nothing runs and nothing waits, and what was sent before that has been read: tasks are missing.
  void give_up() {
    failed_ = true;
    const std::string missing = std::to_string(tasks_.size() - done_);
    screen_.write(output_stream::err, "beamish demo: " + missing +
                                          " of its tasks could not run: no thread was left for "
                                          "them\n");
    beamish::exit(exit_reason::normal());
  }

  std::size_t running() const {
    std::size_t count = 0;
    for (const seen_task& t : tasks_) count += t.start_ns != 0 && t.end_ns == 0 ? 1 : 0;
    return count;
  }

  void show_progress() {
    if (!screen_.shows_status()) return;
    const std::int64_t now = steady_now_ns();
    live_picture shown{.done = done_, .total = tasks_.size()};
    for (const seen_task& t : tasks_) {
      const double length = static_cast<double>(t.seconds) * 1e9;
      const double part = static_cast<double>(now - t.start_ns) / length;
      const bool runs = t.start_ns != 0 && t.end_ns == 0;
      shown.rows.push_back({.name = name_of(t.seconds),
                            .part = t.start_ns == 0 ? 0
                                    : t.end_ns != 0 ? 1
                                                    : std::min(part, 1.0),
                            .text = runs              ? "runs, " + duration_text(now - t.start_ns)
                                    : t.start_ns == 0 ? "waits"
                                                      : "done"});
    }
    const double elapsed = static_cast<double>(now - begin_ns_) / 1e9;
    const double rate = elapsed > 0 ? static_cast<double>(done_) / elapsed : 0;
    shown.headline = "limit " + std::to_string(places_at_once) + ", " + std::to_string(running()) +
                     " running, " + std::to_string(tasks_.size() - done_ - running()) +
                     " waiting, " + std::to_string(done_) + " done, " + rate_text(rate);
    const terminal_traits& traits = screen_.traits();
    screen_.set_status(live_lines(shown, screen_.size(), {traits.ascii, traits.err_color}));
  }

  // A function ends a moment after it has sent its message.
  static task<task_handler_status> status_when_idle(const task_handler& handler) {
    task_handler_status status = co_await handler.status();
    while (!status.tasks.empty() || !status.queue.empty()) {
      co_await sleep(1ms);
      status = co_await handler.status();
    }
    co_return status;
  }

  void print_timeline() {
    std::vector<timeline_bar> bars;
    for (const seen_task& t : tasks_)
      bars.push_back({inspect(atom(name_of(t.seconds))), 0, begin_ns_, t.start_ns, t.end_ns});
    assign_slots(bars);
    const terminal_traits& traits = screen_.traits();
    for (const std::string& line : draw_timeline(bars, {traits.width, traits.ascii})) print(line);
    print(traits.ascii ? "(. waits, # runs)" : "(\u00B7 waits, \u2588 runs)");
  }

  console& screen_;
  const bool tree_;
  std::vector<seen_task> tasks_;
  std::int64_t begin_ns_ = 0;
  std::size_t done_ = 0;
  bool idle_ = false;
  bool failed_ = false;
};

}  // namespace

int run_demo(int argc, char** argv, const demo_request& request, const terminal_traits& traits) {
  console screen(STDOUT_FILENO, STDERR_FILENO, traits);
  node_options options;
  options.log = errors_to(screen, request.log);
  demo_player player(screen, request.tree);
  const int code = run(argc, argv, [&player] { return player.play(); }, options);
  if (player.failed()) return 1;
  return code == 0 ? report_failure(screen, "beamish demo") : code;
}

}  // namespace beamish::apps
