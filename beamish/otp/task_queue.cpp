// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/task_queue.hpp"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/relations.hpp"

namespace beamish::inline v0::detail {

namespace {

using placed = std::pair<std::uint64_t, signal*>;

// The number of the task that it came from; 0 for what must stay where it is.
std::uint64_t number_of(const signal& s) noexcept {
  if (s.type->kind != signal_kind::message) return 0;
  if ((s.flags & signal_of_task) != 0) return static_cast<const task_signal&>(s).count;
  const monitor_record* record = record_of_down(s);
  return record != nullptr && record->answered ? count_of(record->id) : 0;
}

// By the task, its result before its DOWN.
std::uint64_t place_of(const signal& s, std::uint64_t number) noexcept {
  const std::uint64_t down = (s.flags & signal_of_task) != 0 ? 0 : 1;
  return (number << 1) | down;
}

// Sorts what lies side by side from `first` on; returns the link behind it.
signal** sort_run(process_slot& me, signal** first, std::vector<placed>& run) noexcept {
  signal* const behind = run.back().second->next;
  if (!std::is_sorted(run.begin(), run.end())) std::sort(run.begin(), run.end());
  for (const placed& p : run) {
    *first = p.second;
    first = &p.second->next;
  }
  *first = behind;
  if (behind == nullptr) me.queue_end = first;
  run.clear();
  return first;
}

void put_in_order(process_slot& me, std::size_t count) noexcept {
  std::vector<placed> run;
  try {
    run.reserve(count);
  } catch (const std::bad_alloc&) {
    return;
  }
  signal** first = &me.queue;
  signal** at = first;
  for (; count > 0 && *at != nullptr; --count, at = &(*at)->next) {
    if (const std::uint64_t number = number_of(**at); number != 0) {
      run.emplace_back(place_of(**at, number), *at);
      continue;
    }
    if (!run.empty()) at = sort_run(me, first, run);
    first = &(*at)->next;
  }
  if (!run.empty()) sort_run(me, first, run);
  me.scan = &me.queue;
}

}  // namespace

void note_passed(process_slot& me, std::size_t passed) noexcept {
  // To sort costs as much as to pass over everything several times, and helps only those who await
  // in the order of the starts: whoever doesn't shall hardly feel it.
  constexpr std::size_t few = 32, often = 16;
  if (passed < few) return;
  std::size_t& total = me.extra->passed_by_awaits;
  total += passed;
  if (total / often < passed) return;
  total = 0;
  put_in_order(me, passed);
}

}  // namespace beamish::inline v0::detail
