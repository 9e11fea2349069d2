// SPDX-License-Identifier: Apache-2.0
// An explorer for tests of lock-free code: runs a few small bodies in every order in which their
// operations on model atomics (model_atomics.hpp) can interleave.
//
//   #include "beamish/runtime/model_atomics.hpp"
//   using namespace beamish::interleave;
//   report r = explore({}, [](execution& e) {            // called anew for each execution
//     auto word = std::make_shared<model_atomics::atomic<int>>(0);
//     e.thread([word] { word->fetch_add(1); });
//     e.thread([word] { word->fetch_add(1); });
//     e.finally([word] { require(word->load() == 2, "both were counted"); });
//   });
//   r.complete   //=> true
//   r.failure    //=> ""
//
// What it finds: a failed `require`, an exception, a deadlock (each body that is left sleeps on a
// futex for ever: a lost wake-up), a body that does not come to an end.
// What it covers: sequential consistency; with `store_buffers` also stores that stay back behind
// later loads of their thread, as x86 does with a plain store. Other reorderings it does not know.
// Which of several sleepers a wake reaches is explored, too; a timeout may come at any moment.
// REQUIRES of bodies: they are the same at each run, share nothing but model atomics and what those
// order, don't spin without end on a load, and keep no resource on their stack across an operation
// (a failed execution is dropped where it stands).
// With `reduce`, of the executions that differ only in the order of independent operations one is
// run (source sets and sleep sets; a few more are begun and found to be repetitions). A bound on
// preemptions turns that off, and misses what needs more. At most eight bodies.
// Threads: everything happens on the thread that calls explore, one exploration at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "beamish/runtime/interleave_fiber.hpp"

namespace beamish::inline v0::interleave {

struct options {
  int max_preemptions = -1;  // < 0: no bound
  bool store_buffers = false;
  bool reduce = true;
  std::size_t max_steps = 2000;  // of one execution
  std::size_t max_executions = 10'000'000;
};

struct report {
  std::size_t executions = 0;  // those run to the end, without the ones cut as redundant
  std::size_t cut = 0;
  bool complete = false;  // every order was covered; false after a failure or at max_executions
  std::string failure;    // what went wrong, then the operations that led there, in order
};

// The bodies of one execution.
class execution {
 public:
  void thread(std::function<void()> body) { bodies_.push_back(std::move(body)); }
  void finally(std::function<void()> check) { check_ = std::move(check); }

 private:
  friend class explorer;
  std::vector<std::function<void()>> bodies_;
  std::function<void()> check_;
};

enum class access : std::uint8_t { none, read, write };

// The next operation of a body: how it touches the value of a cell, whether it touches the sleepers
// that wait there, and whether its thread's stores must be out first.
struct operation {
  const void* cell = nullptr;
  access kind = access::none;
  bool drains = false;
  bool sleepers = false;
  // For a compare-and-exchange: if it would fail, it only reads.
  bool (*succeeds)(const void* cell, std::uint64_t expected) = nullptr;
  std::uint64_t expected = 0;
};

struct buffered_store {
  void* cell;
  std::uint64_t bits;
  void (*apply)(void* cell, std::uint64_t bits);
  std::size_t made_at = 0;  // the step that put it here
};

// At each point the explorer chooses an actor: a body that makes its next operation, or (numbers
// from the count of bodies up) a body's oldest buffered store that goes out to memory.
class explorer {
 public:
  using setup = std::function<void(execution&)>;

  // The exploration under way; model atomics have no other way to find it.
  static inline explorer* active = nullptr;

  explorer(const options& given, setup make) : options_(given), make_(std::move(make)) {}

  report run() {
    active = this;
    do {
      run_once();
    } while (report_.failure.empty() && backtrack());
    active = nullptr;
    threads_.clear();
    return report_;
  }

  // What model atomics call.

  bool inside() const { return self_ >= 0; }
  bool buffering() const { return options_.store_buffers && inside(); }
  const std::deque<buffered_store>& buffer() const { return threads_[unsigned(self_)]->buffer; }
  void hold_back(buffered_store out) {
    out.made_at = steps_ - 1;
    threads_[unsigned(self_)]->buffer.push_back(out);
  }

