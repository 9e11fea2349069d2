// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/process.hpp"

#include <algorithm>

#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/mailbox_room.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0 {

using namespace detail;

pid self() {
  context* here = current_context();
  if (here == nullptr || here->current == nullptr) not_in_a_process();
  return sender();
}

bool alive(pid p) noexcept {
  const process_slot* slot = find_slot(p);
  return slot != nullptr && slot->serial.load(std::memory_order_seq_cst) == p.serial &&
         slot->has(slot_flag::alive) && slot->node->index == p.node;
}

namespace detail {

void refuse_transfer(const message_type& type) {
  throw exited(exit_reason(tuple(atom("not_serialisable"), atom(type.name))));
}

send_outcome send_signal(const destination& to, signal* message, bool codec) {
  context* here = current_context();
  const pid from = sender_of(here);
  pid target;
  try {
    target = to.kind() == destination::kind::alias ? owner_of(to.alias()) : to.resolve();
    if (!codec && target && here != nullptr && here->node != nullptr &&
        here->node->index != target.node) {
      refuse_transfer(*message->type->message);
    }
    if (!target && (to.kind() == destination::kind::name || to.kind() == destination::kind::via)) {
      throw argument_error("send: no process is registered as '" + inspect(to.to_term()) +
                           "' on this node: start it first, or check the name with whereis()");
    }
    if (to.kind() == destination::kind::alias) address_to_alias(*message, to.alias());
  } catch (...) {
    message->type->dispose(message);
    throw;
  }
  if (target) return post_message(here, from, target, message);
  drop_context(*message);
  message->type->dispose(message);
  return {};
}

}  // namespace detail

void exit(exit_reason reason) { throw exited(std::move(reason)); }
void exit(term reason) { throw exited(exit_reason(std::move(reason))); }

void exit(pid to, const exit_reason& reason) {
  const pid from = sender();
  send_exit(from, to, reason);
  if (!from || to != from) return;
  // A signal to oneself takes effect before the call returns, unless it becomes a message.
  const bool kills = reason.is("kill");
  self_access me;
  if (!kills && me->has(slot_flag::trap_exit)) return;
  me->set(slot_flag::ends_itself);
  throw exited(kills ? exit_reason::killed() : reason);
}
void exit(pid to, term reason) { exit(to, exit_reason(std::move(reason))); }

bool trap_exits(bool on) {
  self_access me;
  const bool before = me->has(slot_flag::trap_exit);
  if (on)
    me->set(slot_flag::trap_exit);
  else
    me->clear(slot_flag::trap_exit);
  return before;
}

void link(pid peer) {
  self_access me;
  start_link(*me, peer);
}

void unlink(pid peer) {
  self_access me;
  stop_link(*me, peer);
}

namespace {

reference monitor_with(const destination& of, const reference& id, process_slot& me) {
  term shown;
  if (of.kind() != destination::kind::process) {
    shown = of.to_term();
    if (of.kind() == destination::kind::name) shown = tuple(shown, atom(me.node->name));
  }
  const bool no_node =
      of.kind() == destination::kind::name_on_node && the_program().find_node(of.node()) == 0;
  start_monitor(me, of.resolve(), id, std::move(shown),
                no_node ? exit_reason::noconnection() : exit_reason::noproc());
  return id;
}

// Nobody hears of their own end: as in OTP this gives a reference, and nothing else.
bool is_itself(const destination& of, const process_slot& me) {
  return of.kind() != destination::kind::via && of.resolve() == pid_of(me);
}

}  // namespace

reference monitor(const destination& of) {
  self_access me;
  if (is_itself(of, *me)) return next_reference(*me);
  return monitor_with(of, next_reference(*me), *me);
}

reference monitor(const destination& of, alias_kind kind) {
  if (kind == alias_kind::reply)
    throw argument_error("monitor: alias_kind::reply is for alias(): give reply_demonitor");
  self_access me;
  const reference id = next_reference(*me);
  if (is_itself(of, *me)) return id;
  extra_of(*me).aliases.push_back({count_of(id), kind});
  try {
    return monitor_with(of, id, *me);
  } catch (...) {
    drop_alias(*me, id);
    throw;
  }
}

