// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/task_children.hpp"

#include <algorithm>

#include "beamish/runtime/process_extra.hpp"

namespace beamish::inline v0::detail {

std::size_t task_children::home(pid process) const noexcept {
  // Ids are handed out one after the other, and so fill the table evenly.
  return (process.id + process.serial * std::size_t{0x9e3779b1}) & (table_.size() - 1);
}

// Where the child stands in the table, or would have to stand.
std::size_t task_children::find_entry(pid process) const noexcept {
  std::size_t at = home(process);
  while (table_[at] != empty && row_[table_[at] - 1].process != process)
    at = (at + 1) & (table_.size() - 1);
  return at;
}

// Closes up the row, and makes the table anew.
void task_children::rebuild(std::size_t table_size) {
  std::vector<std::uint32_t> table(table_size, empty);
  table_.swap(table);
  std::erase_if(row_, [](const task_child& c) { return !c.process; });
  for (std::size_t place = 0; place < row_.size(); ++place)
    table_[find_entry(row_[place].process)] = static_cast<std::uint32_t>(place + 1);
}

void task_children::insert(task_child child) {
  // At most half of the table is in use, gaps of the row included.
  if (2 * (row_.size() + 1) > table_.size()) {
    std::size_t wanted = 16;
    while (wanted < 4 * (size_ + 1)) wanted *= 2;
    rebuild(wanted);
  }
  row_.push_back(std::move(child));
  table_[find_entry(row_.back().process)] = static_cast<std::uint32_t>(row_.size());
  ++size_;
}

task_child* task_children::find(pid process) noexcept {
  if (size_ == 0) return nullptr;
  const std::uint32_t place = table_[find_entry(process)];
  return place == empty ? nullptr : &row_[place - 1];
}

task_child task_children::erase(pid process) noexcept {
  const std::size_t mask = table_.size() - 1;
  std::size_t gap = find_entry(process);
  task_child gone = std::move(row_[table_[gap] - 1]);
  row_[table_[gap] - 1] = task_child();
  --size_;
  // Whoever could not stand at its home because of the one that goes moves up.
  for (std::size_t at = (gap + 1) & mask; table_[at] != empty; at = (at + 1) & mask) {
    const std::size_t from_home = (at - home(row_[table_[at] - 1].process)) & mask;
    if (from_home < ((at - gap) & mask)) continue;
    table_[gap] = table_[at];
    gap = at;
  }
  table_[gap] = empty;
  if (size_ == 0) row_.clear();
  // The newest often goes first: no gap is left then.
  while (!row_.empty() && !row_.back().process) row_.pop_back();
  return gone;
}

}  // namespace beamish::inline v0::detail
