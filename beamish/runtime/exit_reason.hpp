// SPDX-License-Identifier: Apache-2.0
//
// Why a process ended: a term, and for an uncaught exception what is known about it.
//
// ```cpp
// inspect(exit_reason::shutdown(atom("no_work")));    //=> "{:shutdown, :no_work}"
// exit_reason::shutdown().is_expected();              //=> true
// exit_reason(atom("oops")).is("oops");               //=> true
// try {
//   throw exited(exit_reason(tuple(atom("bad_input"), 42)));
// } catch (const exited& end) {
//   end.reason().value();                             //=> {:bad_input, 42}
// }
// ```
//
// Any term is a reason. One that came from an exception has also its type, its text and, with
// beamish::stacktrace, the stack of the throw point; see exception(). One of a call that ran out of
// time says what the server was doing; see server_was().
//
// Guarantees: copying never allocates and never fails, so a dying process can tell a million others
// without memory. Reasons compare by their terms. Threads: copies may be used and destroyed by any
// thread. Errors: `exited` leaves the process unless it is caught by its own type and reason() is
// looked at; a handler that swallows it (`catch (...)`) only delays the end to the next suspension.
//
// Mirrors the reasons of exit/1 and exit/2. When not to use it: for an outcome that the caller
// expects; return a value for that.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "beamish/term/term.hpp"

namespace beamish::inline v0 {

struct server_activity;
class exit_reason;

namespace detail {
// What is known beside the term of a reason.
struct reason_info {
  enum class source : std::uint8_t { exception, late_call };
  explicit reason_info(source s) noexcept : from(s) {}
  source from;
  mutable std::atomic<std::uint32_t> references{1};
};
struct lateness;
exit_reason late_call(term value, pid p, const lateness& how);
}  // namespace detail

// A place in a program's text. What isn't known is empty, or 0.
struct code_place {
  std::string function;
  std::string file;  // without its folder
  std::uint32_t line = 0;

  friend bool operator==(const code_place&, const code_place&) = default;
};

// What an uncaught exception left behind; shared by everybody who hears of it.
struct exception_info : detail::reason_info {
  exception_info() noexcept : reason_info(source::exception) {}
  std::string type;               // "std::out_of_range"
  std::string what;               // its message
  std::vector<code_place> stack;  // throw point outwards, with beamish::stacktrace linked
  // The coroutines that awaited the one that threw, innermost first.
  std::vector<code_place> awaiting;
  std::string initial_call;
  std::string last_message;
};

class exit_reason {
 public:
  exit_reason() noexcept : value_(atom("normal")) {}
  explicit exit_reason(term value) noexcept : value_(std::move(value)) {}
  explicit exit_reason(atom value) noexcept : value_(value) {}
  exit_reason(const exit_reason& other) noexcept : value_(other.value_), info_(other.info_) {
    if (info_ != nullptr) info_->references.fetch_add(1, std::memory_order_relaxed);
  }
  exit_reason(exit_reason&& other) noexcept
      : value_(std::move(other.value_)), info_(std::exchange(other.info_, nullptr)) {}
  exit_reason& operator=(exit_reason other) noexcept {
    std::swap(value_, other.value_);
    std::swap(info_, other.info_);
    return *this;
  }
  ~exit_reason() { release(); }

  static exit_reason normal() noexcept { return exit_reason(); }
  static exit_reason shutdown() noexcept { return exit_reason(atom("shutdown")); }
  static exit_reason shutdown(term why) {
    return exit_reason(tuple(atom("shutdown"), std::move(why)));
  }
  // As a signal it can't be trapped; observers then see `killed`.
  static exit_reason kill() noexcept { return exit_reason(atom("kill")); }
  static exit_reason killed() noexcept { return exit_reason(atom("killed")); }
  static exit_reason noproc() noexcept { return exit_reason(atom("noproc")); }
  static exit_reason noconnection() noexcept { return exit_reason(atom("noconnection")); }
  // From the exception that is being handled, or from `failure`.
  static exit_reason from_exception(std::exception_ptr failure);

  const term& value() const noexcept { return value_; }
  // Null unless an exception was the reason.
  const exception_info* exception() const noexcept {
    const bool is_one = info_ != nullptr && info_->from == detail::reason_info::source::exception;
    return is_one ? static_cast<const exception_info*>(info_) : nullptr;
  }
  // What the server was doing when a call to it ran out of time; null unless that is the reason.
  // See activity.hpp.
  const server_activity* server_was() const noexcept;

  bool is_normal() const noexcept { return value_ == term(atom("normal")); }
  bool is(std::string_view name) const noexcept { return value_ == term(atom(name)); }
  // normal, shutdown and {shutdown, _} are how a process is expected to end: they are not reported.
  bool is_expected() const noexcept;

  friend bool operator==(const exit_reason& a, const exit_reason& b) noexcept {
    return a.value_ == b.value_;
  }
  friend term to_term(const exit_reason& r) { return r.value_; }
  friend bool from_term(const term& t, exit_reason& r) {
    r = exit_reason(t);
    return true;
  }

 private:
  friend exit_reason detail::late_call(term, pid, const detail::lateness&);
  void release() noexcept {
    if (info_ != nullptr && info_->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
      end_info();
  }
  void end_info() noexcept;

  term value_;
  const detail::reason_info* info_ = nullptr;
};

// `function at file:line`, as far as it is known.
std::string inspect(const code_place& place);
// As Elixir's inspect would show it.
std::string inspect(const exit_reason& reason);

// Thrown by exit(), by calls that fail, and by whoever wants to end the current process with a
// reason that is not an exception. It is no std::exception on purpose: `catch (const
// std::exception&)` around user code doesn't keep a process from exiting. Catch it by its own type
// to handle a failed call.
//
// A handler that never looks at reason() has swallowed the exit (`catch (...)`): the process then
// still ends at its next suspension.
class exited {
 public:
  explicit exited(exit_reason reason);
  exited(const exited& other) noexcept;
  exited(exited&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  exited& operator=(const exited&) = delete;
  ~exited();

  const exit_reason& reason() const noexcept;

 private:
  struct state;
  state* state_;
};

}  // namespace beamish::inline v0
