// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/open_requests.hpp"

#include <algorithm>

namespace beamish::inline v0::detail {

void open_requests::insert(std::uint64_t number) {
  numbers_.push_back(number << 1);
  ++open_;
}

bool open_requests::erase(std::uint64_t number) noexcept {
  const std::size_t at = find(number);
  if (at == numbers_.size()) return false;
  numbers_[at] |= answered;
  --open_;
  while (first_ < numbers_.size() && (numbers_[first_] & answered) != 0) ++first_;
  if (numbers_.size() - open_ > open_ + slack) tidy();
  return true;
}

// Where the open request stands, or the end. Steps that double, from the oldest open one.
std::size_t open_requests::find(std::uint64_t number) const noexcept {
  const std::uint64_t word = number << 1;
  const std::size_t end = numbers_.size();
  if (first_ < end && numbers_[first_] == word) return first_;
  std::size_t step = 1;
  while (first_ + step < end && numbers_[first_ + step] < word) step *= 2;
  const auto from = numbers_.begin() + static_cast<std::ptrdiff_t>(first_ + step / 2);
  const auto to = numbers_.begin() + static_cast<std::ptrdiff_t>(std::min(first_ + step + 1, end));
  if (first_ >= end) return end;
  const auto found = std::lower_bound(from, to, word);
  return found != to && *found == word ? static_cast<std::size_t>(found - numbers_.begin()) : end;
}

// Throws the answered ones away. Each was passed over once: the cost is that of an erase each.
void open_requests::tidy() noexcept {
  const auto is_answered = [](std::uint64_t word) { return (word & answered) != 0; };
  std::erase_if(numbers_, is_answered);
  first_ = 0;
}

}  // namespace beamish::inline v0::detail
