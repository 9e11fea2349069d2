// SPDX-License-Identifier: Apache-2.0
// SIGINT, SIGTERM and SIGHUP as something to wait for, and an event that ends the waiting.
//
//   interrupts signals;                 // before the program starts a thread
//   for (;;) {
//     const auto what = signals.wait(1000);
//     if (what == interrupts::event::done) break;
//     if (what == interrupts::event::interrupted) ...
//   }
//
// The signals are blocked for the whole program from the construction on, for threads inherit the
// mask; they stay blocked after the destruction. SIGHUP stays ignored if it was (nohup).
// wait() belongs to one thread; done() may be called from any.

#pragma once

#include <cstdint>

#include "beamish/runtime/os_process.hpp"

namespace beamish::apps {

class interrupts {
 public:
  enum class event : std::uint8_t { interrupted, done, timeout };

  interrupts();  // throws std::system_error if there is no descriptor left

  // Waits for a signal, for done(), or for so many milliseconds.
  event wait(int milliseconds);

  void done() noexcept;

 private:
  detail::unique_fd signals_;
  stop_switch done_;
};

}  // namespace beamish::apps
