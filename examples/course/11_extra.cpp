// SPDX-License-Identifier: Apache-2.0
//
// A task that throws harms neither the handler nor its queue, and its reason reaches who submitted
// it. The same with Task.Supervisor.async_nolink: the task is supervised, and whoever wants its
// result is not linked to it. Mirrors the course's "Extra", raise "oops"; DynamicSupervisor comes
// later.
#include <beamish/beamish.hpp>

#include <cstdio>
#include <stdexcept>

using namespace beamish;

int oops() { throw std::runtime_error("oops"); }

void quiet(void*, const log_entry&) {}  // no crash reports: they name pids

task<int> main_process() {
  auto handler = co_await task_handler::start_link({.task_limit = 1});
  handler.add_task(oops);
  handler.add_task([owner = self()] { send(owner, 42); });  // waits behind the one that throws
  auto queued = co_await receive<int>();
  std::printf("the next in the queue: %d\n", queued);

  auto failing = handler.submit(oops);
  auto failed = co_await failing;
  std::printf("failed: %s\n", failed.reason().exception()->what.c_str());
  std::printf("the handler: %s\n", alive(handler.process()) ? "alive" : "dead");

  auto tasks = co_await task_supervisor::start_link({.name = "Tasks"});
  auto risky = co_await tasks.async_nolink(oops);
  auto end = co_await risky.yield();
  std::printf("supervised: %s\n", end->reason().exception()->what.c_str());
  auto sound = co_await tasks.async_nolink([] { return 42; });
  auto result = co_await sound.await();
  std::printf("the next one: %d, we and the supervisor: %s\n", result,
              alive(tasks.process()) ? "alive" : "dead");
  co_return 0;
}

int main(int argc, char** argv) {
  return run(argc, argv, main_process, {.log = {&quiet, nullptr}});
}
