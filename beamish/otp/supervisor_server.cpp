// SPDX-License-Identifier: Apache-2.0
//
// How a supervisor begins, and what it answers.
// tested in: supervisor_test.cpp
#include "beamish/otp/supervisor_server.hpp"

#include "beamish/runtime/node_core.hpp"

namespace beamish::inline v0::detail {

namespace {

// nil: they can be meant.
term check_flags(const supervisor_options& o) {
  if (!o.name.empty() || o.registry_name != nullptr)
    return tuple(atom("invalid_name"), atom("init_gives_no_name"));
  return check_restarts(o.max_restarts, o.max_seconds);
}

answer<> ok() { return answer<>(std::in_place, true); }
answer<> refused(std::string_view why) { return answer<>(exit_reason(atom(why))); }

child_result failed(std::string_view why) { return child_result::failed(exit_reason(atom(why))); }

}  // namespace

term supervisor_server::check(const child_specification& spec) const {
  const bool may_be_significant = auto_shutdown_ != auto_shutdown_when::never;
  if (term wrong = check_spec(spec, may_be_significant); !wrong.is_nil()) return wrong;
  return check_extra(spec, all_.extra);
}

term supervisor_server::add_all(const child_list& wanted) {
  for (const child_specification& spec : wanted.specs()) {
    if (term wrong = check(spec); !wrong.is_nil()) return wrong;
    if (all_.children.find(spec.id) != nullptr) return tuple(atom("duplicate_child_name"), spec.id);
    all_.children.add(child_specification(spec));
  }
  return term();
}

term supervisor_server::take(const supervisor_init& wanted) {
  const supervisor_options& o = wanted.options;
  if (term wrong = check_flags(o); !wrong.is_nil())
    return tuple(atom("supervisor_data"), std::move(wrong));
  strategy_ = o.strategy.value;
  auto_shutdown_ = o.auto_shutdown;
  all_.window = restart_window(o.max_restarts, o.max_seconds.count());
  if (term wrong = add_all(wanted.children); !wrong.is_nil())
    return tuple(atom("start_spec"), std::move(wrong));
  return term();
}

task<supervisor_server::init_result> supervisor_server::init(
    std::unique_ptr<supervisor_plan> plan) {
  trap_exits(true);
  all_.report = supervisor_report(plan->module);
  const supervisor_init wanted = plan->make();
  plan.reset();
  kept_ = wanted.kept;
  if (wanted.ignored) co_return ignore();
  if (term wrong = take(wanted); !wrong.is_nil()) co_return stop_init(std::move(wrong));
  exit_reason why;
  supervised_child* failed = co_await start_from(all_.children.oldest(), why);
  if (failed == nullptr) co_return ok();
  all_.report.start_failed(failed->id, why, false);
  term reason = tuple(atom("failed_to_start_child"), failed->id, why.value());
  co_await all_.stop_all_in_reverse();
  co_return stop_init(exit_reason::shutdown(std::move(reason)));
}

task<supervised_child*> supervisor_server::start_one(supervised_child& child,
                                                     exit_reason& failure) {
  auto starting = all_.start(child.origin.starter());
  auto result = co_await starting;
  if (result.ok()) {
    all_.runs(child, result.process());
  } else if (!result.is_ignored()) {
    failure = result.reason();
    co_return &child;
  } else if (child.is_temporary()) {
    all_.children.remove(child);
  } else {
    all_.children.stopped(child);
  }
  co_return nullptr;
}

task<supervised_child*> supervisor_server::start_from(supervised_child* first,
                                                      exit_reason& failure) {
  while (first != nullptr) {
    supervised_child* const next = first->younger;
    if (!first->is_running()) {
      supervised_child* failed = co_await start_one(*first, failure);
      if (failed != nullptr) co_return failed;
    }
    first = next;
  }
  co_return nullptr;
}

value_or_task<child_result> supervisor_server::handle_call(start_child& m) {
  if (term wrong = check(m.spec); !wrong.is_nil())
    return child_result::failed(exit_reason(std::move(wrong)));
  if (const supervised_child* there = all_.children.find(m.spec.id)) {
    if (there->state == child_state::stopped) return failed("already_present");
    const term who = there->is_running() ? term(there->process) : term(atom("restarting"));
    return child_result::failed(exit_reason(tuple(atom("already_started"), who)));
  }
  return all_.start_new(m.spec);
}

task<answer<>> supervisor_server::handle_call(terminate_child& m) {
  supervised_child* child = all_.children.find(m.id);
  if (child == nullptr) co_return refused("not_found");
  co_await all_.stop(*child);
  if (child->is_temporary()) all_.children.remove(*child);
  co_return detail::ok();
}

task<child_result> supervisor_server::handle_call(restart_child& m) {
  supervised_child* child = all_.children.find(m.id);
  if (child == nullptr) co_return failed("not_found");
  if (child->is_running()) co_return failed("running");
  if (child->state == child_state::restarting) co_return failed("restarting");
  auto starting = all_.start(child->origin.starter());
  auto result = co_await starting;
  if (result.ok()) all_.runs(*child, result.process());
  co_return result;
}

answer<> supervisor_server::handle_call(delete_child& m) {
  supervised_child* child = all_.children.find(m.id);
  if (child == nullptr) return refused("not_found");
  if (child->is_running()) return refused("running");
  if (child->state == child_state::restarting) return refused("restarting");
  all_.children.remove(*child);
  return detail::ok();
}

std::vector<child_info> supervisor_server::handle_call(which_children&) {
  return all_.children.infos(current_node().now());
}

term supervisor_server::format_status() const {
  static constexpr std::string_view strategies[] = {"one_for_one", "one_for_all", "rest_for_one"};
  std::vector<term> rows;
  for (const child_info& row : all_.children.infos(current_node().now()))
    rows.push_back(to_term(row));
  return structure(elixir_module("Supervisor"),
                   {{"strategy", atom(strategies[static_cast<int>(strategy_)])},
                    {"max_restarts", all_.window.most()},
                    {"restarts", all_.window.count()},
                    {"children", list_from(rows)}});
}

}  // namespace beamish::inline v0::detail
