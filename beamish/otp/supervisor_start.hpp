// SPDX-License-Identifier: Apache-2.0
//
// What the references to supervisors of both kinds have in common: how they start, and where they
// lead.
// tested in: supervisor_test.cpp
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "beamish/otp/child_spec.hpp"
#include "beamish/runtime/answer.hpp"

namespace beamish::inline v0::detail {

// `Value`: gives answer<R>; otherwise R, and a failure exits. R is made of the pid.
template <class R, bool Value>
class [[nodiscard("a supervisor starts only when this is awaited: co_await it")]]
supervisor_starting : public server_starting {
 public:
  using server_starting::server_starting;
  std::conditional_t<Value, answer<R>, R> await_resume() {
    const start_answer a = end();
    const bool ok = a.what == start_answer::kind::ok;
    const bool ignored = a.what == start_answer::kind::ignored;
    const exit_reason why = ignored ? exit_reason(atom("ignore")) : a.reason;
    if constexpr (Value) {
      return ok ? answer<R>(std::in_place, R(a.process)) : answer<R>(why);
    } else {
      if (!ok) throw exited(why);
      return R(a.process);
    }
  }
};

// One process, or whoever has a name at each use.
class supervisor_address {
 public:
  explicit supervisor_address(pid p) noexcept : to_(p) {}
  explicit supervisor_address(std::string_view name) : to_(std::string(name)) {}
  explicit supervisor_address(via name) : to_(std::move(name)) {}

  // The process that it means now; empty if nobody has the name.
  pid process() const { return address().resolve(); }
  // Valid as long as this object.
  destination address() const& {
    return std::visit([](const auto& to) { return destination(to); }, to_);
  }
  operator destination() const& { return address(); }

 private:
  std::variant<pid, std::string, via> to_;
};

}  // namespace beamish::inline v0::detail
