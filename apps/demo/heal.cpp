// SPDX-License-Identifier: Apache-2.0
#include "apps/demo/heal.hpp"

#include <unistd.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "apps/demo/heal_words.hpp"
#include "apps/terminal/clock.hpp"
#include "apps/terminal/console.hpp"
#include "apps/terminal/text.hpp"
#include "beamish/jobs/task_handler.hpp"
#include "beamish/otp/supervisor.hpp"
#include "beamish/runtime/run.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::apps {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t places_of_the_tree = 4;
constexpr std::size_t always_open = 10;
constexpr std::string_view handler_name = "TaskHandler";
constexpr std::string_view what_to_type =
    "Type what to kill, and Enter: handler, queue, tasks (their runner), supervisor, task; or h, "
    "q, "
    "r, s, t.\nAlso: wait MILLISECONDS, quit.";

// Of who submitted a task: its response has come.
struct task_answered {
  bool ok = false;
  std::string why = {};
};

// Submits one task and waits for its response. While the whole tree is away nobody takes it.
task<> submit_one(pid listener) {
  const task_options steady{.retries = 1000, .backoff = {.first = 1ms, .max = 10ms}};
  for (;;) {
    const task_handler handler = task_handler::named(handler_name);
    if (!handler.process()) co_await sleep(1ms);
    auto job = handler.submit([]() -> task<> { co_await sleep(200ms); }, steady);
    auto got = co_await job;
    const term why = got.reason().value();
    const bool nobody = why.is_tuple() && why.size() == 2 && why.elements()[0].is_atom("noproc");
    if (nobody) continue;
    send(listener, task_answered{got.ok(), got.ok() ? "" : inspect(why)});
    co_return;
  }
}

// A part of the tree, and which process it is now.
task<pid> process_of(std::string part) {
  const task_handler handler = task_handler::named(handler_name);
  const supervisor tree(handler.supervisor());
  if (part == "supervisor") co_return tree.process();
  if (part == "task") {
    auto asking = handler.status();
    auto status = co_await attempt(std::move(asking));
    if (!status.ok() || status->tasks.empty()) co_return pid{};
    co_return status->tasks.front();
  }
  auto asking = tree.which_children();
  auto rows = co_await attempt(std::move(asking));
  if (!rows.ok()) co_return pid{};
  for (const child_info& row : *rows) {
    if (row.id.is_atom(part)) co_return row.process;
  }
  co_return pid{};
}

class heal_player {
 public:
  explicit heal_player(console& screen) : screen_(screen) {}

  task<int> play() {
    register_name("demo");
    print("A task handler at work. " + std::string(what_to_type) + "\n");
    child_list tree{task_handler::child_spec({.task_limit = places_of_the_tree,
                                              .name = handler_name,
                                              .when_lost = lost_tasks::start_again})};
    auto top = co_await supervisor::start_link(
        tree, {.strategy = one_for_one, .max_restarts = no_restart_limit, .name = "demo.top"});
    spawn_thread_link(read_commands, self());
    while (!over_) {
      submit_more();
      co_await show();
      auto message = co_await receive<heal_command, task_answered>(100ms);
      if (!message) continue;
      if (const auto* const answered = std::get_if<task_answered>(&*message))
        count(*answered);
      else
        co_await obey(std::get<heal_command>(*message));
    }
    while (finished_ + failed_ < submitted_) {
      co_await show();
      auto answered = co_await receive<task_answered>(100ms);
      if (answered) count(*answered);
    }
    screen_.set_status({});
    print("\n" + counts() + "; killed " + killed());
    co_return failed_ == 0 ? 0 : 1;
  }

 private:
  void print(const std::string& text) {
    if (!screen_.write(output_stream::out, text + "\n")) beamish::exit(exit_reason::normal());
  }

  void submit_more() {
    for (; submitted_ - finished_ - failed_ < always_open; ++submitted_) spawn(submit_one, self());
  }

  void count(const task_answered& a) {
    ++(a.ok ? finished_ : failed_);
    if (!a.ok) print("a task was lost: " + a.why);
  }

  task<> obey(const heal_command& c) {
    using kind = heal_command::kind;
    if (c.what == kind::kill) co_await kill(c.part);
    if (c.what == kind::wait) co_await look_on(std::chrono::milliseconds(c.milliseconds));
    if (c.what == kind::help) print(std::string(what_to_type));
    if (c.what == kind::unknown) print("That is no command. " + std::string(what_to_type));
    over_ = over_ || c.what == kind::quit || c.what == kind::end;
  }

  // The commands behind it wait; the tasks don't.
  task<> look_on(duration time) {
    const auto until = now() + time;
    while (now() < until) {
      submit_more();
      co_await show();
      auto answered = co_await receive<task_answered>(std::min<duration>(until - now(), 100ms));
      if (answered) count(*answered);
    }
  }

  task<> kill(std::string part) {
    pid victim;
    while (!victim) {
      victim = co_await process_of(part);
      if (!victim) co_await sleep(1ms);
    }
    const std::int64_t begin = steady_now_ns();
    beamish::exit(victim, exit_reason::kill());
    ++kills_[part];
    print("killed     " + pad_right(part, 10) + "  " + inspect(victim));
    pid next = victim;
    while (!next || next == victim) {
      co_await sleep(1ms);
      next = co_await process_of(part);
    }
    const std::int64_t microseconds = (steady_now_ns() - begin) / 1000;
    print("healed     " + pad_right(part, 10) + "  " + inspect(next) + "  after " +
          std::to_string(microseconds) + " us; " + counts());
  }

  std::string counts() const {
    return "submitted " + std::to_string(submitted_) + ", finished " + std::to_string(finished_) +
           ", lost " + std::to_string(failed_);
  }

  std::string killed() const {
    std::string text;
    for (const auto& [part, times] : kills_)
      text += (text.empty() ? "" : ", ") + part + " " + std::to_string(times);
    return text.empty() ? "nothing" : text;
  }

  // The tree with its pids, at the bottom of the terminal.
  task<> show() {
    if (!screen_.shows_status()) co_return;
    const bool ascii = screen_.traits().ascii;
    std::vector<std::string> lines{counts() + "; killed " + killed()};
    const pid top = co_await process_of("supervisor");
    lines.push_back("TaskHandler.Supervisor  " + inspect(top));
    for (const char* part : {"queue", "tasks", "handler"}) {
      const pid p = co_await process_of(part);
      const bool last = std::string_view(part) == "handler";
      const char* const branch = ascii ? (last ? "`- " : "|- ") : (last ? "└─ " : "├─ ");
      lines.push_back(branch + pad_right(part, 21) + inspect(p));
    }
    const std::size_t width = screen_.size().columns;
    for (std::string& line : lines) line = cut(line, width > 1 ? width - 1 : 1, ascii);
    screen_.set_status(std::move(lines));
  }

  console& screen_;
  std::size_t submitted_ = 0;
  std::size_t finished_ = 0;
  std::size_t failed_ = 0;
  std::map<std::string, std::size_t> kills_;
  bool over_ = false;
};

}  // namespace

int run_heal(int argc, char** argv, const demo_request& request, const terminal_traits& traits) {
  console screen(STDOUT_FILENO, STDERR_FILENO, traits);
  node_options options;
  options.log = errors_to(screen, request.log);
  heal_player player(screen);
  const int code = run(argc, argv, [&player] { return player.play(); }, options);
  return code == 0 ? report_failure(screen, "beamish demo") : code;
}

}  // namespace beamish::apps
