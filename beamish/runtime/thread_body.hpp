// SPDX-License-Identifier: Apache-2.0
//
// Thread bodies: processes whose function runs on a thread of its own and may block.
//
// ```cpp
// pid worker = spawn_thread([] {
//   auto asker = receive_blocking<pid>();    // blocks this thread, not a worker
//   send(asker, 42);
// });
// send(worker, self());
// auto got = co_await receive<int>();        //=> 42
// ```
//
// A thread body is a process like any other: links, monitors, names, trap_exits.
//
// Guarantees: its signals are handled at once, even while the function is busy. A killed thread
// body is dead for everybody immediately, and its thread is abandoned to finish; its next
// receive_blocking ends it, and `stop_requested()` lets it cooperate. Threads: a node runs at most
// `max_threads` of them, and who hears that one has returned finds its place free. Units: timeouts
// are std::chrono durations.
//
// Errors: beyond max_threads the spawn exits with {system_limit, threads}; receive_blocking
// elsewhere than in a thread body is std::logic_error; an exception of the function is the exit
// reason.
//
// Mirrors spawn/1 of a process that calls a blocking NIF or port. When not to use it: for waiting,
// which costs nothing in a coroutine; for one blocking call (blocking).
#pragma once

#include <memory>
#include <optional>

#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/spawn.hpp"

namespace beamish::inline v0 {

namespace detail {

struct thread_state;
struct thread_body;

void lock_thread(thread_state& t);  // throws exited(killed) when the process is gone
void unlock_thread(thread_state& t) noexcept;
pid pid_of_thread(const thread_state& t) noexcept;

// The function and its arguments, moved to the thread.
struct thread_function {
  virtual ~thread_function() = default;
  virtual void run() = 0;
  const void* code = nullptr;  // where it is, if it is a pointer
  reference id;                // by which its maker monitors the process
};
template <class F, class... Args>
struct thread_function_of final : thread_function {
  template <class G, class... As>
  explicit thread_function_of(G&& f, As&&... as)
      : call(std::forward<G>(f)), args(std::forward<As>(as)...) {
    code = code_at(call);
  }
  void run() override { std::apply(call, args); }
  F call;
  std::tuple<Args...> args;
};

template <class F, class... Args>
std::unique_ptr<thread_function> make_thread_function(F&& f, Args&&... args) {
  using function = thread_function_of<std::decay_t<F>, std::decay_t<Args>...>;
  return std::make_unique<function>(std::forward<F>(f), std::forward<Args>(args)...);
}

// Takes the function unless it throws. `returned_to`: gets a thread_returned when the thread has
// really left the function, and its place among max_threads is free.
pid spawn_thread_with(std::unique_ptr<thread_function>& f, const body_type& type, bond how,
                      reference& id, pid returned_to);

// What the workers run for a thread body: they handle its signals.
run_result run_thread_process(process_slot& slot, run_state& run);
void destroy_thread_process(process_slot& slot) noexcept;
const void* code_of_thread(const process_slot& slot);
template <class F>
inline constexpr body_type thread_type_of{&run_thread_process, &destroy_thread_process,
                                          raw_name<F>(), false,
                                          is_function_pointer<F> ? &code_of_thread : nullptr};

struct call_waiter;
// Waits for the reply that `w`, which is the process's waiter, is for, until w.deadline; false if
// it did not come. Throws `exited` if the process is gone.
bool wait_for_reply_in_thread(thread_state& t, call_waiter& w);
// Waits on the current thread body for what `w` matches; false if the time ran out.
bool wait_in_thread(signal_waiter& w);

}  // namespace detail

// The thread of a thread body has left its function; the process may have ended long before.
struct thread_returned {
  pid process;
};

// True once the current thread body has been told to end: it should return soon.
bool stop_requested() noexcept;

template <class F, class... Args>
pid spawn_thread(F&& f, Args&&... args) {
  reference none;
  auto function = detail::make_thread_function(std::forward<F>(f), std::forward<Args>(args)...);
  return detail::spawn_thread_with(function, detail::thread_type_of<std::decay_t<F>>,
                                   detail::bond::none, none, pid{});
}
template <class F, class... Args>
pid spawn_thread_link(F&& f, Args&&... args) {
  reference none;
  auto function = detail::make_thread_function(std::forward<F>(f), std::forward<Args>(args)...);
  return detail::spawn_thread_with(function, detail::thread_type_of<std::decay_t<F>>,
                                   detail::bond::link, none, pid{});
}
template <class F, class... Args>
monitored spawn_thread_monitor(F&& f, Args&&... args) {
  reference id;
  auto function = detail::make_thread_function(std::forward<F>(f), std::forward<Args>(args)...);
  const pid p = detail::spawn_thread_with(function, detail::thread_type_of<std::decay_t<F>>,
                                          detail::bond::monitor, id, pid{});
  return {p, id};
}

// receive for thread bodies: blocks the thread. Elsewhere it throws std::logic_error.
template <class... Ms>
detail::received_t<Ms...> receive_blocking() {
  detail::message_waiter<detail::any_message, Ms...> w(infinity, {});
  detail::wait_in_thread(w);
  return w.take();
}
template <class... Ms>
std::optional<detail::received_t<Ms...>> receive_blocking(duration timeout) {
  detail::message_waiter<detail::any_message, Ms...> w(timeout, {});
  if (!detail::wait_in_thread(w)) return std::nullopt;
  return w.take();
}
// Sleeps the thread of a thread body; in a simulated world virtually. Ends early when the process
// is killed, by throwing exited.
void sleep_blocking(duration d);

}  // namespace beamish::inline v0
