// SPDX-License-Identifier: Apache-2.0
//
// Streams of tasks: their limit, their order, and nothing left when they are halted.
#include "tests/sim/help.hpp"

namespace {

// What an element does, by its number as this run has picked.
struct element {
  duration takes;
  std::uint32_t how;  // 0: a value, 1: it throws, 2: it exits, 3: it is killed
};

struct elements {
  elements(sim::world& w, std::uint32_t most, std::int64_t limit)
      : inside(w, "elements at a time", limit) {
    const std::uint32_t count = w.pick(most + 1);
    for (std::uint32_t i = 0; i < count; ++i) {
      all.push_back({10us * w.pick(4), w.pick(3) == 2 ? w.pick(4) : 0});
      numbers.push_back(static_cast<int>(i));
    }
  }
  auto function() const {
    return [inside = inside, all = all](int number) -> task<int> {
      const element todo = all[static_cast<std::size_t>(number)];
      inside.queue();
      const sim::gauge::visit here(inside);
      if (todo.takes.count() > 0) co_await beamish::sleep(todo.takes);
      if (todo.how == 1) throw std::runtime_error("raises");
      if (todo.how == 2) beamish::exit(exit_reason(atom("own")));
      if (todo.how == 3) beamish::exit(self(), exit_reason::kill());
      if (todo.how == 3) co_await help::wait_for_ever();
      co_return number;
    };
  }
  sim::gauge inside;
  std::vector<element> all;
  std::vector<int> numbers;
};

bool fits(const element& e, answer<int> end, int number) {
  if (end.ok()) return e.how == 0 && *end == number;
  if (e.how == 1) return end.reason().exception() != nullptr;
  return end.reason().is(e.how == 2 ? "own" : "killed") && e.how >= 2;
}

stream_options options_of(sim::world& w, std::size_t limit) {
  stream_options o;
  o.max_concurrency = limit;
  o.ordered = w.pick(2) == 0;
  return o;
}

// T17, T18, T20: each element once, in the order that was asked for, never too many at a time.
task<> stream_order(sim::world& w) {
  trap_exits(true);
  const std::uint32_t limit = 1 + w.pick(3);
  const elements todo(w, 5, limit);
  const stream_options o = options_of(w, limit);
  sim::once given(w, "result of an element");
  for (const int number : todo.numbers) given.owe(number);
  auto stream = async_stream(todo.numbers, todo.function(), o);
  std::size_t count = 0;
  auto r = co_await stream.next();
  while (r) {
    w.require(count < todo.numbers.size(), "no more results than elements");
    if (o.ordered) {
      const int number = static_cast<int>(count);
      w.require(fits(todo.all[count], *r, number), "results stand in the order of the range");
      given.happened(number);
    } else if (r->ok()) {
      given.happened(**r);
    }
    ++count;
    if (w.pick(4) == 3) co_await beamish::sleep(10us);
    r = co_await stream.next();
  }
  w.require(count == todo.numbers.size(), "a result for each element");
  w.require(todo.inside.inside() == 0, "no element is left behind");
  co_await sim::nothing_more(w);
}

// T19: an element that takes too long is killed, and gives `timeout` in its place.
task<> stream_timeouts(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(3), count = 1 + w.pick(4);
  const sim::gauge inside(w, "elements at a time", limit);
  const duration most = 25us;
  std::vector<duration> times;
  for (std::uint32_t i = 0; i < count; ++i) times.push_back(10us * w.pick(5));
  const auto function = [inside](duration takes) -> task<duration> {
    inside.queue();
    const sim::gauge::visit here(inside);
    co_await beamish::sleep(takes);
    co_return takes;
  };
  stream_options o;
  o.max_concurrency = limit;
  o.timeout = w.simulated() ? most : duration(10ms);
  o.on_timeout = on_timeout::kill_task;
  auto stream = async_stream(times, function, o);
  auto all = co_await stream.collect();
  w.require(all.size() == times.size(), "a result for each element");
  for (std::size_t i = 0; i < all.size() && w.simulated(); ++i) {
    w.require(all[i].ok() == (times[i] <= most), "who takes too long, and nobody else");
    if (all[i].ok()) w.require(*all[i] == times[i], "the value of this element");
    if (!all[i].ok()) w.require(all[i].reason().is("timeout"), "its reason");
  }
  w.require(inside.inside() == 0, "no element is left behind");
  co_await sim::nothing_more(w);
}

// T21: a stream that is halted, or goes, at any time: none of its tasks stays, nothing comes.
task<> stream_halted(sim::world& w) {
  trap_exits(true);
  const std::uint32_t limit = 1 + w.pick(3);
  const elements todo(w, 5, limit);
  const std::uint32_t wanted = w.pick(4);
  {
    auto stream = async_stream(todo.numbers, todo.function(), options_of(w, limit));
    for (std::uint32_t i = 0; i < wanted; ++i) {
      auto r = co_await stream.next();
      if (!r) break;
    }
    if (w.pick(2) == 1) {
      co_await stream.halt();
      w.require(todo.inside.inside() == 0, "who halts waits until all have ended");
      auto r = co_await stream.next();
      w.require(!r, "a stream that was halted is at its end");
    }
  }
  co_await w.eventually("no element is left behind", 1min,
                        [&] { return todo.inside.inside() == 0; });
  co_await sim::nothing_more(w);
}

// What an element has gone through.
struct passage {
  std::optional<duration> begun, ended;
};

// T18, T19: values, failures and slowness at the same time, whatever crosses the kill of an element
// that was too slow, which has no other end than that.
class slow_stream {
 public:
  explicit slow_stream(sim::world& w) : place_(w), todo_(w, 5, 3), passed_(todo_.all.size()) {
    options_.max_concurrency = 1 + w.pick(3);
    options_.ordered = w.pick(2) == 0;
    options_.zip_input_on_exit = w.pick(2) == 1;
    options_.timeout = w.pick(4) == 0 ? infinity : 10us * (1 + w.pick(3));
    options_.on_timeout = w.pick(2) == 0 ? on_timeout::kill_task : on_timeout::exit;
    for (element& e : todo_.all) e.takes = 10us * w.pick(6);
  }

