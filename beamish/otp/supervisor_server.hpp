// SPDX-License-Identifier: Apache-2.0
//
// The process of a supervisor: a server whose callbacks wait while children start and stop.
//
// Users talk to it through `supervisor`. Which children start again together is in
// supervisor_restart.cpp; what is done with one child in supervision.hpp.
// tested in: supervisor_test.cpp
#pragma once

#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/supervision.hpp"
#include "beamish/otp/supervisor.hpp"

namespace beamish::inline v0::detail {

struct supervisor_server : gen_server<supervisor_server> {
  static constexpr bool outside_budget = true;
  using start_child = start_child_request;
  struct terminate_child {
    using reply = answer<>;
    term id;
  };
  struct restart_child {
    using reply = child_result;
    term id;
  };
  struct delete_child {
    using reply = answer<>;
    term id;
  };
  struct which_children {
    using reply = std::vector<child_info>;
  };
  struct count_children {
    using reply = child_counts;
  };
  using messages = accepts<start_child, terminate_child, restart_child, delete_child,
                           which_children, count_children, retry>;

  task<init_result> init(std::unique_ptr<supervisor_plan> plan);
  value_or_task<child_result> handle_call(start_child& m);
  task<answer<>> handle_call(terminate_child& m);
  task<child_result> handle_call(restart_child& m);
  answer<> handle_call(delete_child& m);
  std::vector<child_info> handle_call(which_children&);
  child_counts handle_call(count_children&) { return all_.children.counts(); }
  task<outcome> handle_info(exit_message& m);
  task<outcome> handle_info(retry& m);
  task<> terminate() { return all_.stop_all_in_reverse(); }
  term format_status() const;

 private:
  // nil: nothing is wrong.
  term take(const supervisor_init& wanted);
  term add_all(const child_list& wanted);
  term check(const child_specification& spec) const;
  // Starts those that don't run, from `first` on, in order. The one that failed, with its reason;
  // null if none did.
  task<supervised_child*> start_from(supervised_child* first, exit_reason& failure);
  task<supervised_child*> start_one(supervised_child& child, exit_reason& failure);
  // The first of those that start again with `child`.
  supervised_child& group_of(supervised_child& child) const noexcept;
  // `why`: null if it is a start that failed before.
  task<outcome> restart(supervised_child& child, const exit_reason* why);
  task<> start_again(supervised_child& child);
  task<> start_group_again(supervised_child& child);
  // The child has ended and doesn't start again. True if the supervisor ends with it.
  bool ends_with(supervised_child& child);
  void keep_stopped(supervised_child& child);

  std::shared_ptr<void> kept_;  // see supervisor_init
  supervision all_{true};
  restart_strategy strategy_ = one_for_one;
  auto_shutdown_when auto_shutdown_ = auto_shutdown_when::never;
};

}  // namespace beamish::inline v0::detail
