// SPDX-License-Identifier: Apache-2.0
#include "apps/compare/compare.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "apps/compare/chart.hpp"
#include "apps/compare/rate.hpp"
#include "apps/terminal/clock.hpp"
#include "apps/terminal/console.hpp"
#include "apps/terminal/text.hpp"
#include "beamish/jobs/task_handler.hpp"
#include "beamish/runtime/run.hpp"
#include "examples/taught/task_handler.hpp"

namespace beamish::apps {
namespace {

using namespace std::chrono_literals;

// As many as a second or so holds.
constexpr std::size_t empty_tasks_taught = 12;
constexpr std::size_t empty_tasks_product = 500'000;

struct task_event {
  std::size_t side = 0;
  std::size_t task = 0;
  bool ends = false;
  std::int64_t at_ns = 0;
};

class contest {
 public:
  contest(console& screen, const compare_request& request)
      : screen_(screen),
        request_(request),
        sides_{compare_side("as taught", request.limit, request.tasks),
               compare_side("task_handler", request.limit, request.tasks)} {}

  task<int> play() {
    const std::string length = duration_text(request_.length_ns);
    print(std::to_string(request_.tasks) + " tasks of " + length + ", at most " +
          std::to_string(request_.limit) + " at a time, on both at the same time.\n");
    auto taught = co_await taught::start_link(request_.limit, "taught");
    task_handler_options options;
    options.task_limit = request_.limit;
    const task_handler product = co_await task_handler::start_link(options);
    begin_ns_ = steady_now_ns();
    for (std::size_t i = 0; i < request_.tasks; ++i) {
      taught::add_task(taught, task_of(0, i));
      product.add_task(task_of(1, i));
    }
    while (!sides_[0].complete() || !sides_[1].complete()) co_await see_what_happens();
    screen_.set_status({});
    for (const std::string& line : chart(screen_.traits().width)) print(line);
    print("");
    screen_.set_status({"empty tasks, each handler alone ..."});
    const double slow = co_await taught_rate();
    const double fast = co_await product_rate();
    screen_.set_status({});
    print_figures(slow, fast);
    co_return 0;
  }

 private:
  // Nobody plays for a reader that has gone.
  void print(const std::string& text) {
    if (!screen_.write(output_stream::out, text + "\n")) beamish::exit(exit_reason::normal());
  }

  std::function<task<>()> task_of(std::size_t side, std::size_t number) const {
    return [side, number, length = duration(request_.length_ns), owner = self()]() -> task<> {
      send(owner, task_event{side, number, false, steady_now_ns()});
      co_await beamish::sleep(length);
      send(owner, task_event{side, number, true, steady_now_ns()});
    };
  }

  task<> see_what_happens() {
    const std::int64_t now = steady_now_ns();
    if (screen_.shows_status() && now - drawn_ns_ >= 100'000'000) {
      drawn_ns_ = now;
      const terminal_size size = screen_.size();
      auto lines = chart(std::max<std::size_t>(size.columns, 24) - 1);
      if (lines.size() + 1 > size.rows) lines.resize(size.rows > 1 ? size.rows - 1 : 1);
      screen_.set_status(std::move(lines));
    }
    auto message = co_await receive<task_event>(100ms);
    if (!message) co_return;
    compare_side& side = sides_[message->side];
    const std::int64_t at = message->at_ns - begin_ns_;
    message->ends ? side.end(message->task, at) : side.begin(message->task, at);
  }

  std::vector<std::string> chart(std::size_t width) const {
    const bool over = sides_[0].complete() && sides_[1].complete();
    const std::int64_t last = std::max(sides_[0].last_end_ns(), sides_[1].last_end_ns());
    chart_style style;
    style.now_ns = over ? last : steady_now_ns() - begin_ns_;
    style.length_ns = std::max<std::int64_t>(style.now_ns, 1'000'000'000);
    style.width = width;
    style.ascii = screen_.traits().ascii;
    std::vector<std::string> lines = draw_side(sides_[0], style);
    for (std::string& line : draw_side(sides_[1], style)) lines.push_back(std::move(line));
    return lines;
  }

  task<double> taught_rate() {
    auto handler = co_await taught::start_link(request_.limit, "");
    auto add = [&](taught::function f) { taught::add_task(handler, std::move(f)); };
    const empty_tasks load{empty_tasks_taught, request_.limit};
    const double found = co_await tasks_per_second(load, add, steady_now_ns);
    co_return found;
  }
  task<double> product_rate() {
    task_handler_options options;
    options.task_limit = request_.limit;
    options.name = "";
    const task_handler handler = co_await task_handler::start_link(options);
    auto add = [&](auto f) { handler.add_task(std::move(f)); };
    const empty_tasks load{empty_tasks_product, request_.limit};
    const double found = co_await tasks_per_second(load, add, steady_now_ns);
    co_return found;
  }

  void print_figures(double slow, double fast) {
    const terminal_traits& traits = screen_.traits();
    const std::size_t rounds = (request_.tasks + request_.limit - 1) / request_.limit;
    const std::int64_t ideal = static_cast<std::int64_t>(rounds) * request_.length_ns;
    const auto row = [&](const char* what, const std::string& a, const std::string& b,
                         const std::string& c) {
      print(pad_right(what, 26) + pad_left(a, 12) + pad_left(b, 15) + pad_left(c, 12));
    };
    row("", "as taught", "task_handler", "ideal");
    row("all tasks done after", duration_text(sides_[0].last_end_ns()),
        duration_text(sides_[1].last_end_ns()), duration_text(ideal));
    row("empty tasks per second", rate_text(slow), rate_text(fast), "");
    for (const compare_side& side : sides_) {
      const std::string what = "started, " + side.title() + ":";
      const std::size_t room = traits.width > 50 ? traits.width - 27 : 24;
      print(pad_right(what, 26) + start_order(side, room, traits.ascii));
    }
  }

  console& screen_;
  const compare_request request_;
  std::array<compare_side, 2> sides_;
  std::int64_t begin_ns_ = 0;
  std::int64_t drawn_ns_ = 0;
};

}  // namespace

int run_compare(int argc, char** argv, const compare_request& request,
                const terminal_traits& traits) {
  console screen(STDOUT_FILENO, STDERR_FILENO, traits);
  node_options options;
  options.log = errors_to(screen, request.log);
  contest both(screen, request);
  const int code = run(argc, argv, [&both] { return both.play(); }, options);
  return code == 0 ? report_failure(screen, "beamish compare") : code;
}

}  // namespace beamish::apps