  task<> play() {
    auto function = [this](int number) -> task<int> {
      auto body = todo_.function();
      passage& mine = passed_[static_cast<std::size_t>(number)];
      mine.begun = now();
      co_await beamish::sleep(todo_.all[static_cast<std::size_t>(number)].takes);
      mine.ended = now();
      auto end = body(number);
      co_return co_await end;
    };
    auto stream = async_stream(todo_.numbers, function, options_);
    std::size_t count = 0;
    try {
      auto r = co_await stream.next();
      while (r) {
        check(count++, *r);
        if (place_.pick(4) == 3) {
          waits_always_ = false;
          co_await beamish::sleep(10us * place_.pick(4));
        }
        r = co_await stream.next();
      }
    } catch (const exited& e) {
      place_.require(help::cause(e.reason()).is_atom("timeout"), "why a stream ends");
      place_.require(options_.on_timeout == on_timeout::exit, "only if it is to");
      place_.require(any_was_late(), "only if an element was too slow");
      co_return;
    }
    place_.require(count == todo_.all.size(), "a result for each element");
    if (options_.on_timeout == on_timeout::exit && waits_always_)
      place_.require(!any_ended_late(), "an element that is too slow ends the stream");
  }
  const sim::gauge& inside() const { return todo_.inside; }

