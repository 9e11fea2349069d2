// SPDX-License-Identifier: Apache-2.0
//
// Operations on registries and partition supervisors. Keys and values are terms.
#include <algorithm>

#include "tests/differential/played_server.hpp"

namespace differential {

using namespace beamish;

namespace {

using ask = played_server::ask;
using tell = played_server::tell;
using table = registry<term, term>;
using entries = std::vector<table::registration>;

const term ok = atom("ok");

table named_table(const term& name) { return table::named(*name.atom_name()); }

term as_term(const entries& all) {
  std::vector<term> pairs;
  for (const auto& one : all) pairs.push_back(tuple(one.process, one.value));
  return list_from(pairs);
}

int partitions_in(const term& options) {
  for (const term& pair : options.elements()) {
    if (pair.elements()[0].is_atom("partitions"))
      return static_cast<int>(*pair.elements()[1].as_integer());
  }
  return 1;
}

shown failed(const exit_reason& why) { return shown(tuple(atom("error"), why.value()), {}); }

task<shown> op_reg_start(const player&, const step_arguments& a) {
  const std::string name(*a[0].atom_name());
  const registry_keys keys = a[1].is_atom("unique") ? unique : duplicate;
  const registry_options options{
      .keys = keys, .name = name, .partitions = a.size() > 2 ? partitions_in(a[2]) : 1};
  auto started = co_await table::try_start_link(options);
  if (!started.ok()) co_return failed(started.reason());
  co_return shown(ok, {term(started->process())});
}
task<shown> op_reg_stop(const player&, const step_arguments& a) {
  const address to(a[0]);
  co_await stop(to, exit_reason::shutdown());
  co_return shown(ok);
}

task<shown> op_reg_register(const player&, const step_arguments& a) {
  const auto registered = named_table(a[0]).register_key(a[1], a[2]);
  if (registered.ok()) co_return shown(term(atom("registered")), {});
  co_return failed(registered.reason());
}
task<shown> op_reg_unregister(const player&, const step_arguments& a) {
  named_table(a[0]).unregister(a[1]);
  co_return shown(ok);
}
task<shown> op_reg_lookup(const player&, const step_arguments& a) {
  co_return shown(as_term(named_table(a[0]).lookup(a[1])));
}
task<shown> op_reg_keys(const player&, const step_arguments& a) {
  // Sorted, since OTP promises no order.
  std::vector<term> keys = named_table(a[0]).keys(pid_in(a[1]));
  std::sort(keys.begin(), keys.end());
  co_return shown(list_from(keys));
}
task<shown> op_reg_values(const player&, const step_arguments& a) {
  co_return shown(list_from(named_table(a[0]).values(a[1], pid_in(a[2]))));
}
task<shown> op_reg_count(const player&, const step_arguments& a) {
  co_return shown(term(named_table(a[0]).count()));
}
task<shown> op_reg_update(const player&, const step_arguments& a) {
  const term what = a[2];
  const auto changed =
      named_table(a[0]).update_value(a[1], [what](const term& v) { return tuple(v, what); });
  if (!changed) co_return shown(term(atom("error")));
  co_return shown(tuple(changed->value, changed->before));
}

// How often the function was called, by whom, and with what.
struct told {
  bool by_caller;
  entries all;
};

task<shown> op_reg_dispatch(const player&, const step_arguments& a) {
  const pid me = self();
  const auto note = [me](const entries& all) { send<told>(me, self() == me, all); };
  if (a.size() > 2 && a[2] == term(true)) {
    auto telling = named_table(a[0]).dispatch_in_parallel(a[1], note);
    co_await telling;
  } else {
    named_table(a[0]).dispatch(a[1], note);
  }
  std::vector<term> callers;
  entries all;
  auto one = co_await receive<told>(duration(0));
  while (one) {
    callers.emplace_back(one->by_caller);
    all.insert(all.end(), one->all.begin(), one->all.end());
    one = co_await receive<told>(duration(0));
  }
  co_return shown(tuple(list_from(callers), as_term(all)));
}

auto fits(const term& pattern) {
  return [pattern](const term& value) { return matches(pattern, value); };
}
task<shown> op_reg_match(const player&, const step_arguments& a) {
  co_return shown(as_term(named_table(a[0]).match(a[1], fits(a[2]))));
}
task<shown> op_reg_count_match(const player&, const step_arguments& a) {
  co_return shown(term(named_table(a[0]).count_match(a[1], fits(a[2]))));
}
task<shown> op_reg_unregister_match(const player&, const step_arguments& a) {
  named_table(a[0]).unregister_match(a[1], fits(a[2]));
  co_return shown(ok);
}

// By key and value, since OTP has no order.
task<shown> op_reg_select(const player&, const step_arguments& a) {
  auto rows = named_table(a[0]).select();
  std::sort(rows.begin(), rows.end(), [](const auto& x, const auto& y) {
    return tuple(x.key, x.value) < tuple(y.key, y.value);
  });
  std::vector<term> all;
  for (const auto& row : rows) all.push_back(tuple(row.key, row.process, row.value));
  co_return shown(list_from(all));
}

task<shown> op_reg_links(const player&, const step_arguments&) {
  auto asked = process_info(self());
  const auto info = co_await asked;
  co_return shown(term(info->links.size()));
}

task<shown> op_reg_put_meta(const player&, const step_arguments& a) {
  named_table(a[0]).put_meta(a[1], a[2]);
  co_return shown(ok);
}
task<shown> op_reg_meta(const player&, const step_arguments& a) {
  const auto found = named_table(a[0]).meta(a[1]);
  co_return shown(found ? tuple(ok, *found) : term(atom("error")));
}

// ---- by name

task<shown> op_via_start(const player& me, const step_arguments& a) {
  const via name = a.size() > 3 ? via(named_table(a[0]), a[1], a[3]) : via(named_table(a[0]), a[1]);
  const player who(*me.where, a.name());
  const term options = list();
  auto started = co_await try_start<played_server>({.registry_name = &name}, who, a[2], options);
  if (started.ignored()) co_return shown(term(atom("ignore")), {});
  if (!started.ok()) co_return failed(started.reason());
  const term process = (*started).process();
  co_return shown(tuple(ok, process), {process});
}
task<shown> op_via_call(const player&, const step_arguments& a) {
  const via name(named_table(a[0]), a[1]);
  const term answer = co_await call<ask>(name, a[2]);
  co_return shown(answer);
}
task<shown> op_via_cast(const player&, const step_arguments& a) {
  cast<tell>(via(named_table(a[0]), a[1]), a[2]);
  co_return shown(ok);
}
task<shown> op_via_send(const player&, const step_arguments& a) {
  send(via(named_table(a[0]), a[1]), a[2]);
  co_return shown(ok);
}
task<shown> op_via_stop(const player&, const step_arguments& a) {
  const via name(named_table(a[0]), a[1]);
  co_await stop(name);
  co_return shown(ok);
}
task<shown> op_via_whereis(const player&, const step_arguments& a) {
  const pid found = whereis(via(named_table(a[0]), a[1]));
  co_return shown(found ? term(found) : term());
}

// ---- partition supervisors

partition_supervisor named_partitions(const term& name) {
  return partition_supervisor::named(*name.atom_name());
}

task<term> state_of(pid agent_process) {
  const agent<std::int64_t> of(agent_process);
  const auto state = co_await of.get([](std::int64_t n) { return n; });
  co_return term(state);
}

task<shown> op_ps_start(const player&, const step_arguments& a) {
  const std::string name(*a[0].atom_name());
  const partition_supervisor_options options{.name = name,
                                             .partitions = static_cast<int>(*a[1].as_integer())};
  const auto child = [](int partition) {
    return agent<std::int64_t>::child_spec(std::int64_t{10} * partition);
  };
  auto started = co_await partition_supervisor::try_start_link(options, child);
  if (!started.ok()) co_return failed(started.reason());
  co_return shown(ok, {term(started->process())});
}
task<shown> op_ps_routes(const player&, const step_arguments& a) {
  std::vector<term> states;
  const auto all = named_partitions(a[0]);
  for (const term& key : a[1].elements()) {
    const term state = co_await state_of(all.whereis(key));
    states.push_back(state);
  }
  co_return shown(list_from(states));
}
task<shown> op_ps_ask(const player&, const step_arguments& a) {
  const term state = co_await state_of(whereis(via(named_partitions(a[0]), a[1])));
  co_return shown(state);
}
task<shown> op_ps_whereis(const player&, const step_arguments& a) {
  const pid found = whereis(via(named_partitions(a[0]), a[1]));
  co_return shown(found ? term(found) : term());
}
task<shown> op_ps_partitions(const player&, const step_arguments& a) {
  co_return shown(term(named_partitions(a[0]).partitions()));
}
task<shown> op_ps_counts(const player&, const step_arguments& a) {
  const child_counts counts = co_await named_partitions(a[0]).count_children();
  co_return shown(to_term(counts));
}
task<shown> op_ps_ids(const player&, const step_arguments& a) {
  const auto rows = co_await named_partitions(a[0]).which_children();
  std::vector<term> ids;
  for (const child_info& row : rows) {
    const bool worker = row.type == child_type::worker;
    ids.push_back(tuple(row.id, atom(worker ? "worker" : "supervisor")));
  }
  co_return shown(list_from(ids));
}
task<shown> op_ps_end(const player&, const step_arguments& a) {
  const auto all = named_partitions(a[0]);
  const pid before = all.whereis(a[1]);
  const reference gone = monitor(before);
  exit(before, a[2]);
  co_await receive_if<down_message>([gone](const down_message& d) { return d.id == gone; });
  // The supervisor may hear of it later than this process.
  while (all.whereis(a[1]) == before) co_await beamish::sleep(std::chrono::milliseconds(1));
  co_return shown(term(true));
}

}  // namespace

void add_registry_operations(operation_table& to) {
  to.insert({{"reg_start", &op_reg_start},
             {"reg_stop", &op_reg_stop},
             {"reg_register", &op_reg_register},
             {"reg_unregister", &op_reg_unregister},
             {"reg_lookup", &op_reg_lookup},
             {"reg_keys", &op_reg_keys},
             {"reg_values", &op_reg_values},
             {"reg_count", &op_reg_count},
             {"reg_update", &op_reg_update},
             {"reg_dispatch", &op_reg_dispatch},
             {"reg_match", &op_reg_match},
             {"reg_count_match", &op_reg_count_match},
             {"reg_unregister_match", &op_reg_unregister_match},
             {"reg_select", &op_reg_select},
             {"reg_links", &op_reg_links},
             {"reg_put_meta", &op_reg_put_meta},
             {"reg_meta", &op_reg_meta}});
  to.insert({{"via_start", &op_via_start},
             {"via_call", &op_via_call},
             {"via_cast", &op_via_cast},
             {"via_send", &op_via_send},
             {"via_stop", &op_via_stop},
             {"via_whereis", &op_via_whereis},
             {"ps_start", &op_ps_start},
             {"ps_routes", &op_ps_routes},
             {"ps_ask", &op_ps_ask},
             {"ps_whereis", &op_ps_whereis},
             {"ps_partitions", &op_ps_partitions},
             {"ps_counts", &op_ps_counts},
             {"ps_ids", &op_ps_ids},
             {"ps_end", &op_ps_end}});
}

}  // namespace differential
