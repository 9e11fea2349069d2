// SPDX-License-Identifier: Apache-2.0
//
// A task that throws harms neither the handler nor its queue, and its reason reaches who submitted
// it. Mirrors the course's "Extra", raise "oops"; Task.Supervisor and DynamicSupervisor come later.
#include <beamish/beamish.hpp>

#include <cstdio>
#include <stdexcept>

using namespace beamish;

task<int> answer_coroutine() { co_return 42; }
int oops() { throw std::runtime_error("oops"); }

void quiet(void*, const log_entry&) {}  // no crash reports: they name pids

task<int> main_process() {
  auto handler = co_await task_handler::start_link({.task_limit = 1});
  auto failing = handler.submit(oops);
  auto good = handler.submit(answer_coroutine);

  auto failed = co_await failing;
  std::printf("failed: %s\n", failed.reason().exception()->what.c_str());
  auto response = co_await good;
  std::printf("the next one: %d\n", *response);
  std::printf("the handler: %s\n", alive(handler.process()) ? "alive" : "dead");
  co_return 0;
}

int main(int argc, char** argv) {
  return run(argc, argv, main_process, {.log = {&quiet, nullptr}});
}
