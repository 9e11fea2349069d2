// SPDX-License-Identifier: Apache-2.0
//
// The children of a task supervisor, in the order in which they were started.
//
//     task_children all;
//     all.insert({pid{1, 7, 0}});
//     all.find(pid{1, 7, 0}) != nullptr    //=> true
//     all.erase(pid{1, 7, 0});
//     all.size()                           //=> 0
//
// A row of children, in which those that have gone leave a gap, and beside it a table from pid to
// place, with open addressing. Inserting, finding and erasing cost the same however many there are:
// the row is closed up when more than half of it are gaps.
//
// Threads: none. Failure: insert may throw std::bad_alloc and has then changed nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "beamish/otp/child_spec.hpp"
#include "beamish/otp/task_process.hpp"

namespace beamish::inline v0::detail {

// A task that is to run, with all that it needs. Made by who asks for it.
class prepared_task {
 public:
  prepared_task() = default;
  prepared_task(task_body* body, const body_type& type, void (*drop)(task_body*) noexcept)
      : body_(body), drop_(drop), type_(&type) {}
  prepared_task(std::unique_ptr<task_thread> thread, const body_type& type)
      : thread_(std::move(thread)), type_(&type) {}
  prepared_task(prepared_task&& other) noexcept
      : body_(std::exchange(other.body_, nullptr)),
        drop_(other.drop_),
        thread_(std::move(other.thread_)),
        type_(other.type_) {}
  prepared_task& operator=(prepared_task&&) = delete;
  ~prepared_task() {
    if (body_ != nullptr) drop_(body_);
  }

  bool threaded() const noexcept { return thread_ != nullptr; }
  void set_callers(lineage* callers) noexcept;  // takes one reference

  // A process linked to the current one, which does not run yet. REQUIRES: not threaded.
  process_slot& spawn();
  // The same on a thread. `waits`: until it is sent a task_go.
  pid spawn_on_thread(bool waits);

 private:
  task_body* body_ = nullptr;
  void (*drop_)(task_body*) noexcept = nullptr;
  std::unique_ptr<task_thread> thread_;
  const body_type* type_ = nullptr;
};

// Makes the task again for each restart.
struct task_factory {
  virtual ~task_factory();
  virtual prepared_task make() = 0;
  lineage* callers = nullptr;
};

struct task_child {
  pid process;
  restart_kind restart = restart_kind::temporary;
  shutdown_limit shutdown = shutdown_limit::after(std::chrono::seconds(5));
  std::unique_ptr<task_factory> again = nullptr;  // of those that may be restarted
};

class task_children {
 public:
  // REQUIRES: there is no child of that pid.
  void insert(task_child child);
  // Null if there is none. Valid until the next insert or erase.
  task_child* find(pid process) noexcept;
  // REQUIRES: there is one.
  task_child erase(pid process) noexcept;
  std::size_t size() const noexcept { return size_; }

  template <class Visit>
  void each(Visit visit) const {
    for (const task_child& c : row_) {
      if (c.process) visit(c);
    }
  }

 private:
  static constexpr std::uint32_t empty = 0;  // of the table: places are counted from 1

  std::size_t home(pid process) const noexcept;
  std::size_t find_entry(pid process) const noexcept;
  void rebuild(std::size_t table_size);

  std::vector<task_child> row_;
  std::vector<std::uint32_t> table_;  // its size is a power of two
  std::size_t size_ = 0;
};

}  // namespace beamish::inline v0::detail
