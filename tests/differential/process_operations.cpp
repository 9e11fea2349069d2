// SPDX-License-Identifier: Apache-2.0
//
// Operations on processes, links, monitors, names and the process dictionary.
#include <algorithm>

#include "tests/differential/player.hpp"

namespace differential {

using namespace beamish;

namespace {

const term ok = atom("ok");

task<shown> op_spawn(const player& me, const step_arguments& a) {
  const std::string name = a.name();
  const pid made = spawn(play_part, player(*me.where, name));
  co_await watch(*me.where, name, made, role::player);
  co_return shown(term(made));
}
task<shown> op_spawn_link(const player& me, const step_arguments& a) {
  const std::string name = a.name();
  const pid made = spawn_link(play_part, player(*me.where, name));
  co_await watch(*me.where, name, made, role::player);
  co_return shown(term(made));
}
task<shown> op_spawn_monitor(const player& me, const step_arguments& a) {
  const std::string name = a.name();
  const monitored made = spawn_monitor(play_part, player(*me.where, name));
  co_await watch(*me.where, name, made.process, role::player);
  co_return shown(tuple(made.process, made.id), {term(made.process), term(made.id)});
}

task<shown> op_link(const player&, const step_arguments& a) {
  link(pid_in(a[0]));
  co_return shown(term(true));
}
task<shown> op_link_if_alive(const player&, const step_arguments& a) {
  if (!alive(pid_in(a[0]))) co_return shown(term(atom("dead")));
  link(pid_in(a[0]));
  co_return shown(term(true));
}
task<shown> op_unlink(const player&, const step_arguments& a) {
  unlink(pid_in(a[0]));
  co_return shown(term(true));
}

alias_kind kind_in(const term& t) {
  if (t.is_atom("reply")) return alias_kind::reply;
  if (t.is_atom("demonitor")) return alias_kind::demonitor;
  if (t.is_atom("reply_demonitor")) return alias_kind::reply_demonitor;
  return alias_kind::explicit_unalias;
}

task<shown> op_monitor(const player&, const step_arguments& a) {
  const address to(a[0]);
  if (a.size() == 1) co_return shown(term(monitor(to)));
  co_return shown(term(monitor(to, kind_in(a[1]))));
}
task<shown> op_demonitor(const player&, const step_arguments& a) {
  co_return shown(term(demonitor(*a[0].as_reference(), a.size() > 1)));
}

task<shown> op_exit(const player&, const step_arguments& a) {
  exit(a[0]);
  co_return shown(ok);
}
task<shown> op_exit_to(const player&, const step_arguments& a) {
  exit(pid_in(a[0]), a[1]);
  co_return shown(term(true));
}
task<shown> op_raise(const player&, const step_arguments& a) {
  throw std::runtime_error(std::string(*a[0].as_binary()));
  co_return shown(ok);
}
task<shown> op_throw(const player&, const step_arguments& a) {
  throw a[0];
  co_return shown(ok);
}
task<shown> op_trap_exit(const player&, const step_arguments& a) {
  co_return shown(term(trap_exits(a[0] == term(true))));
}

task<shown> op_register(const player&, const step_arguments& a) {
  register_name(*a[0].atom_name(), a.size() > 1 ? pid_in(a[1]) : self());
  co_return shown(term(true));
}
task<shown> op_unregister(const player&, const step_arguments& a) {
  unregister_name(*a[0].atom_name());
  co_return shown(term(true));
}
task<shown> op_whereis(const player&, const step_arguments& a) {
  if (a[0].is_tuple()) {
    const on_node there(*a[0].elements()[0].atom_name(), *a[0].elements()[1].atom_name());
    const auto found = whereis(there);
    if (std::holds_alternative<on_node>(found)) co_return shown(a[0]);
    const pid here = std::get<pid>(found);
    co_return shown(here ? term(here) : term());
  }
  if (a[0].is_pid()) co_return shown(a[0]);
  const pid found = whereis(*a[0].atom_name());
  co_return shown(found ? term(found) : term());
}

task<shown> op_put(const player&, const step_arguments& a) {
  co_return shown(process_dictionary::put(a[0], a[1]).value_or(term()));
}
task<shown> op_get(const player&, const step_arguments& a) {
  co_return shown(process_dictionary::get(a[0]).value_or(term()));
}
task<shown> op_erase(const player&, const step_arguments& a) {
  co_return shown(process_dictionary::erase(a[0]).value_or(term()));
}

term sorted(std::vector<term> all) {
  std::sort(all.begin(), all.end(),
            [](const term& x, const term& y) { return compare(x, y) == std::weak_ordering::less; });
  return list_from(all);
}

// One item of a picture, as Process.info gives it.
term item_of(const process_picture& p, std::string_view item) {
  std::vector<term> all;
  if (item == "links") {
    all.assign(p.links.begin(), p.links.end());
    return sorted(all);
  }
  if (item == "monitors") {
    all.assign(p.monitors.begin(), p.monitors.end());
    return sorted(all);
  }
  if (item == "dictionary") {
    for (const auto& [key, value] : p.dictionary) all.push_back(tuple(key, value));
    return sorted(all);
  }
  if (item == "message_queue_len") return term(p.message_queue_len);
  if (item == "trap_exit") return term(p.trap_exit);
  if (item == "registered_name")
    return p.registered_name.empty() ? term() : term(atom(p.registered_name));
  if (item == "status")
    return term(atom(p.status == process_status::running ? "running" : "waiting"));
  throw argument_error("no item of a picture: " + std::string(item));
}

task<shown> op_info(const player&, const step_arguments& a) {
  const auto picture = co_await process_info(pid_in(a[0]));
  if (!picture) co_return shown(term());
  co_return shown(item_of(*picture, *a[1].atom_name()));
}
task<shown> op_alive(const player&, const step_arguments& a) {
  co_return shown(term(alive(pid_in(a[0]))));
}
task<shown> op_self(const player&, const step_arguments&) { co_return shown(term(self())); }
task<shown> op_note(const player&, const step_arguments& a) { co_return shown(a[0]); }

}  // namespace

void add_process_operations(operation_table& to) {
  to.insert({{"spawn", &op_spawn},
             {"spawn_link", &op_spawn_link},
             {"spawn_monitor", &op_spawn_monitor},
             {"link", &op_link},
             {"link_if_alive", &op_link_if_alive},
             {"unlink", &op_unlink},
             {"monitor", &op_monitor},
             {"demonitor", &op_demonitor},
             {"exit", &op_exit},
             {"exit_to", &op_exit_to},
             {"raise", &op_raise},
             {"throw", &op_throw},
             {"trap_exit", &op_trap_exit},
             {"register", &op_register},
             {"unregister", &op_unregister},
             {"whereis", &op_whereis},
             {"put", &op_put},
             {"get", &op_get},
             {"erase", &op_erase},
             {"info", &op_info},
             {"alive", &op_alive},
             {"self", &op_self},
             {"note", &op_note}});
}

}  // namespace differential
