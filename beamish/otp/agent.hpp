// SPDX-License-Identifier: Apache-2.0
//
// agent<S>: a process that keeps a value, for others to look at and to change.
//
// ```cpp
// auto counter = co_await agent<int>::start_link({.name = "counter"}, 40);
// co_await counter.update([](int& n) { n += 2; });
// auto n = co_await counter.get([](const int& n) { return n; });            //=> 42
// auto before = co_await counter.get_and_update([](int& n) { return n++; });    //=> 42
// counter.cast([](int& n) { n *= 2; });
// auto by_name = agent<int>::named("counter");
// auto now = co_await by_name.get([](int n) { return n; });                 //=> 86
// ```
//
// The functions run in the agent, on the state itself: get on a const S&, update, get_and_update
// and cast on an S&. An update may also take the state as const and return the new one. What a
// function returns is moved or copied to the caller: the state never leaves otherwise.
//
// Guarantees: one function at a time, in the order of each sender. The first state is a value or
// what a function returns that runs in the agent. Options are those of a server: name or
// registry_name, timeout of the start, hibernate_after.
//
// Units: a call waits 5 s at most, unless within(d) stands first. Errors: a function that throws
// ends the agent, and the caller exits with its reason; otherwise calls exit as those of a server
// do ({noproc, {gen_server, call, ...}}, for one). attempt(a.get(f)) gives failures as values. On
// g++ 12 a lambda with captures that need a destructor must be named first. A function of another
// shape is a compile error.
//
// Threads: await its functions in a coroutine of a process. Mirrors Agent. When not to use it: for
// a process that does more than keep a value (gen_server), or for long work on the state, which
// would better be done by the caller.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

// First, from below: what the compiler says of a wrong use then begins with few includes.
#include "beamish/runtime/task.hpp"
// All others.
#include "beamish/otp/child_spec.hpp"
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/task_beside.hpp"

namespace beamish::inline v0 {

namespace detail {

// A function on its way to the state, and back with its result.
template <class S>
struct agent_job {
  virtual ~agent_job() = default;
  virtual void run(S& state) = 0;
};

template <class S, class F>
inline constexpr bool can_look = std::is_invocable_v<F&, const S&>;
template <class S, class F>
inline constexpr bool can_change = std::is_invocable_v<F&, S&>;

template <bool Fits, class F, class S>
struct result_if {
  using type = void;
};
template <class F, class S>
struct result_if<true, F, S> {
  using type = std::remove_cvref_t<std::invoke_result_t<F&, S>>;
};
template <class S, class F>
using look_t = typename result_if<can_look<S, F>, F, const S&>::type;
template <class S, class F>
using change_t = typename result_if<can_change<S, F>, F, S&>::type;

// In place, or as a function from the state to the new one.
template <class S, class F>
constexpr bool is_update() {
  if constexpr (!can_change<S, F>)
    return false;
  else if constexpr (std::is_void_v<change_t<S, F>>)
    return true;
  else if constexpr (std::is_same_v<change_t<S, F>, S>)
    return can_look<S, F>;
  else
    return false;
}

// `State`: const S& or S&.
template <class S, class State, class F>
struct asking_job final : agent_job<S> {
  using R = std::remove_cvref_t<std::invoke_result_t<F&, State>>;
  template <class G>
  explicit asking_job(G&& f) : function(std::forward<G>(f)) {}
  void run(S& state) override { result.emplace(function(static_cast<State>(state))); }
  F function;
  std::optional<R> result;
};

template <class S, class F>
struct changing_job final : agent_job<S> {
  template <class G>
  explicit changing_job(G&& f) : function(std::forward<G>(f)) {}
  void run(S& state) override {
    if constexpr (std::is_void_v<change_t<S, F>>)
      function(state);
    else
      state = function(std::as_const(state));
  }
  F function;
};

// The first state.
template <class S>
struct agent_origin {
  virtual ~agent_origin() = default;
  virtual S make() = 0;
};
template <class S, class Init>
inline constexpr bool is_origin =
    std::is_constructible_v<S, Init> || std::is_invocable_r_v<S, std::decay_t<Init>&>;

// `Again`: it may be asked more than once.
template <class S, class Init, bool Again>
struct origin_of final : agent_origin<S> {
  template <class I>
  explicit origin_of(I&& i) : init(std::forward<I>(i)) {}
  S make() override {
    if constexpr (std::is_constructible_v<S, Init>) {
      if constexpr (Again)
        return S(init);
      else
        return S(std::move(init));
    } else {
      return init();
    }
  }
  Init init;
};

// The server. Users talk to it through agent.
template <class S>
struct agent_server : gen_server<agent_server<S>> {
  static constexpr std::string_view term_name = "Agent";

