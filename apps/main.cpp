// SPDX-License-Identifier: Apache-2.0
// The `beamish` command.

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>
#include <thread>

#include "apps/batch/batch.hpp"
#include "apps/cli/command_line.hpp"
#include "apps/compare/compare.hpp"
#include "apps/demo/demo.hpp"
#include "apps/demo/heal.hpp"
#include "apps/sim/scenarios.hpp"
#include "apps/terminal/console.hpp"
#include "apps/terminal/terminal.hpp"
#include "beamish/sim/command.hpp"

namespace {

using namespace beamish::apps;

// Who was started without a standard stream would open something else in its place and write to
// that. In its place stands one that can't be used, so that the user is told.
void fill_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) == -1)
      open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);  // the lowest that is free
  }
}

int inform(const std::string& text) {
  console screen(STDOUT_FILENO, STDERR_FILENO, {});
  screen.write(beamish::output_stream::out, text);
  return report_failure(screen, "beamish");
}

int obey(const request& asked, int argc, char** argv) {
  switch (asked.what) {
    case request::verb::information:
      return inform(asked.text);
    case request::verb::usage_error:
      std::fputs(asked.text.c_str(), stderr);
      return 2;
    case request::verb::demo:
      if (asked.demo.heal) return run_heal(argc, argv, asked.demo, terminal_of(look_around()));
      return run_demo(argc, argv, asked.demo, terminal_of(look_around()));
    case request::verb::compare:
      return run_compare(argc, argv, asked.compare, terminal_of(look_around()));
    case request::verb::sim:
      return beamish::sim::command("beamish sim",
                                   beamish::sim::path_of_this_program(argv[0]) + " sim",
                                   asked.sim.words, scenarios());
    case request::verb::batch:
      return run_batch(asked.batch, terminal_of(look_around()));
  }
  return 1;
}

}  // namespace

int main(int argc, char** argv) try {
  fill_standard_streams();
  const unsigned processors = std::thread::hardware_concurrency();
  const std::size_t limit = processors == 0 ? 2 : processors;
  return obey(read_command_line(argc, argv, BEAMISH_VERSION, limit), argc, argv);
} catch (const std::exception& e) {
  std::fprintf(stderr, "beamish: %s\n", e.what());
  return 1;
}
