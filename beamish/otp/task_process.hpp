// SPDX-License-Identifier: Apache-2.0
//
// The process of a task: runs a function once, and sends its result to who asked for it.
//
//     task_start s = start_here<F>(bond::task, true, f);    // s.process, s.id
//
// The result travels as a signal of its own kind. Where it arrives it becomes a message if somebody
// still waits for it, that is, if the owner's monitor of the task is active; otherwise it is gone.
// A task that was given up can so never send anything late.
//
// Invariant: the number of a task's reference is in its owner's `requests` exactly as long as the
// owner's monitor of it is active, so long its monitor_record lives.
// tested in: async_test.cpp
#pragma once

#include <memory>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>

#include "beamish/runtime/spawn.hpp"
#include "beamish/runtime/thread_body.hpp"

namespace beamish::inline v0 {

// {ref, result}: what a task sends to its owner.
template <class R>
struct task_result {
  reference id;
  R value;
};
template <>
struct task_result<void> {
  reference id;
};

// A function that may block: as a task it runs on a thread of its own.
template <class F>
struct on_thread {
  explicit on_thread(F f) : function(std::move(f)) {}
  F function;
};

namespace detail {

struct monitor_record;

template <class F>
inline constexpr bool is_on_thread = false;
template <class F>
inline constexpr bool is_on_thread<on_thread<F>> = true;

// ---- the result under way

struct task_signal : signal {
  using signal::signal;
  std::uint64_t count = 0;           // of the task's reference
  monitor_record* record = nullptr;  // the owner's; null if its maker did not know it
};

// The static side of a result that is still a control signal.
struct task_signal_type : signal_type {
  constexpr task_signal_type(signal_type s, const signal_type* m) : signal_type(s), message(m) {}
  const signal_type* message;
};
void task_result_arrives(process_slot& owner, signal* s, run_state& run);

template <class R>
struct result_node : task_signal {
  template <class... V>
  explicit result_node(const signal_type& t, const reference& id, V&&... v)
      : task_signal(t), message{id, std::forward<V>(v)...} {
    flags = signal_of_task;
  }
  task_result<R> message;

  static void dispose(signal* s) noexcept { pool_delete(static_cast<result_node*>(s)); }
  static constexpr std::uint32_t offset = (sizeof(task_signal) + alignof(task_result<R>) - 1) /
                                          alignof(task_result<R>) * alignof(task_result<R>);
};
template <class R>
inline constexpr signal_type task_message_type{signal_kind::message,
                                               &result_node<R>::dispose,
                                               nullptr,
                                               nullptr,
                                               &message_type_of<task_result<R>>,
                                               result_node<R>::offset};
template <class R>
inline constexpr task_signal_type task_result_type{
    signal_type{signal_kind::control, &result_node<R>::dispose, nullptr, &task_result_arrives,
                &message_type_of<task_result<R>>, result_node<R>::offset},
    &task_message_type<R>};

// Where a result goes.
struct task_owner {
  pid process;  // empty: nobody wants it
  reference id;
  monitor_record* record = nullptr;
};
void send_result(const task_owner& to, task_signal* result) noexcept;

// ---- the function

[[noreturn]] void refuse_empty_function(const char* user);

// Only what can be empty is compared: a lambda without captures would be as a function pointer.
template <class F>
void check_not_empty(const F& f, const char* user) {
  if constexpr (std::is_pointer_v<F> || !std::is_empty_v<F>) {
    if constexpr (requires { static_cast<bool>(f == nullptr); }) {
      if (f == nullptr) refuse_empty_function(user);
    }
  }
}

template <class T>
struct value_of_task {
  using type = std::remove_cvref_t<T>;
};
template <class T>
struct value_of_task<task<T>> {
  using type = T;
};
template <class F>
struct task_function {
  using type = F;
};
template <class F>
struct task_function<on_thread<F>> {
  using type = F;
};
// What is called: F, or what on_thread holds.
template <class F>
using task_function_t = typename task_function<std::decay_t<F>>::type;
template <class F, class... Args>
inline constexpr bool can_be_task =
    std::is_invocable_v<task_function_t<F>&, std::decay_t<Args>&...>;

// Complains of what can't be a task; false if it has.
template <class F, class... Args>
constexpr bool check_task() {
  constexpr bool callable = can_be_task<F, Args...>;
  static_assert(callable, "task: the function can't be called with these arguments");
  if constexpr (callable) {
    constexpr bool may_block =
        !is_on_thread<std::decay_t<F>> ||
        !is_task<std::invoke_result_t<task_function_t<F>&, std::decay_t<Args>&...>>;
    static_assert(may_block, "on_thread is for plain functions: a coroutine needs no thread");
    return may_block;
  }
  return false;
}

template <bool Fits, class F, class... Args>
struct value_if {
  using type = void;
};
template <class F, class... Args>
struct value_if<true, F, Args...>
    : value_of_task<std::invoke_result_t<task_function_t<F>&, std::decay_t<Args>&...>> {};
// What a task gives that runs an F with these arguments; void if it can't.
template <class F, class... Args>
using value_of_task_t = typename value_if<can_be_task<F, Args...>, F, Args...>::type;

// Runs the function, which is no coroutine, and sends what it returns.
template <class R, class F>
void run_and_send(F& function, const task_owner& to) {
  if (!to.process) {
    static_cast<void>(function());
  } else if constexpr (std::is_void_v<R>) {
    function();
    send_result(to, pool_new<result_node<R>>(task_result_type<R>, to.id));
  } else {
    send_result(to, pool_new<result_node<R>>(task_result_type<R>, to.id, function()));
  }
}

// A function and the arguments it is called with.
template <class F, class... Args>
struct task_call {
  template <class G, class... As>
  explicit task_call(std::in_place_t, G&& f, As&&... as)
      : function(std::forward<G>(f)), args(std::forward<As>(as)...) {}
  F function;
  [[no_unique_address]] std::tuple<Args...> args;

