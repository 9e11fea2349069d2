// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/dynamic_supervisor.hpp"

#include "beamish/otp/dynamic_supervisor_server.hpp"
#include "beamish/runtime/node_core.hpp"

namespace beamish::inline v0 {

namespace detail {

namespace {

// nil: they can be meant.
term check_options(const dynamic_supervisor_options& o) {
  if (term wrong = check_restarts(o.max_restarts, o.max_seconds); !wrong.is_nil()) return wrong;
  if (o.max_children >= 0) return term();
  return tuple(atom("invalid_max_children"), o.max_children);
}

constexpr starter_kind dynamic_kind{"DynamicSupervisor", &dynamic_supervisor_type,
                                    &drop_dynamic_box};

struct dynamic_starter final : child_starter {
  explicit dynamic_starter(const dynamic_supervisor_options& o) : options(o) {
    options.name = {};
    options.registry_name = nullptr;
  }
  dynamic_supervisor_options options;
  const starter_kind& kind() const noexcept override { return dynamic_kind; }
  server_box* make_box(const void*) const override { return make_dynamic_box(options, {}); }
  term arguments() const override { return list(); }
};

}  // namespace

start_options start_options_of(const dynamic_supervisor_options& o) {
  start_options start;
  start.name = o.name;
  start.registry_name = o.registry_name;
  return start;
}

server_box* make_dynamic_box(const dynamic_supervisor_options& o, extra_arguments extra) {
  return make_server_box<dynamic_supervisor_server>(o, std::move(extra));
}
void drop_dynamic_box(server_box* box) noexcept { free_server_box<dynamic_supervisor_server>(box); }

namespace {
constexpr server_type make_dynamic_type() {
  server_type t = make_server_type<dynamic_supervisor_server>();
  t.initial_call = "dynamic_supervisor";
  return t;
}
}  // namespace

constexpr server_type dynamic_supervisor_type = make_dynamic_type();

// ---- the process

dynamic_supervisor_server::init_result dynamic_supervisor_server::init(dynamic_supervisor_options o,
                                                                       extra_arguments extra) {
  trap_exits(true);
  if (term wrong = check_options(o); !wrong.is_nil())
    return stop_init(tuple(atom("supervisor_data"), std::move(wrong)));
  all_.window = restart_window(o.max_restarts, o.max_seconds.count());
  all_.extra = std::move(extra);
  max_children_ = o.max_children;
  return ok();
}

value_or_task<child_result> dynamic_supervisor_server::handle_call(start_child& m) {
  if (static_cast<std::int64_t>(all_.children.size()) >= max_children_)
    return child_result::failed(exit_reason(atom("max_children")));
  if (term wrong = check_extra(m.spec, all_.extra); !wrong.is_nil())
    return child_result::failed(exit_reason(std::move(wrong)));
  m.spec.id = atom("undefined");
  return all_.start_new(m.spec);
}

task<answer<>> dynamic_supervisor_server::handle_call(terminate_child& m) {
  supervised_child* child = all_.children.find(m.child);
  if (child == nullptr) co_return answer<>(exit_reason(atom("not_found")));
  co_await all_.stop(*child);
  all_.children.remove(*child);
  co_return answer<>(std::in_place, true);
}

std::vector<child_info> dynamic_supervisor_server::handle_call(which_children&) {
  return all_.children.infos(current_node().now());
}

task<dynamic_supervisor_server::outcome> dynamic_supervisor_server::handle_info(exit_message& m) {
  supervised_child* child = all_.children.find(m.from);
  if (child == nullptr || !child->is_running()) co_return noreply();
  if (!child->starts_again(m.reason)) {
    if (!m.reason.is_expected())
      all_.report.ended(*child, m.reason, supervisor_report::next::drops_it, all_.window);
    all_.children.remove(*child);
    co_return noreply();
  }
  const auto step = all_.begin_restart(*child, &m.reason);
  if (step == supervision::restart_step::too_many) {
    all_.children.remove(*child);
    co_return stop(exit_reason::shutdown());
  }
  if (step == supervision::restart_step::start_now) co_await start_again(*child);
  co_return noreply();
}

task<dynamic_supervisor_server::outcome> dynamic_supervisor_server::handle_info(retry& m) {
  supervised_child* child = all_.children.waiting(m.ticket);
  if (child == nullptr) co_return noreply();
  auto step = supervision::restart_step::start_now;
  if (!m.counted) step = all_.begin_restart(*child, nullptr);
  if (step == supervision::restart_step::too_many) {
    all_.children.remove(*child);
    co_return stop(exit_reason::shutdown());
  }
  if (step == supervision::restart_step::start_now) co_await start_again(*child);
  co_return noreply();
}

task<> dynamic_supervisor_server::start_again(supervised_child& child) {
  auto starting = all_.start(child.origin.starter());
  auto result = co_await starting;
  if (result.ok())
    all_.runs(child, result.process());
  else if (result.is_ignored())
    all_.children.remove(child);
  else
    all_.try_again(child, result.reason());
}

term dynamic_supervisor_server::format_status() const {
  const term most = max_children_ == dynamic_supervisor_options::no_limit ? term(atom("infinity"))
                                                                          : term(max_children_);
  return structure(elixir_module("DynamicSupervisor"), {{"max_restarts", all_.window.most()},
                                                        {"restarts", all_.window.count()},
                                                        {"max_children", most},
                                                        {"children", all_.children.size()}});
}

}  // namespace detail

// ---- the reference

namespace {

using calls = detail::dynamic_supervisor_server;

template <bool Value>
dynamic_supervisor::starting<Value> start_dynamic(const dynamic_supervisor_options& o) {
  return dynamic_supervisor::starting<Value>(
      detail::dynamic_supervisor_type, detail::make_dynamic_box(o, {}), &detail::drop_dynamic_box,
      detail::start_options_of(o), detail::bond::link);
}

}  // namespace

dynamic_supervisor::starting<false> dynamic_supervisor::start_link(const options& o) {
  return start_dynamic<false>(o);
}
dynamic_supervisor::starting<true> dynamic_supervisor::try_start_link(const options& o) {
  return start_dynamic<true>(o);
}

child_specification dynamic_supervisor::spec(const options& o) {
  child_options child;
  child.name = o.name;
  child.registry_name = o.registry_name;
  child.id = o.name.empty() ? "dynamic_supervisor" : o.name;
  child.type = child_type::supervisor;
  auto spec = detail::specification_with(std::make_unique<detail::dynamic_starter>(o), child);
  if (o.registry_name != nullptr) spec.id = o.registry_name->name();
  return spec;
}

detail::child_call dynamic_supervisor::start_child(child_specification spec) const {
  if (term wrong = detail::check_spec(spec, false); !wrong.is_nil())
    return detail::child_call(exit_reason(std::move(wrong)));
  return detail::child_call(address(), std::move(spec));
}
task<answer<>> dynamic_supervisor::terminate_child(pid child) const {
  return detail::ask_supervisor<calls::terminate_child>(*this, child);
}
task<std::vector<child_info>> dynamic_supervisor::which_children() const {
  return detail::ask_supervisor<calls::which_children>(*this);
}
task<child_counts> dynamic_supervisor::count_children() const {
  return detail::ask_supervisor<calls::count_children>(*this);
}

}  // namespace beamish::inline v0
