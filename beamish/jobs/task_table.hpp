// SPDX-License-Identifier: Apache-2.0
//
// What a task handler must not lose: the tasks that wait, pause and run, who wants their responses,
// and who listens to their events.
//
//     task_table t({.task_limit = 2});
//     t.push({job, std::nullopt});
//     t.first().job;                      // of the highest priority, the oldest
//     t.close(exit_reason::shutdown());   // everybody gets a response; it is empty again
//
// It is no process: the specifications of the handler's supervisor hold it, so no process whose end
// would lose it has to be alive. One process at a time touches it: the handler, and its successor
// only when that one has ended.
//
// Threads: one at a time. Failure: push may throw std::bad_alloc and has then changed nothing.
// tested in: task_table_test.cpp
#pragma once

#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "beamish/jobs/shared_slots.hpp"
#include "beamish/jobs/task_messages.hpp"
#include "beamish/otp/from.hpp"

namespace beamish::inline v0 {

// What becomes of a task that had begun when the process that ran the tasks of a supervised handler
// ended: its submitter is told, or it is started again, which may make it run twice.
enum class lost_tasks : std::uint8_t { are_told, start_again };

namespace detail {

struct task_entry {
  task_ref job;
  std::optional<from<task_submit>> submitter;
};

// Delayed, or between two attempts.
struct later_task {
  task_entry entry;
  std::chrono::nanoseconds due{};
  reference timer;
};

struct running_task {
  enum class judgement : std::uint8_t { none, cancelled, timed_out };
  task_entry entry;
  monitored process;                   // empty while a runner has it
  pid runner;                          // who it was given to
  std::size_t slots = 0;               // of the shared limit
  std::chrono::nanoseconds overdue{};  // zero: never
  reference timer;                     // of that
  judgement verdict = judgement::none;
  bool ended = false;     // its process has
  bool returned = false;  // its thread has left the function
  bool orphan = false;    // its runner has ended
  bool again = false;     // for one more attempt, once it has returned
};

struct table_options {
  static constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();
  std::size_t task_limit = 2;
  std::size_t queue_limit = no_limit;
  lost_tasks when_lost = lost_tasks::are_told;
  duration drain = {};
  std::shared_ptr<shared_slots> shared = nullptr;
};

class task_table {
 public:
  explicit task_table(table_options o) : options(std::move(o)) {}
  task_table(const task_table&) = delete;
  // Whoever still waits for a response is told that the handler was killed.
  ~task_table();

  // ---- those that wait
  bool none_waits() const noexcept { return waiting_count_ == 0; }
  std::size_t waiting_count() const noexcept { return waiting_count_; }
  // Behind those of its priority; `before`: at its place among them, by its id.
  void push(task_entry e);
  void push_before(task_entry e);
  task_entry& first() { return waiting_.begin()->second.front(); }
  task_entry take_first();
  std::optional<task_entry> take_waiting(std::uint64_t id);
  std::vector<std::uint64_t> waiting_ids() const;
  template <class Visit>
  void each_waiting(Visit visit) const {
    for (const auto& [priority, those] : waiting_) {
      for (const task_entry& e : those) visit(e);
    }
  }

  // ---- slots
  std::size_t taken() const noexcept { return taken_; }
  bool fits(std::size_t weight) const noexcept;
  std::vector<running_task>::iterator add_running(running_task r);
  running_task remove_running(std::vector<running_task>::iterator at);
  std::vector<running_task>::iterator find_running(std::uint64_t id);

  // Answers everybody with that reason, and forgets all tasks.
  void close(const exit_reason& reason) noexcept;

  table_options options;
  std::vector<running_task> running;  // in the order of their start
  std::map<std::uint64_t, later_task> later;
  std::map<std::string, std::uint64_t> keys;
  // They wait for the runner's welcome with that number.
  std::vector<std::pair<std::uint64_t, from<task_ask_status>>> asked;
  std::vector<monitored> subscribers;
  std::uint64_t next_id = 1;
  std::uint64_t last_event = 0;
  std::size_t completed = 0;
  std::size_t rejected = 0;

 private:
  using row = std::deque<task_entry>;
  row& row_of(const task_entry& e);
  void drop_if_empty(std::map<std::int64_t, row, std::greater<>>::iterator at);

  std::map<std::int64_t, row, std::greater<>> waiting_;  // by priority
  std::size_t waiting_count_ = 0;
  std::size_t taken_ = 0;
};

}  // namespace detail
}  // namespace beamish::inline v0
