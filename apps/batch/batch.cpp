// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/batch.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

#include "apps/batch/file.hpp"
#include "apps/batch/interrupts.hpp"
#include "apps/batch/limit.hpp"
#include "apps/batch/report.hpp"
#include "apps/batch/session.hpp"
#include "apps/batch/tasks.hpp"
#include "apps/terminal/console.hpp"

namespace beamish::apps {
namespace {

void say(console& screen, const std::string& text) {
  screen.write(output_stream::err, "beamish batch: " + text + "\n");
}

std::size_t checked_limit(std::size_t wanted, std::size_t commands, console& screen) {
  const std::size_t limit = fit_limit(std::min(wanted, commands));
  if (limit < std::min(wanted, commands)) {
    say(screen, "the limit is lowered to " + std::to_string(limit) +
                    ", since no more files may be open at a time");
    return limit;
  }
  return wanted;
}

// Until all commands have ended. Interrupts come one by one: the first asks, the second kills.
void attend(batch_session& session, batch_tasks& tasks, interrupts& signals, console& screen) {
  const int redraw_ms = screen.shows_status() ? 100 : 1000;
  session.show_progress();
  for (bool asked = false;;) {
    const interrupts::event event = signals.wait(redraw_ms);
    if (event == interrupts::event::done) return;
    if (event == interrupts::event::interrupted && asked) session.kill();
    if (event == interrupts::event::interrupted && !asked) {
      asked = true;
      session.stop();
      say(screen, "stopping what runs; interrupt again to kill it");
    }
    if (session.stopped()) tasks.stop();
    session.show_progress();
  }
}

int exit_code(const batch_session& session, console& screen) {
  std::string problem = session.output_problem();
  if (const int error = screen.failure(); error != 0)
    problem = "cannot write the output: " + std::generic_category().message(error);
  if (!problem.empty()) {
    say(screen, problem);
    return 1;
  }
  return totals_of(session.entries()).all_ok() ? 0 : 1;
}

}  // namespace

int run_batch(const batch_request& asked, const terminal_traits& traits) {
  signal(SIGPIPE, SIG_IGN);  // a reader that has gone is an error like others
  console screen(STDOUT_FILENO, STDERR_FILENO, traits);
  command_file file = read_command_file(asked.file, {asked.shell, asked.labels});
  for (const std::string& problem : file.problems) say(screen, problem);
  if (!file.problems.empty()) return 2;
  for (const std::string& hint : file.hints) say(screen, "note: " + hint);
  const bool nothing = file.commands.empty();
  if (nothing && asked.form == batch_request::format::text) {
    screen.write(output_stream::out, "nothing to do: " + file.name + " holds no command\n");
    return screen.failure() == 0 ? 0 : 1;
  }
  batch_request request = asked;
  request.limit = checked_limit(asked.limit, file.commands.size(), screen);
  batch_session session(std::move(file), request, screen);
  if (const std::string problem = session.prepare(); !problem.empty()) {
    say(screen, problem);
    return 2;
  }
  interrupts signals;
  session.tell_begin();
  if (!nothing) {
    batch_tasks tasks(session, request.limit, [&signals] { signals.done(); });
    attend(session, tasks, signals, screen);
  }
  session.tell_end();
  return exit_code(session, screen);
}

}  // namespace beamish::apps
