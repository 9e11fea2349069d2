// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/supervisor.hpp"

#include "beamish/otp/supervisor_server.hpp"

namespace beamish::inline v0 {

using supervisor_calls = detail::supervisor_server;

namespace detail {

namespace {

struct listed_plan final : supervisor_plan {
  listed_plan(child_list c, const supervisor_options& o)
      : supervisor_plan(""), children(std::move(c)), options(o) {
    options.name = {};
    options.registry_name = nullptr;
  }
  child_list children;
  supervisor_options options;
  supervisor_init make() override { return {children, options}; }
};

constexpr starter_kind listed_kind{"Supervisor", &supervisor_type, &drop_supervisor_box};

struct listed_starter final : child_starter {
  listed_starter(child_list c, const supervisor_options& o) : plan(std::move(c), o) {}
  listed_plan plan;
  const starter_kind& kind() const noexcept override { return listed_kind; }
  server_box* make_box(const void*) const override {
    return make_supervisor_box(std::make_unique<listed_plan>(plan));
  }
  term arguments() const override {
    std::vector<term> specs;
    for (const child_specification& spec : plan.children.specs()) specs.push_back(to_term(spec));
    return list(list_from(specs));
  }
};

}  // namespace

server_box* make_supervisor_box(std::unique_ptr<supervisor_plan> plan) {
  return make_server_box<supervisor_server>(std::move(plan));
}

void drop_supervisor_box(server_box* box) noexcept { free_server_box<supervisor_server>(box); }

namespace {
constexpr server_type make_supervisor_type() {
  server_type t = make_server_type<supervisor_server>();
  t.initial_call = "supervisor";
  return t;
}
}  // namespace

constexpr server_type supervisor_type = make_supervisor_type();

}  // namespace detail

template <bool Value>
supervisor::starting<Value> supervisor::start_plan(std::unique_ptr<detail::supervisor_plan> plan,
                                                   const start_options& o) {
  return starting<Value>(detail::supervisor_type, detail::make_supervisor_box(std::move(plan)),
                         &detail::drop_supervisor_box, o, detail::bond::link);
}
template supervisor::starting<false> supervisor::start_plan<false>(
    std::unique_ptr<detail::supervisor_plan>, const start_options&);
template supervisor::starting<true> supervisor::start_plan<true>(
    std::unique_ptr<detail::supervisor_plan>, const start_options&);

namespace {

start_options start_options_of(const supervisor_options& o) {
  start_options start;
  start.name = o.name;
  start.registry_name = o.registry_name;
  return start;
}

}  // namespace

supervisor::starting<false> supervisor::start_link(child_list children, const options& o) {
  return start_plan<false>(std::make_unique<detail::listed_plan>(std::move(children), o),
                           start_options_of(o));
}
supervisor::starting<true> supervisor::try_start_link(child_list children, const options& o) {
  return start_plan<true>(std::make_unique<detail::listed_plan>(std::move(children), o),
                          start_options_of(o));
}

child_specification supervisor::spec(child_list children, const options& o) {
  child_options child;
  child.name = o.name;
  child.registry_name = o.registry_name;
  child.id = o.name.empty() ? "supervisor" : o.name;
  child.type = child_type::supervisor;
  auto spec = detail::specification_with(
      std::make_unique<detail::listed_starter>(std::move(children), o), child);
  if (o.registry_name != nullptr) spec.id = o.registry_name->name();
  return spec;
}

detail::child_call supervisor::start_child(child_specification spec) const {
  return detail::child_call(address(), std::move(spec));
}
task<answer<>> supervisor::terminate_child(term id) const {
  return detail::ask_supervisor<supervisor_calls::terminate_child>(*this, std::move(id));
}
task<child_result> supervisor::restart_child(term id) const {
  return detail::ask_supervisor<supervisor_calls::restart_child>(*this, std::move(id));
}
task<answer<>> supervisor::delete_child(term id) const {
  return detail::ask_supervisor<supervisor_calls::delete_child>(*this, std::move(id));
}
task<std::vector<child_info>> supervisor::which_children() const {
  return detail::ask_supervisor<supervisor_calls::which_children>(*this);
}
task<child_counts> supervisor::count_children() const {
  return detail::ask_supervisor<supervisor_calls::count_children>(*this);
}

}  // namespace beamish::inline v0
