// SPDX-License-Identifier: Apache-2.0
// A line in which threads wait for their turn: in the order of their places, not of their arrival.
//
//   waiting_line line;
//   waiting_line::place first = line.enter();    // places are given in the order of the calls
//   waiting_line::place second = line.enter();
//   second.await_turn();                         // on any thread: returns once the first has left
//   second.leave();                              // now it is the next one's turn
//
// A place that is destroyed leaves, so who never gets to its turn holds up nobody. A place made
// without a line has its turn at once.
// Threads: enter and leave from any; a place belongs to one thread at a time. The line must outlive
// its places.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>
#include <utility>

namespace beamish::apps {

class waiting_line {
 public:
  class place {
   public:
    place() = default;
    place(place&& other) noexcept
        : line_(std::exchange(other.line_, nullptr)), number_(other.number_) {}
    place& operator=(place&& other) noexcept;
    ~place() { leave(); }

    // Blocks the thread until all before it have left.
    void await_turn() const;
    // Does nothing the second time.
    void leave() noexcept;

   private:
    friend waiting_line;
    place(waiting_line& line, std::uint64_t number) noexcept : line_(&line), number_(number) {}

    waiting_line* line_ = nullptr;
    std::uint64_t number_ = 0;
  };

  waiting_line() = default;
  waiting_line(const waiting_line&) = delete;
  waiting_line& operator=(const waiting_line&) = delete;

  place enter();

 private:
  std::mutex mutex_;
  std::condition_variable moved_;
  std::set<std::uint64_t> inside_;  // the places that have not left; the least has its turn
  std::uint64_t next_ = 0;
};

}  // namespace beamish::apps
