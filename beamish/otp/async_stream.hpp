// SPDX-License-Identifier: Apache-2.0
//
// async_stream: a function for each element of a range, each call a task, so many at a time.
//
// ```cpp
// std::vector<int> numbers{1, 2, 3};
// auto squares = async_stream(numbers, [](int x) { return x * x; }, {.max_concurrency = 2});
// int sum = 0;
// auto r = co_await squares.next();    // std::optional<answer<int>>
// while (r) {
//   sum += **r;
//   r = co_await squares.next();
// }
// sum;            //=> 14
// auto halves = async_stream(numbers, [](int x) { return x / 2; });
// auto all = co_await halves.collect();
// *all.back();    //=> 1
// ```
//
// The function is plain, a coroutine task<R>, or on_thread(function) if it blocks; it gets a copy
// of the element. The stream keeps the range: give it a copy, std::move it, or a view.
//
// Guarantees: nothing runs before the first next(), and an element is taken from the range only
// when its task starts, so the range may be endless. Never more than `max_concurrency` tasks run
// (default: one for each worker). Results come in the order of the range, or with `ordered = false`
// as they are done. A task that ends without a result gives its reason, if the owner traps exits;
// otherwise its failure ends the owner, too. A stream that goes before its end kills its tasks, and
// nothing of them is or comes into the mailbox; halt() waits until they are gone.
//
// Units: `timeout` is a std::chrono duration for each element, 5 s by default. Errors: an element
// that takes longer exits the owner with {timeout, {task, async_stream, [ms]}}; with on_timeout::
// kill_task it is killed, and its reason is `timeout`. With zip_input_on_exit a reason is {input,
// reason}. max_concurrency 0 and negative timeouts are an argument_error.
//
// Threads: it belongs to the process that made it, whose coroutine awaits it. Failures and timeouts
// are noticed in next(). Mirrors Task.async_stream/3. When not to use it: for a queue that is added
// to from outside (task_handler).
#pragma once

#include <cstddef>
#include <deque>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

#include "beamish/otp/await_many.hpp"

namespace beamish::inline v0 {

// What a stream does with an element that takes too long.
enum class on_timeout : std::uint8_t { exit, kill_task };

// Trivially destructible, so that it can be written in place: {.max_concurrency = 4}.
struct stream_options {
  static constexpr std::size_t one_per_worker = std::numeric_limits<std::size_t>::max();
  std::size_t max_concurrency = one_per_worker;
  bool ordered = true;
  duration timeout = detail::task_timeout;
  beamish::on_timeout on_timeout = beamish::on_timeout::exit;
  bool zip_input_on_exit = false;
};

namespace detail {

// Everything of a stream that doesn't depend on its types.
class stream_base {
 public:
  stream_base(const stream_base&) = delete;
  stream_base& operator=(const stream_base&) = delete;

  // Kills what still runs, and waits until it has ended.
  task<> halt();

 protected:
  struct element {
    task_key key;
    duration deadline;
    term input;                // if reasons are to show it
    signal* result = nullptr;  // neither: it runs
    std::optional<exit_reason> reason;
    bool too_slow = false;  // it was killed for that
    bool done() const noexcept { return result != nullptr || reason.has_value(); }
  };

  // `failures_end_owner`: unless the owner traps exits.
  stream_base(const stream_options& o, bool failures_end_owner);
  virtual ~stream_base();

  virtual bool more() = 0;
  // Starts the next task and says what its input was.
  virtual task<task_key> start_next(term& input) = 0;

  // Starts what may run, and waits until an element is to be given; false at the end.
  task<bool> advance();
  // REQUIRES: advance() gave true.
  element take();

  stream_options options_;

 private:
  task<> fill();
  std::size_t new_element();
  void note(task_arrival& a);
  void note_late();
  void fail(element& e, exit_reason why);
  void finished(std::size_t at);
  duration until_next_deadline() const;
  void kill_all();

  std::vector<element> elements_;  // by number; those not in use are in free_
  std::vector<std::size_t> free_;
  std::vector<watched_task> running_;  // in the order in which they started
  // What is to be given: all in the order of their start, or those that are done.
  std::deque<std::size_t> to_give_;
  bool failures_end_owner_;
  bool exhausted_ = false;
};

template <class T>
term input_term(const T& value) {
  if constexpr (has_term<T>)
    return to_term(value);
  else
    return opaque(short_type_name<T>());
}

// `Start`: how the task of an element begins.
template <class Range, class F, class Start>
class basic_stream final : public stream_base {
 public:
  using input = std::decay_t<decltype(*std::begin(std::declval<Range&>()))>;
  using value_type = value_of_task_t<F, input>;

  basic_stream(Range range, F f, const stream_options& o, bool failures_end_owner, Start start)
      : stream_base(o, failures_end_owner),
        range_(std::move(range)),
        function_(std::move(f)),
        start_(std::move(start)),
        at_(std::begin(range_)) {}

  // The next element's result or the reason why there is none; empty at the end.
  task<std::optional<answer<value_type>>> next() {
    std::optional<answer<value_type>> given;
    const bool any = co_await advance();
    if (!any) co_return given;
    element e = take();
    if (e.result != nullptr)
      given.emplace(take_result<value_type>(e.result));
    else
      given.emplace(std::move(*e.reason));
    co_return given;
  }

  // All that is left, one after the other.
  template <class Each>
  task<> for_each(Each each) {
    auto r = co_await next();
    while (r) {
      each(*r);
      r = co_await next();
    }
  }
  task<std::vector<answer<value_type>>> collect() {
    std::vector<answer<value_type>> all;
    auto r = co_await next();
    while (r) {
      all.push_back(std::move(*r));
      r = co_await next();
    }
    co_return all;
  }

 private:
  bool more() override { return at_ != std::end(range_); }
  task<task_key> start_next(term& shown) override {
    input value(*at_);
    ++at_;
    if (options_.zip_input_on_exit) shown = input_term(value);
    return start_(function_, std::move(value));
  }

  Range range_;
  F function_;
  Start start_;
  decltype(std::begin(std::declval<Range&>())) at_;
};

struct start_own_element {
  template <class F, class T>
  task<task_key> operator()(F& f, T&& input) const {
    return ready_key(start_task_here(bond::element, f, std::forward<T>(input)));
  }
  static task<task_key> ready_key(task_key key);
};

template <class Range, class F>
constexpr bool check_stream() {
  constexpr bool is_range = requires(std::decay_t<Range>& r) { std::begin(r) != std::end(r); };
  static_assert(is_range, "async_stream: the first argument must be a range");
  if constexpr (is_range) {
    using input = std::decay_t<decltype(*std::begin(std::declval<std::decay_t<Range>&>()))>;
    return check_task<F, input>();
  }
  return false;
}

}  // namespace detail

template <class Range, class F>
auto async_stream(Range&& range, F&& f, const stream_options& o = {}) {
  if constexpr (detail::check_stream<Range, F>())
    return detail::basic_stream<std::decay_t<Range>, std::decay_t<F>, detail::start_own_element>(
        std::forward<Range>(range), std::forward<F>(f), o, true, {});
}

}  // namespace beamish::inline v0
