// SPDX-License-Identifier: Apache-2.0
//
// Operations on supervisors; what a child is told, supervisor_operations.exs says.
#include <algorithm>
#include <stdexcept>

#include "tests/differential/played_server.hpp"

namespace differential {

using namespace beamish;

namespace {

const term ok = atom("ok");

shown answered(const answer<>& a) {
  if (a.ok()) return shown(ok);
  return shown(tuple(atom("error"), a.reason().value()));
}
shown answered(const child_result& r) {
  if (r.ok()) return shown(to_term(r), {term(r.process())});
  return shown(to_term(r), {});
}
// A supervisor's, which in OTP spells an ignored start in its own way.
shown answered_by_supervisor(const child_result& r) {
  if (r.is_ignored()) return shown(tuple(ok, atom("undefined")), {});
  return answered(r);
}

std::int64_t number_in(const term& options, std::string_view key, std::int64_t otherwise) {
  const term* given = option(options, key);
  return given == nullptr ? otherwise : given->as_integer().value();
}

// ---- children

// How a child starts: its first start does the first instruction, and so on.
struct child_start {
  child_start(stage& s, std::string i, term t, term o)
      : where(&s), id(std::move(i)), instructions(std::move(t)), options(std::move(o)) {}
  task<child_result> operator()() const;

