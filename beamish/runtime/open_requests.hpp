// SPDX-License-Identifier: Apache-2.0
//
// The requests of one process that have no reply yet, by their numbers.
//
//     open_requests open;
//     open.insert(7);
//     open.insert(9);
//     open.erase(7)       //=> true
//     open.contains(7)    //=> false
//
// Numbers come in rising order, since a process counts its references, and mostly go in that order,
// too. So this is a row of numbers that grows at its end and is searched from its front: eight
// bytes for each request, side by side.
//
// Threads: none. Failure: insert may throw std::bad_alloc and has then changed nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace beamish::inline v0::detail {

class open_requests {
 public:
  // REQUIRES: `number` is larger than all before, and below 2^63.
  void insert(std::uint64_t number);
  // False if it isn't open.
  bool erase(std::uint64_t number) noexcept;
  bool contains(std::uint64_t number) const noexcept { return find(number) != numbers_.size(); }
  std::size_t size() const noexcept { return open_; }

 private:
  // The lowest bit of a number's word, so that the row stays sorted.
  static constexpr std::uint64_t answered = 1;
  static constexpr std::size_t slack = 64;

  std::size_t find(std::uint64_t number) const noexcept;
  void tidy() noexcept;

  std::vector<std::uint64_t> numbers_;
  std::size_t first_ = 0;  // all before this one are answered
  std::size_t open_ = 0;
};

}  // namespace beamish::inline v0::detail
