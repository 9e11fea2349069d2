// SPDX-License-Identifier: Apache-2.0
//
// The process of a dynamic supervisor. Users talk to it through `dynamic_supervisor`.
// tested in: dynamic_supervisor_test.cpp
#pragma once

#include "beamish/otp/dynamic_supervisor.hpp"
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/supervision.hpp"

namespace beamish::inline v0::detail {

struct dynamic_supervisor_server : gen_server<dynamic_supervisor_server> {
  static constexpr bool outside_budget = true;
  using start_child = start_child_request;
  struct terminate_child {
    using reply = answer<>;
    pid child;
  };
  struct which_children {
    using reply = std::vector<child_info>;
  };
  struct count_children {
    using reply = child_counts;
  };
  using messages = accepts<start_child, terminate_child, which_children, count_children, retry>;

  init_result init(dynamic_supervisor_options o, extra_arguments extra);
  value_or_task<child_result> handle_call(start_child& m);
  task<answer<>> handle_call(terminate_child& m);
  std::vector<child_info> handle_call(which_children&);
  child_counts handle_call(count_children&) { return all_.children.counts(); }
  task<outcome> handle_info(exit_message& m);
  task<outcome> handle_info(retry& m);
  task<> terminate() { return all_.stop_all_together(); }
  term format_status() const;

 private:
  task<> start_again(supervised_child& child);

  supervision all_{false};
  std::int64_t max_children_ = dynamic_supervisor_options::no_limit;
};

}  // namespace beamish::inline v0::detail
