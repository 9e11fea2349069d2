// SPDX-License-Identifier: Apache-2.0
//
// Ledgers for what must hold in every run: a test tells them what it sees, and they complain to its
// world of what must not be.
//
// ```cpp
// #include "beamish/beamish.hpp"
// #include "beamish/sim/invariants.hpp"
// #include "beamish/sim/trial.hpp"
//
// task<> work(sim::gauge at_work) {
//   const sim::gauge::visit here(at_work);          // left also if the process is killed
//   co_await sleep(std::chrono::milliseconds(1));
// }
// task<> watch(sim::world& w) {
//   sim::gauge at_work(w, "workers", 2);            // complains of a third
//   sim::once downs(w, "DOWN of a worker");         // complains of a second one, and of strangers
//   for (int i = 0; i < 2; ++i) downs.owe(spawn_monitor(work, at_work).id);
//   for (int i = 0; i < 2; ++i) {
//     auto down = co_await receive<down_message>();
//     downs.happened(down.id);
//   }
//   downs.settle();                                 // complains of those that have not come
//   co_await sim::nothing_more(w);                  // complains of a message that nobody expects
// }
// sim::run_in_simulation(sim::launcher_of(watch), {}, 7).complaints.size();    //=> 0
// ```
//
// `once`: what is owed happens exactly once. `order`: what one sends to another arrives in that
// order. `gauge`: never more than a limit at a time, and no room unused while something waits.
// `roster`: who is there, by number, and never two of one number.
//
// Guarantees: a complaint is world::fail, so the run ends, and its text names the ledger, what was
// seen, and of whom. Copies of a ledger are the same ledger: give them to processes by value.
// Threads: any, all members. The world must outlive them, which one of a scenario does. Errors:
// std::bad_alloc. OTP has no such thing. When not to use it: for what one process knows by itself
// (world::require).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "beamish/runtime/task.hpp"
#include "beamish/sim/world.hpp"

namespace beamish::inline v0::sim {

// A key is a pid, a reference, a number, or a tuple of such.
class once {
 public:
  once() = default;  // none yet: assign one before it is used
  once(world& w, std::string what);

  // It has to happen, once. Complains if it was owed before.
  void owe(term key) const;
  // Complains if it is not owed, has happened before, or must not happen.
  void happened(const term& key) const;
  // Taken back in time: it has not happened, and never will. Complains if it has.
  void waive(const term& key) const;
  // Whether it has happened or not: from now on it must not.
  void close(const term& key) const;

  // How many are owed and have not happened.
  std::size_t open() const;
  bool has_happened(const term& key) const;
  // Complains of each that is open.
  void settle() const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

class order {
 public:
  enum class loss : std::uint8_t { never, possible };
  order() = default;  // none yet: assign one before it is used
  order(world& w, std::string what, loss l = loss::never);

  // The number that the next thing of this pair carries: 1, 2, …
  std::uint64_t next(pid from, pid to) const;
  // Complains if it is not the one behind the last; with possible loss, if it is not a later one.
  void arrived(pid from, pid to, std::uint64_t number) const;
  // How many numbers were given out behind the last that arrived.
  std::uint64_t under_way(pid from, pid to) const;
  std::uint64_t under_way() const;  // of all pairs
  // Complains of each pair with something under way.
  void settle() const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

class gauge {
 public:
  gauge() = default;  // none yet: assign one before it is used
  gauge(world& w, std::string what, std::int64_t limit);

  // One more waits to enter.
  void queue() const;
  // It does not wait any more, and won't enter.
  void give_up() const;
  // One that waited is inside. Complains if there are more inside than may be.
  void enter() const;
  void leave() const;
  // What is inside may stay, but nothing enters until there is room.
  void set_limit(std::int64_t limit) const;

  std::int64_t inside() const;
  std::int64_t waiting() const;
  std::int64_t limit() const;
  std::int64_t most() const;  // at a time
  // Room and something that waits: allowed for a moment only.
  bool idle() const;

  class visit;  // inside as long as it lives

 private:
  struct state;
  std::shared_ptr<state> state_;
};

class gauge::visit {
 public:
  explicit visit(gauge g) : gauge_(std::move(g)) { gauge_.enter(); }
  visit(const visit&) = delete;
  visit& operator=(const visit&) = delete;
  ~visit() { gauge_.leave(); }

 private:
  gauge gauge_;
};

class roster {
 public:
  roster() = default;  // none yet: assign one before it is used
  roster(world& w, std::string what);

  // The current process is there, under that number. Complains if another one is.
  void enter(int number) const;
  void leave(int number) const;

  std::size_t size() const;
  // The highest number that is there; -1: none is.
  int highest() const;
  // Who has that number now; empty: nobody.
  pid holder(int number) const;
  // How often somebody has entered under it.
  std::size_t entries(int number) const;

  class visit;  // there as long as it lives

 private:
  struct state;
  std::shared_ptr<state> state_;
};

class roster::visit {
 public:
  visit(roster r, int number) : roster_(std::move(r)), number_(number) { roster_.enter(number_); }
  visit(const visit&) = delete;
  visit& operator=(const visit&) = delete;
  ~visit() { roster_.leave(number_); }

 private:
  roster roster_;
  int number_;
};

// Waits until what is under way has arrived (in a simulated world for an hour, in the real one for
// a millisecond), and complains if anything is in the mailbox of the current process then.
task<> nothing_more(world& w);

}  // namespace beamish::inline v0::sim
