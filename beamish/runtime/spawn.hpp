// SPDX-License-Identifier: Apache-2.0
//
// spawn: start a process from a function, a lambda, or a coroutine.
//
// ```cpp
// task<> echo(pid asker, std::string text) {
//   send(asker, text);
//   co_return;
// }
// spawn([asker = self()] { send(asker, 42); });      // a plain function: runs to its end
// spawn_link(echo, self(), std::string("hello"));    // a coroutine: may wait for messages
// auto [worker, ref] = spawn_monitor([] { throw std::runtime_error("sorry"); });
// auto down = co_await receive<down_message>();      // how the monitored one ended
// down.reason.exception()->what;                     //=> "sorry"
// auto number = co_await receive<int>();             //=> 42
// auto text = co_await receive<std::string>();       //=> "hello"
// ```
//
// Guarantees: the callable and its arguments are moved or copied into the process before it starts,
// so captures of a lambda coroutine live as long as the process. A link or a monitor is in place
// before the first line runs. The process ends `normal` when the function returns, and with the
// exception as its reason when one escapes.
//
// Errors: exits {system_limit, processes} when the node has no room for more; std::bad_alloc;
// nothing has happened then. Threads: from a process; other threads use node::spawn.
//
// Mirrors spawn/1, spawn_link/1 and spawn_monitor/1. When not to use it: for a function that
// blocks, since it holds a worker (spawn_thread, blocking), or for a process that keeps state and
// answers calls (gen_server).
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include "beamish/runtime/process.hpp"
#include "beamish/runtime/process_slot.hpp"
#include "beamish/runtime/task.hpp"

namespace beamish::inline v0 {

struct monitored {
  pid process;
  reference id;
};

namespace detail {

// How a new process is bound to its maker. `owner`: monitored by it, and killed when it ends.
// `task` (linked and monitored) and `element` (as owner) are for processes that send a task's
// result.
enum class bond : std::uint8_t { none, link, monitor, owner, task, element };

template <class F>
inline constexpr bool is_function_pointer = std::is_function_v<std::remove_pointer_t<F>>;

// The address of a function; null for what has a type of its own.
template <class F>
const void* code_at(const F& function) noexcept {
  if constexpr (is_function_pointer<F>)
    return reinterpret_cast<const void*>(function);
  else
    return nullptr;
}

struct coroutine_body {
  std::coroutine_handle<> root;
  promise_base* root_promise = nullptr;
  bool started = false;
  // Calls the function; for a coroutine sets root and root_promise.
  void (*start)(coroutine_body&) = nullptr;
};

run_result run_coroutine(process_slot& slot, run_state& run);

template <class F, class... Args>
struct function_body : coroutine_body {
  using result = std::invoke_result_t<F&, Args&...>;

  template <class G, class... As>
  explicit function_body(G&& f, As&&... as)
      : call(std::forward<G>(f)), args(std::forward<As>(as)...) {
    start = &begin;
  }

  static void begin(coroutine_body& base) {
    auto& me = static_cast<function_body&>(base);
    if constexpr (is_task<result>) {
      me.owned = std::apply(me.call, me.args);
      me.root = me.owned.handle();
      me.root_promise = &me.owned.handle().promise();
    } else {
      std::apply(me.call, me.args);
    }
  }
  static void destroy(process_slot& slot) noexcept {
    pool_delete(static_cast<function_body*>(slot.body));
  }

  static const void* code_of(const process_slot& slot) {
    return code_at(static_cast<function_body*>(static_cast<coroutine_body*>(slot.body))->call);
  }

  F call;
  std::tuple<Args...> args;
  [[no_unique_address]] std::conditional_t<is_task<result>, result, std::tuple<>> owned;

  static constexpr body_type type{&run_coroutine, &destroy, raw_name<F>(), false,
                                  is_function_pointer<F> ? &code_of : nullptr};
};

template <class F, class... Args>
inline constexpr bool can_spawn = std::is_invocable_v<std::decay_t<F>&, std::decay_t<Args>&...>;

// A process in place, bound to its maker, not started.
process_slot& prepare_spawn(node_core& node, const body_type& type, bond how, reference& id);
// Takes back what prepare_spawn did.
void abandon_spawn(process_slot& slot) noexcept;
node_core& current_node();

// REQUIRES: can_spawn; whoever is called by a program asserts it, so that the complaint is short.
template <class F, class... Args>
process_slot& spawn_on(node_core& node, bond how, reference& id, F&& f, Args&&... args) {
  using body = function_body<std::decay_t<F>, std::decay_t<Args>...>;
  // Room first: if there is none, the function is still its owner's.
  process_slot& slot = prepare_spawn(node, body::type, how, id);
  try {
    body* b = pool_new<body>(std::forward<F>(f), std::forward<Args>(args)...);
    slot.body = static_cast<coroutine_body*>(b);
  } catch (...) {
    abandon_spawn(slot);
    throw;
  }
  return slot;
}

pid finish_spawn(process_slot& slot) noexcept;
// The simulated world, if there is one, hears of it; finish_spawn does this, too.
void tell_spawn(const process_slot& slot) noexcept;

}  // namespace detail

template <class F, class... Args>
pid spawn(F&& f, Args&&... args) {
  constexpr bool callable = detail::can_spawn<F, Args...>;
  static_assert(callable, "spawn: the function can't be called with these arguments");
  if constexpr (callable) {
    reference none;
    return detail::finish_spawn(detail::spawn_on(detail::current_node(), detail::bond::none, none,
                                                 std::forward<F>(f), std::forward<Args>(args)...));
  } else {
    return {};
  }
}

template <class F, class... Args>
pid spawn_link(F&& f, Args&&... args) {
  constexpr bool callable = detail::can_spawn<F, Args...>;
  static_assert(callable, "spawn: the function can't be called with these arguments");
  if constexpr (callable) {
    reference none;
    return detail::finish_spawn(detail::spawn_on(detail::current_node(), detail::bond::link, none,
                                                 std::forward<F>(f), std::forward<Args>(args)...));
  } else {
    return {};
  }
}

template <class F, class... Args>
monitored spawn_monitor(F&& f, Args&&... args) {
  constexpr bool callable = detail::can_spawn<F, Args...>;
  static_assert(callable, "spawn: the function can't be called with these arguments");
  if constexpr (callable) {
    reference id;
    const pid p =
        detail::finish_spawn(detail::spawn_on(detail::current_node(), detail::bond::monitor, id,
                                              std::forward<F>(f), std::forward<Args>(args)...));
    return {p, id};
  } else {
    return {};
  }
}

}  // namespace beamish::inline v0
