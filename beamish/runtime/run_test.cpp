// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/run.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/spawn.hpp"

using namespace beamish;

namespace {

struct run_log {
  std::string text;
  node_options options() {
    node_options o;
    o.log = {[](void* user, const log_entry& e) { static_cast<run_log*>(user)->text += e.text; },
             this};
    return o;
  }
};

// What run() returns for a program without arguments.
template <class F>
int run_main(F main_process, run_log& log) {
  char name[] = "program";
  char* words[] = {name, nullptr};
  return beamish::run(1, words, main_process, log.options());
}

}  // namespace

TEST_CASE("run tells by which exit the main process ended, whatever caused it") {
  run_log killed, thrown, shut_down, normal;
  CHECK(run_main(
            []() -> task<> {
              beamish::exit(self(), exit_reason::kill());
              co_await receive<int>();
            },
            killed) == 1);
  CHECK(killed.text.find("** (exit) :killed") != std::string::npos);
  CHECK(killed.text.find("main_process") != std::string::npos);
  CHECK(run_main(
            []() -> task<> {
              spawn_link([] { throw std::runtime_error("a link broke"); });
              co_await receive<int>();
            },
            thrown) == 1);
  CHECK(thrown.text.find("main_process") != std::string::npos);
  CHECK(run_main(
            []() -> task<> {
              beamish::exit(self(), exit_reason::shutdown());
              co_await receive<int>();
            },
            shut_down) == 0);
  CHECK(shut_down.text.empty());
  CHECK(run_main([]() -> task<> { co_return; }, normal) == 0);
  CHECK(normal.text.empty());
}

namespace {

void check_signal(int number, int code) {
  run_log log;
  CHECK(run_main(
            [number]() -> task<> {
              ::kill(::getpid(), number);
              co_await receive<int>();
            },
            log) == code);
  CHECK(log.text.empty());
  CHECK(run_main(
            [number]() -> task<> {
              trap_exits(true);
              ::kill(::getpid(), number);
              co_await receive<exit_message>();  // asked to shut down
              ::kill(::getpid(), number);
              co_await receive<int>();
            },
            log) == code);
  CHECK(log.text.find(":killed") != std::string::npos);
  CHECK(run_main(
            [number]() -> task<int> {
              trap_exits(true);
              ::kill(::getpid(), number);
              co_await receive<exit_message>();
              co_return 5;
            },
            log) == 5);
}

}  // namespace

TEST_CASE("run ends the main process at a signal: asked first, then killed") {
  check_signal(SIGINT, 130);
  check_signal(SIGTERM, 143);
}

TEST_CASE("run returns what the main process returned") {
  char name[] = "program";
  char* words[] = {name, nullptr};
  const auto main_process = [](const arguments& args) -> task<int> {
    co_return static_cast<int>(args.size()) + 6;
  };
  CHECK(beamish::run(1, words, main_process) == 7);
}
