// SPDX-License-Identifier: Apache-2.0
//
// The server of a task handler: takes tasks, decides which one starts when, and what follows its
// end. Users talk to it through task_handler.
//
// Its state that must not be lost is in a task_table. A handler by itself starts its tasks as its
// own; one of a tree leaves that to its runner, and can be killed and started anew: the new one
// finds the table as the last callback left it, since a server is never killed within a callback
// that doesn't wait, and asks the runner what has ended meanwhile.
//
// Threads: one server. Failure: see task_handler.
// tested in: task_handler_test.cpp
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "beamish/jobs/task_address.hpp"
#include "beamish/jobs/task_event.hpp"
#include "beamish/jobs/task_table.hpp"
#include "beamish/otp/gen_server.hpp"

namespace beamish::inline v0::detail {

struct task_handler_server : gen_server<task_handler_server> {
  static constexpr bool outside_budget = true;
  static constexpr std::string_view term_name = "TaskHandler";
  struct add {
    task_ref job;
  };
  using submit = task_submit;
  using status = task_ask_status;
  struct enqueue {
    using reply = task_id;  // 0: rejected
    task_ref job;
  };
  struct cancel {
    using reply = bool;
    task_id id;
  };
  struct set_limit {
    using reply = void;
    std::size_t limit;
  };
  struct set_drain {
    using reply = void;
    duration limit;
  };
  struct subscribe {
    using reply = void;
    pid listener;
  };
  struct unsubscribe {
    using reply = bool;
    pid listener;
  };
  using messages = accepts<add, submit, enqueue, cancel, status, set_limit, set_drain, subscribe,
                           unsubscribe, thread_returned, look_for_room, task_reported, task_due,
                           task_overdue, task_moved, runner_is_up, runner_welcome>;

  // `supervised`: there is a runner.
  void init(std::shared_ptr<task_table> table, std::shared_ptr<task_address> where,
            bool supervised);
  void handle_cast(add& m);
  void handle_call(submit& m, from<submit> submitter);
  task_id handle_call(enqueue& m);
  bool handle_call(cancel& m);
  void handle_call(status&, from<status> asker);
  void handle_call(set_limit& m);
  void handle_call(set_drain& m) { table_->options.drain = m.limit; }
  void handle_call(subscribe& m);
  bool handle_call(unsubscribe& m);
  void handle_info(down_message& m);
  void handle_info(thread_returned& m);
  void handle_info(look_for_room&);
  void handle_info(task_reported& m);
  void handle_info(task_due& m);
  void handle_info(task_overdue& m);
  void handle_info(task_moved& m);
  void handle_info(runner_is_up&);
  void handle_info(runner_welcome& m);
  void handle_info(exit_message&) {}
  task<> terminate(const exit_reason& reason);
  term format_status() { return to_term(picture()); }

 private:
  using running_at = std::vector<running_task>::iterator;

  // task_handler_server.cpp: those that wait
  task_id accept(task_ref job, std::optional<from<submit>> submitter);
  std::optional<exit_reason> refusal(const task_record& job) const;
  void put_off(task_entry e, duration pause);
  void take_up_again();
  void fill_slots();
  bool has_slot(const task_record& job, std::size_t& shared);
  // False if the node has no room for it now: it stays first of those that wait.
  bool start_first();
  void start_here(running_task& r);
  void started(running_task r);
  void give_up(task_entry e, const exit_reason& why);
  void wait_for_room(const exit_reason& why);
  void look_later();
  void try_again();
  task_handler_status picture() const;

  // task_handler_ends.cpp: those that run, and their ends
  void conclude(running_at at, const exit_reason& reason);
  void finish(task_entry& e, const running_task& r, const exit_reason& reason);
  void release_if_over(running_at at);
  void refused(running_at at);
  void stop_run(running_task& r, const exit_reason& reason);
  void greet_runner();
  void meet_runner();
  void look_at(task_record* job);
  void adopt(running_task& r);
  void look_at_threads();
  void end_all(const exit_reason& reason);
  task<> drain();
  bool nothing_left() const;

  // task_handler_events.cpp
  void tell(task_event::kind what, const task_record& job,
            const exit_reason& reason = exit_reason::normal(), term value = {});

  std::shared_ptr<task_table> table_;
  std::shared_ptr<task_address> where_;
  bool supervised_ = false;
  std::uint64_t hellos_ = 0;
  // The first of those that wait found no room. Tried again when a task ends and, since the room
  // may be somebody else's, after a while.
  bool lacks_room_ = false;
  bool was_refused_ = false;   // and no start has been tried since
  bool told_of_room_ = false;  // logged once, until nothing waits any more
  bool timer_runs_ = false;
  bool asks_for_slots_ = false;
  duration patience_ = first_patience;
  static constexpr duration first_patience = std::chrono::milliseconds(1);
  static constexpr duration last_patience = std::chrono::seconds(1);
};

}  // namespace beamish::inline v0::detail
