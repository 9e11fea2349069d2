// SPDX-License-Identifier: Apache-2.0
//
// child_result: what became of a child that a supervisor was to start.
//
// ```cpp
// pid child{1, 7, 0};
// child_result::started(child).ok();                       //=> true
// child_result::started(child, atom("busy")).extra();      //=> :busy
// child_result::ignored().is_ignored();                    //=> true
// auto failed = child_result::failed(exit_reason(atom("no_shelf")));
// failed.ok();                                             //=> false
// failed.reason().value();                                 //=> :no_shelf
// ```
//
// A start function of one's own (child_started_by) returns it, and so do start_child and
// restart_child.
//
// Guarantees: exactly one of ok(), is_ignored() and a failure whose reason() says why. Errors: `*`
// exits with the reason, or with `ignore`, if there is no process. Threads: a value.
//
// Mirrors {:ok, pid}, {:ok, pid, extra}, :ignore and {:error, reason}. When not to use it: for a
// server that one starts oneself; see start_result.
// tested in: child_spec_test.cpp
#pragma once

#include <utility>

#include "beamish/runtime/exit_reason.hpp"

namespace beamish::inline v0 {

class [[nodiscard]] child_result {
 public:
  // `extra` is handed to whoever asked for the child; nobody else looks at it.
  static child_result started(pid process, term extra = {}) {
    return {kind::started, process, std::move(extra), exit_reason()};
  }
  static child_result ignored() { return {kind::ignored, pid{}, term(), exit_reason()}; }
  static child_result failed(exit_reason reason) {
    return {kind::failed, pid{}, term(), std::move(reason)};
  }

  bool ok() const noexcept { return kind_ == kind::started; }
  bool is_ignored() const noexcept { return kind_ == kind::ignored; }
  // Empty unless ok().
  pid process() const noexcept { return process_; }
  pid operator*() const {
    if (ok()) return process_;
    throw exited(is_ignored() ? exit_reason(atom("ignore")) : reason_);
  }
  const term& extra() const noexcept { return extra_; }
  // `normal` unless it failed.
  const exit_reason& reason() const noexcept { return reason_; }

  // As Elixir shows it.
  friend term to_term(const child_result& r) {
    if (r.is_ignored()) return term(atom("ignore"));
    if (!r.ok()) return tuple(atom("error"), r.reason().value());
    if (r.extra() == term()) return tuple(atom("ok"), r.process());
    return tuple(atom("ok"), r.process(), r.extra());
  }

 private:
  enum class kind : std::uint8_t { started, ignored, failed };
  child_result(kind k, pid p, term e, exit_reason r) noexcept
      : kind_(k), process_(p), extra_(std::move(e)), reason_(std::move(r)) {}

  kind kind_;
  pid process_;
  term extra_;
  exit_reason reason_;
};

}  // namespace beamish::inline v0