  using result = std::invoke_result_t<F&, Args&...>;
  using value = value_of_task_t<F, Args...>;
  using named_after = F;
  result operator()() { return std::apply(function, args); }
};

// ---- on the workers

struct task_body : coroutine_body {
  ~task_body();
  task_owner owner;
  lineage* callers = nullptr;  // one reference is its own
  // The coroutine is through: sends its result.
  void (*finish)(task_body&) = nullptr;
};

run_result run_task(process_slot& slot, run_state& run);
lineage* callers_of_task(const process_slot& slot) noexcept;

template <class Call>
struct task_body_of final : task_body {
  explicit task_body_of(Call c) : call(std::move(c)) { start = &begin; }
  using R = typename Call::value;
  static constexpr bool is_coroutine = is_task<typename Call::result>;

  static void begin(coroutine_body& base) {
    auto& me = static_cast<task_body_of&>(base);
    if constexpr (is_coroutine) {
      me.owned = me.call();
      me.root = me.owned.handle();
      me.root_promise = &me.owned.handle().promise();
      me.finish = &end;
    } else {
      run_and_send<R>(me.call, me.owner);
    }
  }
  static void end(task_body& base) {
    if constexpr (is_coroutine) {
      auto& me = static_cast<task_body_of&>(base);
      if constexpr (std::is_void_v<R>)
        send_result(me.owner, pool_new<result_node<R>>(task_result_type<R>, me.owner.id));
      else
        send_result(me.owner, pool_new<result_node<R>>(task_result_type<R>, me.owner.id,
                                                       me.owned.await_resume()));
    }
  }
  static void destroy(process_slot& slot) noexcept {
    pool_delete(static_cast<task_body_of*>(static_cast<coroutine_body*>(slot.body)));
  }
  static const void* code_of(const process_slot& slot) {
    return code_at(
        static_cast<task_body_of*>(static_cast<coroutine_body*>(slot.body))->call.function);
  }

  Call call;
  [[no_unique_address]] std::conditional_t<is_coroutine, typename Call::result, std::tuple<>> owned;

  using F = typename Call::named_after;
  static constexpr body_type type{
      &run_task,       &destroy, raw_name<F>(), false, is_function_pointer<F> ? &code_of : nullptr,
      &callers_of_task};
};

// ---- on a thread

// To a task on a thread that waits for its owner.
struct task_go {
  pid owner;
  reference id;
};

struct task_thread : thread_function {
  ~task_thread() override;
  task_owner owner;
  lineage* callers = nullptr;
  bool waits = false;  // until it is sent a task_go
  void begin();        // on the thread, before the function
};

template <class Call>
struct task_thread_of final : task_thread {
  explicit task_thread_of(Call c) : call(std::move(c)) { code = code_at(call.function); }
  void run() override {
    begin();
    run_and_send<typename Call::value>(call, owner);
  }
  Call call;
};

// ---- starting

// A task that has been started, as its owner knows it.
struct task_key {
  pid process;  // empty: it was complete from the start
  reference id;
  monitor_record* record = nullptr;
};

// The current process becomes the owner if `how` is bond::task or bond::element: it gets the
// result.
task_key start_on_worker(task_body* body, const body_type& type, bond how,
                         void (*drop)(task_body*) noexcept);
task_key start_on_thread(std::unique_ptr<task_thread> function, const body_type& type, bond how);

template <class Call>
task_key start_call(bond how, Call&& call) {
  using body = task_body_of<std::decay_t<Call>>;
  return start_on_worker(pool_new<body>(std::forward<Call>(call)), body::type, how,
                         [](task_body* b) noexcept { pool_delete(static_cast<body*>(b)); });
}

template <class F, class... Args>
auto make_call_of(F&& f, Args&&... args) {
  check_not_empty<std::decay_t<F>>(f, "task");
  return task_call<std::decay_t<F>, std::decay_t<Args>...>(std::in_place, std::forward<F>(f),
                                                           std::forward<Args>(args)...);
}

template <class F, class... Args>
task_key start_task_here(bond how, F&& f, Args&&... args) {
  if constexpr (is_on_thread<std::decay_t<F>>) {
    auto call = make_call_of(std::forward<F>(f).function, std::forward<Args>(args)...);
    using C = decltype(call);
    return start_on_thread(std::make_unique<task_thread_of<C>>(std::move(call)),
                           thread_type_of<typename C::named_after>, how);
  } else {
    return start_call(how, make_call_of(std::forward<F>(f), std::forward<Args>(args)...));
  }
}

}  // namespace detail
}  // namespace beamish::inline v0
