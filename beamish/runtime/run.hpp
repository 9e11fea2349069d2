// SPDX-License-Identifier: Apache-2.0
//
// run: a program that is a node.
//
// ```cpp
// #include "beamish/beamish.hpp"
//
// beamish::task<int> main_process(const beamish::arguments& args) {
//   args.size();    //=> 1
//   co_return 0;
// }
// int main(int argc, char** argv) { return beamish::run(argc, argv, main_process); }
// ```
//
// Options of the node come last: `run(argc, argv, main_process, {.log = {.form = log_form::json}})`
// logs crash reports and all else as one JSON object per line.
//
// Starts a node, runs the function as its first process, and returns what that returned; 1, with a
// crash report, if it ended abnormally, were it by a kill. The function is a task<int> or task<>,
// with or without `const arguments&`.
//
// Guarantees: when the main process ends, what else runs is asked to shut down, from the top (see
// node::stop), and killed after five seconds. The first SIGINT or SIGTERM sends the main process an
// exit signal `shutdown` (it may trap it); the second one kills it. The exit code is then 130 or
// 143, unless the main process returned one of its own. Threads: it blocks the thread that calls it
// until the program is over. Errors: if a thread of a thread body never returns, run() names its
// process and leaves by _Exit.
//
// Mirrors `elixir --no-halt` and System.stop/1. When not to use it: in a program that has its own
// main loop, signal handlers or exit; `node` embeds there.
// tested in: run_test.cpp
#pragma once

#include <string>
#include <type_traits>
#include <vector>

#include "beamish/runtime/node.hpp"

namespace beamish::inline v0 {

// argv as text; the program's own name is the first.
using arguments = std::vector<std::string>;

namespace detail {

struct main_program {
  const arguments* args = nullptr;
  int code = 0;
  bool returned = false;
};

// Spawns the main process, linked to the current one, which traps exits.
using main_starter = pid (*)(void* function, main_program& program);
int run_program(int argc, char** argv, const node_options& o, main_starter start, void* function);

// Nobody else would tell why the program ends.
void report_every_death_of_current() noexcept;

// The main process. A type, since that has a name that can be shown.
struct main_process {
  template <class F>
  task<> operator()(F* f, main_program* program) const {
    report_every_death_of_current();
    constexpr bool takes_arguments = std::is_invocable_v<F&, const arguments&>;
    if constexpr (takes_arguments) {
      using result = std::invoke_result_t<F&, const arguments&>;
      if constexpr (std::is_same_v<result, task<int>>)
        program->code = co_await (*f)(*program->args);
      else
        co_await (*f)(*program->args);
    } else {
      using result = std::invoke_result_t<F&>;
      if constexpr (std::is_same_v<result, task<int>>)
        program->code = co_await (*f)();
      else
        co_await (*f)();
    }
    program->returned = true;
  }
};

}  // namespace detail

template <class F>
int run(int argc, char** argv, F main_process, const node_options& o = {}) {
  return detail::run_program(
      argc, argv, o,
      [](void* f, detail::main_program& program) {
        return spawn_link(detail::main_process{}, static_cast<F*>(f), &program);
      },
      &main_process);
}

}  // namespace beamish::inline v0
