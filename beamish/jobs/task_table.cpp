// SPDX-License-Identifier: Apache-2.0
#include "beamish/jobs/task_table.hpp"

#include <algorithm>

namespace beamish::inline v0::detail {

task_table::~task_table() {
  close(exit_reason::killed());
  if (options.shared != nullptr) options.shared->withdraw(this);
}

task_table::row& task_table::row_of(const task_entry& e) {
  const std::int64_t priority = e.job->options().priority;
  // The row that was kept is empty, and would hide what stands behind it.
  if (waiting_count_ == 0 && priority != 0) waiting_.clear();
  return waiting_[priority];
}

void task_table::push(task_entry e) {
  row_of(e).push_back(std::move(e));
  ++waiting_count_;
}

void task_table::push_before(task_entry e) {
  row& those = row_of(e);
  const auto at = std::find_if(those.begin(), those.end(),
                               [&](const task_entry& other) { return other.job->id > e.job->id; });
  those.insert(at, std::move(e));
  ++waiting_count_;
}

task_entry task_table::take_first() {
  const auto at = waiting_.begin();
  task_entry e = std::move(at->second.front());
  at->second.pop_front();
  --waiting_count_;
  drop_if_empty(at);
  return e;
}

// The row of usual tasks stays, since it is soon needed again.
void task_table::drop_if_empty(std::map<std::int64_t, row, std::greater<>>::iterator at) {
  if (at->second.empty() && (at->first != 0 || waiting_.size() > 1)) waiting_.erase(at);
}

std::optional<task_entry> task_table::take_waiting(std::uint64_t id) {
  for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
    row& those = at->second;
    const auto found = std::find_if(those.begin(), those.end(),
                                    [id](const task_entry& e) { return e.job->id == id; });
    if (found == those.end()) continue;
    task_entry e = std::move(*found);
    those.erase(found);
    --waiting_count_;
    drop_if_empty(at);
    return e;
  }
  return std::nullopt;
}

std::vector<std::uint64_t> task_table::waiting_ids() const {
  std::vector<std::uint64_t> ids;
  ids.reserve(waiting_count_);
  for (const auto& [priority, those] : waiting_) {
    for (const task_entry& e : those) ids.push_back(e.job->id);
  }
  return ids;
}

bool task_table::fits(std::size_t weight) const noexcept {
  const std::size_t limit = options.task_limit;
  return taken_ < limit && (taken_ == 0 || weight <= limit - taken_);
}

std::vector<running_task>::iterator task_table::add_running(running_task r) {
  taken_ += r.entry.job->options().weight;
  running.push_back(std::move(r));
  return running.end() - 1;
}

running_task task_table::remove_running(std::vector<running_task>::iterator at) {
  running_task r = std::move(*at);
  running.erase(at);
  taken_ -= r.entry.job->options().weight;
  if (r.slots != 0) options.shared->give_back(std::exchange(r.slots, 0));
  return r;
}

std::vector<running_task>::iterator task_table::find_running(std::uint64_t id) {
  return std::find_if(running.begin(), running.end(),
                      [id](const running_task& r) { return r.entry.job->id == id; });
}

void task_table::close(const exit_reason& reason) noexcept {
  const auto answer = [&reason](task_entry& e) {
    if (e.submitter) e.submitter->reply(reason);
    e.submitter.reset();
  };
  for (running_task& r : running) {
    answer(r.entry);
    if (r.slots != 0) options.shared->give_back(std::exchange(r.slots, 0));
  }
  running.clear();
  for (auto& [priority, those] : waiting_) {
    for (task_entry& e : those) answer(e);
  }
  waiting_.clear();
  for (auto& [id, l] : later) answer(l.entry);
  later.clear();
  asked.clear();
  keys.clear();
  waiting_count_ = 0;
  taken_ = 0;
}

}  // namespace beamish::inline v0::detail