 private:
  bool took_too_long(const passage& p) const {
    return options_.timeout != infinity && p.begun && p.ended &&
           *p.ended - *p.begun > options_.timeout;
  }
  bool any_ended_late() const {
    return std::any_of(passed_.begin(), passed_.end(),
                       [this](const passage& p) { return took_too_long(p); });
  }
  bool any_was_late() const {
    return options_.timeout != infinity &&
           std::any_of(passed_.begin(), passed_.end(), [this](const passage& p) {
             return !p.begun || now() - *p.begun >= options_.timeout;
           });
  }
  // Which element it is of; -1: that can't be known.
  int number_of(std::size_t count, answer<int> r) const {
    if (options_.ordered) return static_cast<int>(count);
    if (r.ok()) return *r;
    if (!options_.zip_input_on_exit) return -1;
    return static_cast<int>(r.reason().value().elements()[0].as_integer().value());
  }
  // Without its input.
  term own_part(const exit_reason& why) const {
    return options_.zip_input_on_exit ? why.value().elements()[1] : why.value();
  }
  void check(std::size_t count, const answer<int>& r) {
    const int number = number_of(count, r);
    if (number < 0) return;
    const auto at = static_cast<std::size_t>(number);
    const term why = r.ok() ? term() : own_part(r.reason());
    const bool late = why.is_atom("timeout");
    const element& e = todo_.all[at];
    const bool fits_it = r.ok() ? fits(e, r, number)
                                : late ||
                                      why.is_atom(e.how == 2   ? "own"
                                                  : e.how == 3 ? "killed"
                                                               : "") ||
                                      (e.how == 1 && why.is_tuple());
    place_.require(fits_it, "the end of this element");
    if (late) place_.require(any_was_late(), "nobody is ended before its time");
    if (!late && waits_always_)
      place_.require(!took_too_long(passed_[at]), "what is too slow has no other end");
  }

  sim::world& place_;
  elements todo_;
  std::vector<passage> passed_;
  stream_options options_;
  bool waits_always_ = true;
};

task<> stream_of_slow_elements(sim::world& w) {
  if (!w.simulated()) co_return;  // it knows the time
  trap_exits(true);
  slow_stream all(w);
  co_await all.play();
  co_await w.eventually("no element is left behind", 1min,
                        [&] { return all.inside().inside() == 0; });
  co_await sim::nothing_more(w);
}

task<int> never_ends(sim::gauge inside, int number) {
  const sim::gauge::visit here(inside);
  co_await help::wait_for_ever();
  co_return number;
}

// T21, T30: the owner dies in the middle of a stream: its tasks go with it, though none would end.
task<> stream_owner_dies(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(3);
  const elements todo(w, 5, limit);
  const stream_options o = options_of(w, limit);
  const auto element = [inside = todo.inside](int number) { return never_ends(inside, number); };
  const pid owner = spawn([&todo, element, o]() -> task<> {
    trap_exits(true);
    auto stream = async_stream(todo.numbers, element, o);
    auto all = co_await stream.collect();
  });
  co_await beamish::sleep(help::moment(w));
  beamish::exit(owner, exit_reason::kill());
  const exit_reason why = co_await help::end_of(owner);
  w.require(
      help::one_of(why, {exit_reason::killed(), exit_reason::noproc(), exit_reason::normal()}),
      "it was killed, or done");
  co_await w.eventually("no element is left behind", 1min,
                        [&] { return todo.inside.inside() == 0; });
}

}  // namespace

std::vector<sim::scenario> stream_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s);
  return {
      {"stream_order",
       "each element once, in order, never too many at a time",
       stream_order,
       {.faults = slow}},
      {"stream_timeouts", "an element that takes too long gives `timeout`", stream_timeouts},
      {"stream_of_slow_elements",
       "an element that is too slow has no other end, whatever crosses its kill",
       stream_of_slow_elements,
       {.faults = slow}},
      {"stream_halted",
       "a stream that is halted leaves no task and no message",
       stream_halted,
       {.faults = slow}},
      {"stream_owner_dies",
       "an owner that dies takes the tasks of its stream along",
       stream_owner_dies,
       {.faults = slow}},
  };
}