bool demonitor(const reference& id, bool flush) {
  self_access me;
  end_alias_of_monitor(*me, id);
  if (monitor_record* r = find_monitor(*me, id)) {
    stop_monitor(*me, r);
    return true;
  }
  if (!flush) return false;
  for (signal** at = &me->queue; *at != nullptr; at = &(*at)->next) {
    if (!same_message((*at)->type->message, &message_type_of<down_message>)) continue;
    if ((*at)->type->kind != signal_kind::message || payload_of<down_message>(**at).id != id)
      continue;
    signal* down = me->unlink(at);
    down->type->dispose(down);
    break;
  }
  return false;
}

void register_name(std::string_view name) { register_name(name, self()); }

void register_name(std::string_view name, pid holder) {
  self_access me;
  if (name.empty() || name == "undefined" || name == "nil" || name.size() > 255) {
    throw argument_error("register_name: '" + std::string(name) + "' can't be a name");
  }
  process_slot* slot = me->node->index == holder.node ? me->node->find(holder.id) : nullptr;
  if (slot == nullptr || !alive(holder)) {
    throw argument_error("register_name: " + inspect(term(holder)) +
                         " is no living process of this node");
  }
  switch (me->node->names.insert(name, holder)) {
    case name_result::done:
      break;
    case name_result::name_taken:
      throw argument_error("register_name: '" + std::string(name) +
                           "' is taken by another process");
    case name_result::has_name:
      throw argument_error("register_name: " + inspect(term(holder)) +
                           " already has a name; a process has one at most");
  }
  slot->flags.fetch_or(slot_flag::has_name, std::memory_order_seq_cst);
  if (!alive(holder)) {
    me->node->names.erase(name, holder);
    throw argument_error("register_name: " + inspect(term(holder)) + " has just ended");
  }
}

void unregister_name(std::string_view name) {
  self_access me;
  const pid holder = me->node->names.find(name);
  if (!holder || !me->node->names.erase(name, holder)) {
    throw argument_error("unregister_name: no process is registered as '" + std::string(name) +
                         "'");
  }
}

pid whereis(std::string_view name) { return destination(name).resolve(); }

std::vector<std::string> registered() {
  self_access me;
  return me->node->names.all();
}

std::vector<pid> processes() {
  self_access me;
  return all_processes(*me->node);
}

void set_label(term label) {
  self_access me;
  extra_of(*me).label = std::move(label);
}

std::vector<pid> ancestors() {
  self_access me;
  std::vector<pid> all;
  for (lineage* l = me->parents; l != nullptr; l = l->parents) all.push_back(l->process);
  return all;
}

reference make_reference() {
  self_access me;
  return next_reference(*me);
}

namespace process_dictionary {

namespace {
auto find(std::vector<std::pair<term, term>>& all, const term& key) {
  return std::find_if(all.begin(), all.end(),
                      [&](const auto& entry) { return entry.first == key; });
}
}  // namespace

std::optional<term> put(const term& key, term value) {
  self_access me;
  auto& all = extra_of(*me).dictionary;
  if (auto at = find(all, key); at != all.end()) return std::exchange(at->second, std::move(value));
  all.emplace_back(key, std::move(value));
  return std::nullopt;
}

std::optional<term> get(const term& key) {
  self_access me;
  if (me->extra == nullptr) return std::nullopt;
  auto& all = me->extra->dictionary;
  auto at = find(all, key);
  return at == all.end() ? std::nullopt : std::optional<term>(at->second);
}

std::optional<term> erase(const term& key) {
  self_access me;
  if (me->extra == nullptr) return std::nullopt;
  auto& all = me->extra->dictionary;
  auto at = find(all, key);
  if (at == all.end()) return std::nullopt;
  std::optional<term> before(std::move(at->second));
  all.erase(at);
  return before;
}

std::vector<std::pair<term, term>> all() {
  self_access me;
  return me->extra == nullptr ? std::vector<std::pair<term, term>>() : me->extra->dictionary;
}

}  // namespace process_dictionary
}  // namespace beamish::inline v0
