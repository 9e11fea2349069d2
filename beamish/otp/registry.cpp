// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/registry.hpp"

#include "beamish/runtime/node_core.hpp"

namespace beamish::inline v0::detail {

namespace {

[[noreturn]] void unknown(const std::string& name) {
  throw argument_error("registry: no registry is called '" + name +
                       "' on this node: start it first, as registry<Key, Value>::start_link, or "
                       "under a supervisor before those who use it");
}

std::shared_ptr<registry_table> find_table(std::string_view name) {
  return std::dynamic_pointer_cast<registry_table>(current_node().shared.find(name));
}

}  // namespace

// ---- the handle

registry_handle::registry_handle(std::string_view name, const registry_type& type)
    : name_(name), type_(&type) {
  const context* here = current_context();
  if (here == nullptr || here->node == nullptr) return;
  auto found = find_table(name);
  if (found != nullptr && same_message(found->type().key, type.key) &&
      same_message(found->type().value, type.value))
    found_ = std::move(found);
}

std::shared_ptr<registry_table> registry_handle::look_up() const {
  auto found = find_table(name_);
  if (found == nullptr) unknown(name_);
  const registry_type& its = found->type();
  if (!same_message(its.key, type_->key) || !same_message(its.value, type_->value)) {
    throw argument_error("registry: '" + name_ + "' is a registry<" + std::string(its.key->name) +
                         ", " + std::string(its.value->name) + ">, not a registry<" +
                         std::string(type_->key->name) + ", " + std::string(type_->value->name) +
                         ">");
  }
  return found;
}

void registry_handle::put_meta(const term& key, term value) const {
  use()->put_meta(key, std::move(value));
}
std::optional<term> registry_handle::meta(const term& key) const { return use()->meta(key); }
void registry_handle::delete_meta(const term& key) const { use()->delete_meta(key); }

// ---- starting

std::shared_ptr<const registry_plan> plan_of(registry_keys keys, std::string_view name,
                                             int partitions,
                                             std::span<const std::string_view> listeners,
                                             const registry_type& type) {
  if (name.empty())
    throw argument_error("registry: it is found by its name: give it one, as .name = \"rooms\"");
  if (partitions < 1) {
    throw argument_error("registry: partitions must be a positive number, not " +
                         std::to_string(partitions));
  }
  return std::make_shared<const registry_plan>(
      registry_plan{std::string(name), keys, &type, static_cast<std::size_t>(partitions),
                    std::vector<std::string>(listeners.begin(), listeners.end())});
}

task<std::shared_ptr<registry_table>> start_registry(std::shared_ptr<const registry_plan> plan) {
  auto starting = supervisor::start_link<registry_supervisor>({.name = plan->name}, plan);
  co_await starting;
  auto table = find_table(plan->name);
  if (table == nullptr) throw exited(exit_reason::noproc());  // it has ended already
  co_return table;
}

child_specification registry_child(std::shared_ptr<const registry_plan> plan) {
  const std::string name = plan->name;
  return child_spec<registry_supervisor>({.name = name, .id = name}, std::move(plan));
}

// ---- what the current process does to a table

void require_unique(const registry_table& table, std::string_view function) {
  if (table.is_unique()) return;
  throw argument_error("registry: " + std::string(function) + " needs unique keys, and '" +
                       table.name() + "' has duplicate ones, that lead to any number of processes");
}

void require_self(pid holder) {
  if (holder != self())
    throw argument_error("registry: a process registers only itself, never another");
}

void value_is_missing(const registry_table& table) {
  throw argument_error("registry: the values of '" + table.name() +
                       "' have no default: give one, as via(registry, key, value)");
}

pid holder_of(const registry_table& table, const registry_key& key) {
  require_unique(table, "to find the one process of a key");
  const pid holder = table.holder(key);
  return holder && alive(holder) ? holder : pid{};
}

pid holder_in_the_way(answer<pid> registered) {
  if (registered.ok()) return {};
  return *registered.reason().value().elements()[1].as_pid();
}

namespace {

// As OTP does: who is registered nowhere in a partition is not linked to it.
void unlink_if_idle(const registry_table& table, pid me, pid partition) {
  if (!table.has_entries(me)) unlink(partition);
}

void tell_gone(registry_table& table, const removed_entries& gone) {
  if (gone.empty()) return;
  const pid me = gone.first()->owner;
  if (const pid partition = table.process_of(table.partition_of(me)))
    unlink_if_idle(table, me, partition);
  for (const registry_entry* e = gone.first(); e != nullptr; e = e->next_own)
    table.type().tell_unregistered(table, *e);
}

}  // namespace

answer<pid> register_entry(registry_table& table, std::unique_ptr<registry_entry> entry,
                           const registry_key& key) {
  const pid me = entry->owner;
  if (me.node != table.node()) {
    throw argument_error("registry: '" + table.name() +
                         "' belongs to another node than the process that is to be registered");
  }
  const pid partition = table.process_of(table.partition_of(me));
  if (!partition) unknown(table.name());
  // First: the partition hears of the end of whoever has an entry.
  link(partition);
  registry_table::insertion result;
  try {
    result = table.insert(entry, key, partition);
  } catch (...) {
    unlink_if_idle(table, me, partition);
    throw;
  }
  if (result.what == registry_table::outcome::done) return answer<pid>(std::in_place, partition);
  unlink_if_idle(table, me, partition);
  if (result.what == registry_table::outcome::no_partition) unknown(table.name());
  return answer<pid>(exit_reason(tuple(atom("already_registered"), result.holder)));
}

void unregister_all(registry_table& table, const registry_key& key) {
  tell_gone(table, table.erase(self(), key));
}

void unregister_some(registry_table& table, const registry_key& key,
                     std::span<const std::uint64_t> numbers) {
  tell_gone(table, table.erase(self(), key, numbers));
}

// ---- locks

pid partition_of_lock(const registry_table& table, const lock_key& key) {
  const pid partition = table.process_of(key.hash % table.partitions());
  if (!partition) unknown(table.name());
  return partition;
}

task<reference> take_lock(pid partition, std::unique_ptr<lock_key> key) {
  auto asking = call<registry_partition::lock>(within(infinity), partition, std::move(key));
  const lock_grant granted = co_await asking;
  if (!granted.id) {
    throw argument_error(
        "registry: this process has the lock of this key already, and would wait for itself");
  }
  co_return granted.id;
}

held_lock::held_lock(pid partition, const reference& id)
    : partition_(partition),
      farewell_(make_node<registry_partition::unlock>(cast_type<registry_partition::unlock>, id)) {}

held_lock::~held_lock() { send_cast(partition_, farewell_, true); }

}  // namespace beamish::inline v0::detail
