// SPDX-License-Identifier: Apache-2.0
// tested in: registry_test.cpp
#include "beamish/otp/registry_partition.hpp"

#include <algorithm>

#include "beamish/runtime/node_core.hpp"

namespace beamish::inline v0::detail {

namespace {

struct partition_starter final : child_starter {
  partition_starter(std::shared_ptr<registry_table> t, std::size_t i)
      : table(std::move(t)), at(i) {}
  std::shared_ptr<registry_table> table;
  std::size_t at;
  const starter_kind& kind() const noexcept override { return server_kind<registry_partition>; }
  server_box* make_box(const void*) const override {
    return make_server_box<registry_partition>(table, at);
  }
  term arguments() const override { return list(atom(table->name()), at); }
};

}  // namespace

supervisor_init registry_supervisor::init(std::shared_ptr<const registry_plan> plan) {
  node_core& node = current_node();
  auto table = std::make_shared<registry_table>(plan->name, plan->keys, *plan->type,
                                                plan->partitions, plan->listeners, node.index);
  std::vector<child_specification> partitions;
  for (std::size_t i = 0; i < plan->partitions; ++i)
    partitions.emplace_back(term(i), std::make_unique<partition_starter>(table, i));
  supervisor_init wanted(std::move(partitions), {.strategy = one_for_all});
  wanted.kept = std::make_shared<published>(node.shared, plan->name, std::move(table));
  return wanted;
}

void registry_partition::init(std::shared_ptr<registry_table> table, std::size_t at) {
  trap_exits(true);
  table_ = std::move(table);
  at_ = at;
  table_->open(at_, self());
}

registry_partition::~registry_partition() {
  if (table_ != nullptr) table_->shut(at_);
}

void registry_partition::handle_info(exit_message& m) {
  const removed_entries gone = table_->forget(m.from);
  for (const registry_entry* e = gone.first(); e != nullptr; e = e->next_own)
    table_->type().tell_unregistered(*table_, *e);
}

// ---- locks

registry_partition::line& registry_partition::line_of(std::unique_ptr<lock_key> key) {
  const auto [first, last] = lines_.equal_range(key->hash);
  for (auto at = first; at != last; ++at) {
    if (at->second.key->equals(*key)) return at->second;
  }
  const std::size_t hash = key->hash;
  return lines_.emplace(hash, line{std::move(key), {}})->second;
}

void registry_partition::grant(turn& t) {
  t.waits->reply(lock_grant{t.id});
  t.waits.reset();
}

void registry_partition::handle_call(lock& m, from<lock> caller) {
  const std::size_t hash = m.key->hash;
  const pid process = caller.process();
  line& all = line_of(std::move(m.key));
  if (!all.turns.empty() && all.turns.front().process == process) return caller.reply(lock_grant{});
  turn mine{monitor(process), process, std::move(caller)};
  monitored_.emplace(mine.id, hash);
  all.turns.push_back(std::move(mine));
  if (all.turns.size() == 1) grant(all.turns.front());
}

void registry_partition::end_turn(const reference& id) {
  const auto known = monitored_.find(id);
  if (known == monitored_.end()) return;
  const auto [first, last] = lines_.equal_range(known->second);
  monitored_.erase(known);
  demonitor(id, true);
  for (auto at = first; at != last; ++at) {
    auto& turns = at->second.turns;
    const auto mine =
        std::find_if(turns.begin(), turns.end(), [&](const turn& t) { return t.id == id; });
    if (mine == turns.end()) continue;
    const bool had_it = mine == turns.begin();
    turns.erase(mine);
    if (turns.empty())
      lines_.erase(at);
    else if (had_it)
      grant(turns.front());
    return;
  }
}

term registry_partition::format_status() const {
  return structure(elixir_module("Registry.Partition"),
                   {{"registry", atom(table_->name())}, {"at", at_}, {"locks", lines_.size()}});
}

}  // namespace beamish::inline v0::detail