  struct get {
    using reply = std::unique_ptr<agent_job<S>>;
    reply job;
  };
  struct update {
    using reply = void;
    std::unique_ptr<agent_job<S>> job;
  };
  struct get_and_update {
    using reply = std::unique_ptr<agent_job<S>>;
    reply job;
  };
  struct cast {
    std::unique_ptr<agent_job<S>> job;
  };
  using messages = accepts<get, update, get_and_update, cast>;

  void init(std::shared_ptr<agent_origin<S>> origin) { state.emplace(origin->make()); }
  auto handle_call(get& m) {
    m.job->run(*state);
    return std::move(m.job);
  }
  void handle_call(update& m) { m.job->run(*state); }
  auto handle_call(get_and_update& m) {
    m.job->run(*state);
    return std::move(m.job);
  }
  void handle_cast(cast& m) { m.job->run(*state); }
  term format_status() {
    if constexpr (has_term<S>)
      return to_term(*state);
    else
      return opaque(short_type_name<S>());
  }

  // What sys::get_state<S> and the like see.
  using inner_state = S;
  S& state_for_functions() { return *state; }

  std::optional<S> state;
};

// The agent goes by value: what it was asked may be awaited when its handle has gone.
template <class M, class Job, class R>
task<R> ask_agent(kept_address to, duration limit, std::unique_ptr<Job> job) {
  using S_job = typename M::reply;
  auto asking = call<M>(within(limit), to.address(), S_job(std::move(job)));
  S_job done = co_await asking;
  co_return std::move(*static_cast<Job&>(*done).result);
}
template <class M, class Job>
task<> tell_agent(kept_address to, duration limit, Job job) {
  co_await call<M>(within(limit), to.address(), std::move(job));
}
task<> stop_agent(kept_address to, exit_reason reason, duration limit);

}  // namespace detail

template <class S>
class agent {
  using server_type = detail::agent_server<S>;

 public:
  using value_type = S;

  agent() = default;
  explicit agent(pid p) noexcept : to_(p) {}
  // Whoever has that name at each use, on this node or in a registry.
  static agent named(std::string_view name) { return agent(detail::kept_address(name)); }
  static agent named(via name) { return agent(detail::kept_address(std::move(name))); }

  // `init`: the first state, or a function that returns it. Exits on failure.
  template <class Init>
  static auto start_link(const start_options& o, Init&& init) {
    return begin(detail::bond::link, o, std::forward<Init>(init));
  }
  template <class Init>
  static auto start_link(Init&& init) {
    return begin(detail::bond::link, {}, std::forward<Init>(init));
  }
  template <class Init>
  static auto start(const start_options& o, Init&& init) {
    return begin(detail::bond::none, o, std::forward<Init>(init));
  }
  template <class Init>
  static auto start(Init&& init) {
    return begin(detail::bond::none, {}, std::forward<Init>(init));
  }
  // `init` is copied, or called, for each start.
  template <class Init>
  static child_specification child_spec(const child_options& o, Init&& init) {
    return beamish::child_spec<server_type>(o, origin_from<true>(std::forward<Init>(init)));
  }
  template <class Init>
  static child_specification child_spec(Init&& init) {
    return child_spec(child_options{}, std::forward<Init>(init));
  }

