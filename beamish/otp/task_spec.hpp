// SPDX-License-Identifier: Apache-2.0
//
// task_spec: a task as a child of a supervisor, as data.
//
// ```cpp
// auto spec = task_spec([] { std::puts("once"); });
// spec.restart == restart_kind::temporary;    //=> true
// to_term(spec);    //=> %{id: Task, restart: :temporary, start: {Task, :start_link, [...]}}
// auto starting = spec.start_link();
// auto started = co_await starting;
// started.ok();              //=> true
// ```
//
// Guarantees: each start runs a copy of the function, linked to its supervisor; nobody is sent what
// it returns. Unless `restart` is set to something else it is started once. Errors: a function that
// can't be copied is a compile error. Threads: a value; copies share what never changes.
//
// Mirrors Task.child_spec/1. When not to use it: for tasks that come and go (task_supervisor).
#pragma once

#include <memory>
#include <utility>

#include "beamish/otp/child_spec.hpp"
#include "beamish/otp/task_process.hpp"

namespace beamish::inline v0 {

namespace detail {

child_specification spec_of_task(std::unique_ptr<child_starter> starter);
extern const starter_kind task_kind;

template <class F, class... Args>
struct task_starter final : child_starter {
  template <class G, class... As>
  explicit task_starter(std::in_place_t, G&& f, As&&... as)
      : function(std::forward<G>(f)), args(std::forward<As>(as)...) {}
  F function;
  std::tuple<Args...> args;

  const starter_kind& kind() const noexcept override { return task_kind; }
  task<child_result> start() const override {
    const pid started = std::apply(
        [this](const Args&... a) { return start_task_here(bond::link, function, a...).process; },
        args);
    co_return child_result::started(started);
  }
  term arguments() const override { return list(opaque(short_type_name<F>())); }
};

}  // namespace detail

template <class F, class... Args>
child_specification task_spec(F&& f, Args&&... args) {
  using starter = detail::task_starter<std::decay_t<F>, std::decay_t<Args>...>;
  constexpr bool copyable = std::is_copy_constructible_v<std::decay_t<F>> &&
                            (std::is_copy_constructible_v<std::decay_t<Args>> && ...);
  static_assert(copyable, "task_spec: a task that may be started again must be copyable");
  if constexpr (detail::check_task<F, Args...>() && copyable)
    return detail::spec_of_task(
        std::make_unique<starter>(std::in_place, std::forward<F>(f), std::forward<Args>(args)...));
  else
    return detail::spec_of_task(nullptr);
}

}  // namespace beamish::inline v0
