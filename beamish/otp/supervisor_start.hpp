// SPDX-License-Identifier: Apache-2.0
//
// How supervisors of both kinds start.
// tested in: supervisor_test.cpp
#pragma once

#include <type_traits>
#include <utility>

#include "beamish/otp/child_spec.hpp"
#include "beamish/otp/kept_address.hpp"
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

}  // namespace beamish::inline v0::detail
