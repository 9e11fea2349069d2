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
// tested in: open_requests_test.cpp
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace beamish::inline v0::detail {

class open_requests {
 public:
  // REQUIRES: `number` is larger than all before, and below 2^63.
  void insert(std::uint64_t number) {
    numbers_.push_back(number << 1);
    ++open_;
  }
  // False if it isn't open.
  bool erase(std::uint64_t number) noexcept {
    const std::size_t at = find(number);
    if (at == numbers_.size()) return false;
    numbers_[at] |= answered;
    --open_;
    while (first_ < numbers_.size() && (numbers_[first_] & answered) != 0) ++first_;
    if (numbers_.size() - open_ > open_ + slack) tidy();
    return true;
  }
  bool contains(std::uint64_t number) const noexcept { return find(number) != numbers_.size(); }
  std::size_t size() const noexcept { return open_; }

 private:
  // The lowest bit of a number's word, so that the row stays sorted.
  static constexpr std::uint64_t answered = 1;
  static constexpr std::size_t slack = 64;

  // Where the open request stands, or the end. Steps that double, from the oldest open one.
  std::size_t find(std::uint64_t number) const noexcept {
    const std::uint64_t word = number << 1;
    const std::size_t end = numbers_.size();
    if (first_ < end && numbers_[first_] == word) return first_;
    std::size_t step = 1;
    while (first_ + step < end && numbers_[first_ + step] < word) step *= 2;
    const auto from = numbers_.begin() + static_cast<std::ptrdiff_t>(first_ + step / 2);
    const auto to =
        numbers_.begin() + static_cast<std::ptrdiff_t>(std::min(first_ + step + 1, end));
    if (first_ >= end) return end;
    const auto found = std::lower_bound(from, to, word);
    return found != to && *found == word ? static_cast<std::size_t>(found - numbers_.begin()) : end;
  }

  // Throws the answered ones away. Each was passed over once: the cost is that of an erase each.
  void tidy() noexcept {
    const auto is_answered = [](std::uint64_t word) { return (word & answered) != 0; };
    std::erase_if(numbers_, is_answered);
    first_ = 0;
  }

  std::vector<std::uint64_t> numbers_;
  std::size_t first_ = 0;  // all before this one are answered
  std::size_t open_ = 0;
};

}  // namespace beamish::inline v0::detail
