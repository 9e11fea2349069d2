// SPDX-License-Identifier: Apache-2.0
//
// Runs a command of the operating system to its end, from a thread that may block.
//
// ```cpp
// stop_switch stop;                                       // another thread may call stop.stop()
// std::string said;
// auto keep = [&said](output_stream, std::string_view bytes) { said += bytes; };
// os_outcome end = run_command({"sh", "-c", "echo hi; exit 3"}, {.output = keep, .stop = &stop});
// end.text();    //=> "exit 3"
// said;          //=> "hi\n"
// ```
//
// Guarantees: what the command wrote before it ended is delivered in full, in order for each of the
// two streams, in pieces of at most 64 KiB; a sink that takes its time slows the command down and
// nothing piles up. A grandchild that keeps a pipe open does not hold up the end: what it writes
// later is lost. Stopping sends SIGTERM (and SIGCONT) to the command's group, and SIGKILL after the
// grace or once kill() is called. A command that runs into its timeout is stopped in the same way;
// its outcome says timed_out, whatever it made of the signal. Whatever is left of the group when a
// stopped command has ended is killed.
//
// Units: grace_ns, timeout_ns, started_ns and ended_ns are nanoseconds. Errors: that a command does
// not start is an outcome. If the sink throws, the group is killed, the child reaped, and the
// exception goes on to the caller. Threads: it blocks its own; any number of threads may run
// commands at the same time.
//
// Mirrors System.cmd/3. When not to use it: in a coroutine as it stands (put it into blocking or a
// task of task_handler), or for a program that is to be talked to: it has no standard input.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "beamish/runtime/os_process.hpp"

namespace beamish::inline v0 {

// Refers to a callable that takes the output as it comes, in pieces of any size. It must outlive
// the call that it is given to.
class output_sink {
 public:
  output_sink() = default;

  template <class F>
    requires(!std::is_same_v<std::remove_const_t<F>, output_sink>)
  output_sink(F& sink)
      : context_(const_cast<void*>(static_cast<const void*>(&sink))),
        call_([](void* context, output_stream stream, std::string_view bytes) {
          (*static_cast<F*>(context))(stream, bytes);
        }) {}

  void operator()(output_stream stream, std::string_view bytes) const {
    if (call_ != nullptr) call_(context_, stream, bytes);
  }

 private:
  void* context_ = nullptr;
  void (*call_)(void*, output_stream, std::string_view) = nullptr;
};

// A clock in nanoseconds that the caller brings along. Without one, times are 0.
struct os_clock {
  std::int64_t (*read)(void* context) = nullptr;
  void* context = nullptr;

  std::int64_t now_ns() const { return read == nullptr ? 0 : read(context); }
};

struct run_options {
  output_sink output = {};  // called by the thread that called run_command
  const stop_switch* stop = nullptr;
  std::int64_t grace_ns = 5'000'000'000;  // between SIGTERM and SIGKILL
  std::int64_t timeout_ns = 0;            // the command is stopped after so long; 0: never
  os_clock clock = {};                    // for started_ns and ended_ns
};

os_outcome run_command(const std::vector<std::string>& words, const run_options& options = {});

}  // namespace beamish::inline v0
