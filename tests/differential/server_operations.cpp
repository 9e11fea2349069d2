// SPDX-License-Identifier: Apache-2.0
//
// Operations on servers.
#include "tests/differential/played_server.hpp"

namespace differential {

using namespace beamish;

namespace {

const term ok = atom("ok");
using ask = played_server::ask;
using ask_later = played_server::ask_later;
using tell = played_server::tell;

// The options that are the start's, of all that the step has.
term given(const term& options) {
  std::vector<term> kept;
  for (const term& pair : options.elements()) {
    const term& key = pair.elements()[0];
    if (key.is_atom("name") || key.is_atom("timeout") || key.is_atom("hibernate_after"))
      kept.push_back(pair);
  }
  return list_from(kept);
}

shown started(const start_result<played_server>& result) {
  if (result.ignored()) return shown(term(atom("ignore")), {});
  if (!result.ok()) return shown(tuple(atom("error"), result.reason().value()), {});
  const term process = (*result).process();
  if (!result.monitor()) return shown(tuple(ok, process), {process});
  const term monitor = result.monitor();
  return shown(tuple(ok, tuple(process, monitor)), {process, monitor});
}

term options_of(const step_arguments& a) { return a.size() > 1 ? a[1] : list(); }

task<shown> op_start(const player& me, const step_arguments& a) {
  const term options = options_of(a);
  const term own = given(options);
  const player who(*me.where, a.name());
  auto result = co_await try_start<played_server>(start_options_from(own), who, a[0], options);
  co_return started(result);
}
task<shown> op_start_link(const player& me, const step_arguments& a) {
  const term options = options_of(a);
  const term own = given(options);
  const player who(*me.where, a.name());
  auto result = co_await try_start_link<played_server>(start_options_from(own), who, a[0], options);
  co_return started(result);
}
task<shown> op_start_monitor(const player& me, const step_arguments& a) {
  const term options = options_of(a);
  const term own = given(options);
  const player who(*me.where, a.name());
  auto result = co_await start_monitor<played_server>(start_options_from(own), who, a[0], options);
  co_return started(result);
}

bool is_for_later(const term& instruction) {
  if (!instruction.is_tuple()) return false;
  const term& word = instruction.elements()[0];
  return word.is_atom("keep");
}

task<shown> op_call(const player&, const step_arguments& a) {
  const address to(a[0]);
  const within limit(a.size() > 2 ? milliseconds_in(a[2]) : default_call_timeout);
  if (is_for_later(a[1])) {
    const term late = co_await call<ask_later>(limit, to, a[1]);
    co_return shown(late);
  }
  const term now = co_await call<ask>(limit, to, a[1]);
  co_return shown(now);
}
task<shown> op_cast(const player&, const step_arguments& a) {
  const address to(a[0]);
  cast<tell>(to, a[1]);
  co_return shown(ok);
}
task<shown> op_stop(const player&, const step_arguments& a) {
  const address to(a[0]);
  const exit_reason reason(a.size() > 1 ? a[1] : term(atom("normal")));
  const duration limit = a.size() > 2 ? milliseconds_in(a[2]) : infinity;
  co_await stop(to, reason, limit);
  co_return shown(ok);
}

task<shown> op_take_from(const player& me, const step_arguments& a) {
  auto got = co_await receive<handed_over>(std::chrono::milliseconds(1000));
  if (!got) co_return shown(term(atom("timeout")), {});
  me.where->keep(a.name(), std::make_shared<handed_over>(std::move(*got)));
  co_return shown(term(atom("taken")), {});
}
task<shown> op_reply(const player& me, const step_arguments& a) {
  const auto taken = std::static_pointer_cast<handed_over>(me.where->kept(a[0]));
  if (!taken) throw argument_error("nothing to answer");
  taken->caller.reply(a[1]);
  co_return shown(ok);
}

// Requests: each belongs to the process that sent it.
using request = request_id<ask>;

task<shown> op_request(const player& me, const step_arguments& a) {
  const address to(a[0]);
  me.where->keep(a.name(), std::make_shared<request>(send_request<ask>(to, a[1])));
  co_return shown(term(atom("sent")), {});
}

term as_response(answer<term>& got) {
  if (got.ok()) return tuple(atom("reply"), *got);
  const term& reason = got.reason().value();
  // OTP gives a timeout as a value of its own.
  if (reason.is_tuple() && reason.elements()[0].is_atom("timeout")) return term(atom("timeout"));
  return tuple(atom("error"), reason);
}

task<shown> op_response(const player& me, const step_arguments& a) {
  const auto open = std::static_pointer_cast<request>(me.where->kept(a[0]));
  if (!open) throw argument_error("no request");
  auto got = co_await receive_response(*open, a.size() > 1 ? milliseconds_in(a[1]) : infinity);
  co_return shown(as_response(got));
}
task<shown> op_wait_response(const player& me, const step_arguments& a) {
  const auto open = std::static_pointer_cast<request>(me.where->kept(a[0]));
  if (!open) throw argument_error("no request");
  auto got = co_await wait_response(*open, milliseconds_in(a[1]));
  co_return shown(got ? as_response(*got) : term(atom("timeout")));
}

using node_list = std::vector<std::string>;
node_list nodes_in(const term& t) {
  node_list found;
  for (const term& one : t.elements()) found.emplace_back(*one.atom_name());
  return found;
}

task<shown> op_multi_call(const player&, const step_arguments& a) {
  const node_list where = nodes_in(a[0]);
  const std::string name(*a[1].atom_name());
  const within limit(a.size() > 3 ? milliseconds_in(a[3]) : infinity);
  auto got = co_await multi_call<ask>(limit, where, name, a[2]);
  std::vector<term> replies, bad;
  for (const auto& [node, reply] : got.replies) replies.push_back(tuple(atom(node), reply));
  for (const std::string& node : got.bad_nodes) bad.emplace_back(atom(node));
  co_return shown(tuple(list_from(replies), list_from(bad)));
}
task<shown> op_abcast(const player&, const step_arguments& a) {
  const node_list where = nodes_in(a[0]);
  abcast<tell>(where, *a[1].atom_name(), a[2]);
  co_return shown(term(atom("abcast")));
}

}  // namespace

void add_server_operations(operation_table& to) {
  to.insert({{"start", &op_start},
             {"start_link", &op_start_link},
             {"start_monitor", &op_start_monitor},
             {"call", &op_call},
             {"cast", &op_cast},
             {"stop", &op_stop},
             {"take_from", &op_take_from},
             {"reply", &op_reply},
             {"request", &op_request},
             {"response", &op_response},
             {"wait_response", &op_wait_response},
             {"multi_call", &op_multi_call},
             {"abcast", &op_abcast}});
}

}  // namespace differential