  stage* where;
  std::string id;
  term instructions, options;
};

restart_kind restart_in(const term& t) {
  if (t.is_atom("temporary")) return restart_kind::temporary;
  return t.is_atom("transient") ? restart_kind::transient : restart_kind::permanent;
}
shutdown_limit shutdown_in(const term& t) {
  if (t.is_atom("brutal_kill")) return shutdown_limit(brutal_kill);
  return shutdown_limit::after(milliseconds_in(t));
}

child_specification spec_in(stage& where, const term& child) {
  const auto parts = child.elements();
  const std::string id(*parts[0].atom_name());
  auto spec = child_started_by(id, child_start(where, id, parts[1], parts[2]));
  const term& first = parts[1].elements()[0];
  if (first.is_tuple() && first.elements()[0].is_atom("supervisor"))
    spec.type = child_type::supervisor;
  const term& options = parts[2];
  if (const term* t = option(options, "restart")) spec.restart = restart_in(*t);
  if (const term* t = option(options, "shutdown")) spec.shutdown = shutdown_in(*t);
  if (const term* t = option(options, "significant")) spec.significant = *t == term(true);
  if (const term* t = option(options, "type"))
    spec.type = t->is_atom("supervisor") ? child_type::supervisor : child_type::worker;
  return spec;
}

child_list specs_in(stage& where, const term& children) {
  std::vector<child_specification> all;
  for (const term& child : children.elements()) all.push_back(spec_in(where, child));
  return all;
}

// ---- supervisors

restart_strategy strategy_in(const term& options) {
  const term* t = option(options, "strategy");
  if (t != nullptr && t->is_atom("one_for_all")) return one_for_all;
  return t != nullptr && t->is_atom("rest_for_one") ? rest_for_one : one_for_one;
}

task<answer<supervisor>> start_supervisor(stage* where, std::string name, term children,
                                          term options) {
  supervisor_options o{.strategy = strategy_in(options)};
  o.max_restarts = number_in(options, "max_restarts", 3);
  o.max_seconds = std::chrono::seconds(number_in(options, "max_seconds", 5));
  if (const term* t = option(options, "auto_shutdown"))
    o.auto_shutdown = t->is_atom("any_significant") ? any_significant : all_significant;
  if (const term* t = option(options, "name")) o.name = *t->atom_name();
  child_list specs = specs_in(*where, children);
  auto starting = supervisor::try_start_link(std::move(specs), o);
  auto got = co_await starting;
  if (got.ok()) co_await watch(*where, name, got->process(), role::other);
  co_return got;
}

task<child_result> start_server(stage* where, std::string name, term instruction, term options) {
  std::vector<term> own;
  if (const term* t = option(options, "name")) own.push_back(tuple(atom("name"), *t));
  const player who(*where, name);
  const term named = list_from(own);
  auto got =
      co_await try_start_link<played_server>(start_options_from(named), who, instruction, options);
  if (got.ignored()) co_return child_result::ignored();
  if (!got.ok()) co_return child_result::failed(got.reason());
  co_return child_result::started((*got).process());
}

task<child_result> start_as(stage* where, std::string name, term instruction, term options) {
  const term first = instruction.is_tuple() ? instruction.elements()[0] : instruction;
  const auto part = [&](std::size_t at) { return instruction.elements()[at]; };
  if (first.is_atom("start_error")) co_return child_result::failed(exit_reason(part(1)));
  if (first.is_atom("start_exit")) exit(part(1));
  if (first.is_atom("start_raise")) {
    const term text = part(1);
    throw std::runtime_error(std::string(*text.as_binary()));
  }
  if (first.is_atom("extra")) {
    auto got = co_await start_as(where, name, part(2), options);
    if (got.ok()) co_return child_result::started(got.process(), part(1));
    co_return got;
  }
  if (first.is_atom("supervisor")) {
    auto got = co_await start_supervisor(where, name, part(1), part(2));
    if (!got.ok()) co_return child_result::failed(got.reason());
    co_return child_result::started(got->process());
  }
  auto got = co_await start_server(where, name, instruction, options);
  co_return got;
}

task<child_result> child_start::operator()() const {
  const int nth = where->next_start(id);
  const std::string name = nth == 1 ? id : id + std::to_string(nth);
  const auto all = instructions.elements();
  const term instruction =
      all[std::min<std::size_t>(static_cast<std::size_t>(nth), all.size()) - 1];
  if (const term* diary = option(options, "diary"))
    where->log(*diary->atom_name(), "starts " + name);
  return start_as(where, name, instruction, options);
}

task<shown> op_sup_start(const player& me, const step_arguments& a) {
  auto got = co_await start_supervisor(me.where, a.name(), a[0], a[1]);
  if (!got.ok()) {
    if (got.reason().is("ignore")) co_return shown(term(atom("ignore")), {});
    co_return shown(tuple(atom("error"), got.reason().value()), {});
  }
  const term process = got->process();
  co_return shown(tuple(ok, process), {process});
}

supervisor at(const term& t) {
  return t.is_pid() ? supervisor(pid_in(t)) : supervisor::named(*t.atom_name());
}

task<shown> op_start_child(const player& me, const step_arguments& a) {
  const supervisor to = at(a[0]);
  auto spec = spec_in(*me.where, a[1]);
  auto got = co_await to.start_child(std::move(spec));
  co_return answered_by_supervisor(got);
}
task<shown> op_terminate_child(const player&, const step_arguments& a) {
  const supervisor to = at(a[0]);
  auto got = co_await to.terminate_child(a[1]);
  co_return answered(got);
}
task<shown> op_restart_child(const player&, const step_arguments& a) {
  const supervisor to = at(a[0]);
  auto got = co_await to.restart_child(a[1]);
  co_return answered_by_supervisor(got);
}
task<shown> op_delete_child(const player&, const step_arguments& a) {
  const supervisor to = at(a[0]);
  auto got = co_await to.delete_child(a[1]);
  co_return answered(got);
}

// Without the modules: here they are the names of types.
term row_of(const child_info& child) {
  const term row = to_term(child);
  const auto parts = row.elements();
  return tuple(parts[0], parts[1], parts[2]);
}

task<shown> op_which_children(const player&, const step_arguments& a) {
  const supervisor to = at(a[0]);
  const auto rows = co_await to.which_children();
  std::vector<term> all;
  for (const child_info& row : rows) all.push_back(row_of(row));
  co_return shown(list_from(all));
}

shown counted(const child_counts& n) {
  const auto number = [](std::size_t i) { return term(static_cast<std::int64_t>(i)); };
  return shown(tuple(number(n.specs), number(n.active), number(n.supervisors), number(n.workers)));
}
task<shown> op_count_children(const player&, const step_arguments& a) {
  const supervisor to = at(a[0]);
  const auto counts = co_await to.count_children();
  co_return counted(counts);
}

// ---- dynamic ones

task<shown> op_dyn_start(const player& me, const step_arguments& a) {
  dynamic_supervisor_options o;
  o.max_restarts = number_in(a[0], "max_restarts", 3);
  o.max_seconds = std::chrono::seconds(number_in(a[0], "max_seconds", 5));
  o.max_children = number_in(a[0], "max_children", dynamic_supervisor_options::no_limit);
  if (const term* t = option(a[0], "name")) o.name = *t->atom_name();
  auto got = co_await dynamic_supervisor::try_start_link(o);
  if (!got.ok()) co_return shown(tuple(atom("error"), got.reason().value()), {});
  const pid process = got->process();
  co_await watch(*me.where, a.name(), process, role::other);
  co_return shown(tuple(ok, process), {term(process)});
}

dynamic_supervisor dynamic_at(const term& t) {
  return t.is_pid() ? dynamic_supervisor(pid_in(t)) : dynamic_supervisor::named(*t.atom_name());
}

task<shown> op_dyn_start_child(const player& me, const step_arguments& a) {
  const dynamic_supervisor to = dynamic_at(a[0]);
  auto spec = spec_in(*me.where, a[1]);
  auto got = co_await to.start_child(std::move(spec));
  co_return answered(got);
}
task<shown> op_dyn_terminate(const player&, const step_arguments& a) {
  const dynamic_supervisor to = dynamic_at(a[0]);
  auto got = co_await to.terminate_child(pid_in(a[1]));
  co_return answered(got);
}
// In no particular order: by what the scenario calls them.
task<shown> op_dyn_which(const player& me, const step_arguments& a) {
  const dynamic_supervisor to = dynamic_at(a[0]);
  const auto rows = co_await to.which_children();
  std::vector<term> all;
  for (const child_info& row : rows) all.push_back(row_of(row));
  std::sort(all.begin(), all.end(), [&me](const term& x, const term& y) {
    return me.where->name_of(x.elements()[1]) < me.where->name_of(y.elements()[1]);
  });
  co_return shown(list_from(all));
}
task<shown> op_dyn_count(const player&, const step_arguments& a) {
  const dynamic_supervisor to = dynamic_at(a[0]);
  const auto counts = co_await to.count_children();
  co_return counted(counts);
}

}  // namespace

void add_supervisor_operations(operation_table& to) {
  to.insert({{"sup_start", &op_sup_start},
             {"start_child", &op_start_child},
             {"terminate_child", &op_terminate_child},
             {"restart_child", &op_restart_child},
             {"delete_child", &op_delete_child},
             {"which_children", &op_which_children},
             {"count_children", &op_count_children},
             {"dyn_start", &op_dyn_start},
             {"dyn_start_child", &op_dyn_start_child},
             {"dyn_terminate", &op_dyn_terminate},
             {"dyn_which", &op_dyn_which},
             {"dyn_count", &op_dyn_count}});
}

}  // namespace differential