  // What the function returns, which looks at the state.
  template <class F>
  auto get(within limit, F&& f) const {
    using function = std::decay_t<F>;
    using R = detail::look_t<S, function>;
    constexpr bool fits = !std::is_void_v<R>;
    static_assert(fits, "agent: get needs a function of const S& that returns what it looked for");
    if constexpr (fits)
      return ask<typename server_type::get, detail::asking_job<S, const S&, function>>(
          limit, std::forward<F>(f));
    else
      return detail::wrong_use<S>();
  }
  template <class F>
  auto get(F&& f) const {
    return get(within(default_call_timeout), std::forward<F>(f));
  }

  // Changes the state, and waits until it is done.
  template <class F>
  auto update(within limit, F&& f) const {
    constexpr bool fits = detail::is_update<S, std::decay_t<F>>();
    static_assert(fits,
                  "agent: update needs a function of S& that returns nothing, or of const S& that "
                  "returns the new S");
    if constexpr (fits)
      return detail::task_beside<void, F&&>(detail::tell_agent<typename server_type::update>(
          to_, limit.limit, change(std::forward<F>(f))));
    else
      return detail::wrong_use<void>();
  }
  template <class F>
  auto update(F&& f) const {
    return update(within(default_call_timeout), std::forward<F>(f));
  }

  // Changes the state, and gives what the function returns.
  template <class F>
  auto get_and_update(within limit, F&& f) const {
    using function = std::decay_t<F>;
    using R = detail::change_t<S, function>;
    constexpr bool fits = !std::is_void_v<R>;
    static_assert(fits,
                  "agent: get_and_update needs a function of S& that returns what is to be given");
    if constexpr (fits)
      return ask<typename server_type::get_and_update, detail::asking_job<S, S&, function>>(
          limit, std::forward<F>(f));
    else
      return detail::wrong_use<S>();
  }
  template <class F>
  auto get_and_update(F&& f) const {
    return get_and_update(within(default_call_timeout), std::forward<F>(f));
  }

  // As update, without waiting.
  template <class F>
  void cast(F&& f) const {
    constexpr bool fits = detail::is_update<S, std::decay_t<F>>();
    static_assert(fits,
                  "agent: cast needs a function of S& that returns nothing, or of const S& that "
                  "returns the new S");
    if constexpr (fits)
      beamish::cast<typename server_type::cast>(address(), change(std::forward<F>(f)));
  }

  task<> stop(exit_reason reason = exit_reason::normal(), duration limit = infinity) const {
    return detail::stop_agent(to_, std::move(reason), limit);
  }

  // The process that it means now; empty if nobody has the name.
  pid process() const { return to_.process(); }
  // Valid as long as this object.
  destination address() const { return to_.address(); }

 private:
  explicit agent(detail::kept_address to) : to_(std::move(to)) {}

  template <bool Again, class Init>
  static std::shared_ptr<detail::agent_origin<S>> origin_from(Init&& init) {
    using origin = detail::origin_of<S, std::decay_t<Init>, Again>;
    return std::make_shared<origin>(std::forward<Init>(init));
  }
  template <class Init>
  static auto begin(detail::bond how, const start_options& o, Init&& init) {
    constexpr bool fits = detail::is_origin<S, std::decay_t<Init>>;
    static_assert(fits, "agent: its first state must be an S or a function that returns one");
    if constexpr (fits)
      return detail::task_beside<agent, Init&&>(
          started(how, o, origin_from<false>(std::forward<Init>(init))));
    else
      return detail::wrong_use<agent>();
  }
  static task<agent> started(detail::bond how, start_options o,
                             std::shared_ptr<detail::agent_origin<S>> origin) {
    auto starting = detail::make_start<server_type, false>(how, o, std::move(origin));
    auto server = co_await starting;
    co_return agent(server.process());
  }

  template <class M, class Job, class F>
  auto ask(within limit, F&& f) const {
    using R = typename Job::R;
    return detail::task_beside<R, F&&>(
        detail::ask_agent<M, Job, R>(to_, limit.limit, std::make_unique<Job>(std::forward<F>(f))));
  }
  template <class F>
  static std::unique_ptr<detail::agent_job<S>> change(F&& f) {
    return std::make_unique<detail::changing_job<S, std::decay_t<F>>>(std::forward<F>(f));
  }

  detail::kept_address to_;
};

}  // namespace beamish::inline v0