  // Lets others run; returns when it is this body's turn to make `next`.
  void announce(operation next) {
    if (!inside()) return;
    body& me = *threads_[unsigned(self_)];
    me.next = next;
    pass_on(me);
  }

  // Sleeps on `cell`; false if the time ran out.
  bool sleep(const void* cell, bool timed) {
    body& me = *threads_[unsigned(self_)];
    me.status = timed ? state::dozing : state::asleep;
    me.woken = false;
    announce({cell, access::none, false, true});
    return me.woken;
  }

  void wake(const void* cell, int count);

  void fail(const std::string& what) {
    if (report_.failure.empty()) report_.failure = what + trace_text();
    // The stacks of the bodies are dropped where they stand.
    if (inside()) {
      body& me = *threads_[unsigned(self_)];
      self_ = -1;
      fiber::change(me.stack, outside_);
    }
  }

 private:
  enum class state : std::uint8_t { ready, asleep, dozing, finished };

  struct body {
    explicit body(std::function<void()> loop) : stack(std::move(loop)) {}
    fiber stack;
    operation next;
    state status = state::ready;
    bool woken = false;
    std::deque<buffered_store> buffer;
  };

  // A point of choice on the way to where the execution is.
  struct choice {
    std::uint32_t enabled = 0;  // actors that may go, as bits; for a plain choice, how many ways
    std::uint32_t asleep = 0;   // those whose turn here would only repeat an earlier execution
    std::uint32_t wanted = 0;   // those whose turn here makes a difference, as far as known
    std::uint32_t done = 0;
    int taken = 0;
    bool plain = false;
    std::size_t at_step = 0;  // how many steps came before
  };

  // For each actor, how much of the trace up to its last step happened before; 0 is nothing.
  static constexpr int max_actors = 16;
  using clock = std::array<std::uint32_t, max_actors>;

  struct step {
    int actor;
    operation done;
    std::size_t choice_at;  // in the path
    clock known{};
  };

  static std::uint32_t bit(int actor) { return std::uint32_t{1} << actor; }

  void run_once();
  void start_bodies();
  void life_of(std::size_t index);
  void pass_on(body& from);
  int pick();
  int choose_actor(std::uint32_t actors);
  int preferred(std::uint32_t actors) const;
  std::uint32_t enabled_actors() const;
  std::uint32_t within_bound(std::uint32_t enabled) const;
  void take_turn(int actor);
  std::size_t choose(std::size_t ways);
  bool backtrack();
  operation next_of(int actor) const;
  bool independent(int a, int b) const;
  static bool conflict(const operation& a, const operation& b);
  void record(int actor);
  void note_race(std::size_t earlier);
  std::uint32_t beginnings(std::size_t earlier) const;
  bool reducing() const { return options_.reduce && options_.max_preemptions < 0; }
  std::string trace_text() const;

  options options_;
  setup make_;
  report report_;
  execution current_;
  std::vector<std::unique_ptr<body>> threads_;
  fiber outside_;
  int self_ = -1;  // the body that runs, or -1
  int count_ = 0;  // of bodies
  bool starting_ = false;

  std::vector<choice> path_;
  std::size_t depth_ = 0;
  std::uint32_t asleep_ = 0;
  bool redundant_ = false;
  int last_ = -1;
  int preemptions_ = 0;
  // The steps of this execution. Those before `repeated_` are as in the one before, up to the
  // addresses of cells.
  std::vector<step> trace_;
  std::size_t steps_ = 0;
  std::size_t repeated_ = 0;
  std::array<clock, max_actors> known_{};
};

// For bodies with hundreds of thousands of executions: every order, but under a sanitizer, which
// makes each ten times as slow and looks for other things, those with at most two preemptions.
inline options every_order() {
  options how;
  if constexpr (under_asan || under_tsan) how.max_preemptions = 2;
  return how;
}

inline report explore(const options& given, explorer::setup make) {
  return explorer(given, std::move(make)).run();
}

// For bodies and the final check.
inline void require(bool holds, const char* what) {
  if (!holds && explorer::active != nullptr) explorer::active->fail(what);
}

}  // namespace beamish::inline v0::interleave

#include "beamish/runtime/interleave_explorer.hpp"
#include "beamish/runtime/interleave_races.hpp"
