// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/registry_table.hpp"

#include <algorithm>
#include <shared_mutex>
#include <unordered_map>

#include "beamish/runtime/process.hpp"
#include "beamish/term/hash.hpp"

namespace beamish::inline v0::detail {

removed_entries::~removed_entries() {
  while (first_ != nullptr) delete std::exchange(first_, first_->next_own);
}

void removed_entries::push(registry_entry* entry) noexcept {
  entry->next_own = nullptr;
  *end_ = entry;
  end_ = &entry->next_own;
}

// One of the parts of the hash table. On a cache line of its own, as its lock is what readers on
// several cores write to.
struct alignas(64) registry_table::part {
  mutable std::shared_mutex mutex;
  std::vector<registry_entry*> places = std::vector<registry_entry*>(8);
  std::size_t keys = 0;
  std::size_t entries = 0;

  // The parts are chosen by the lower bits.
  std::size_t home(std::size_t hash) const noexcept {
    return (hash / part_count) & (places.size() - 1);
  }
  registry_entry* find(const registry_key& key) const {
    registry_entry* e = places[home(key.hash)];
    while (e != nullptr && (e->hash != key.hash || !key.equal(*e, key.key))) e = e->next_key;
    return e;
  }
  void make_room() {
    if (keys < places.size()) return;
    std::vector<registry_entry*> old(2 * places.size());
    old.swap(places);
    for (registry_entry* e : old) {
      while (e != nullptr) {
        registry_entry* const next = e->next_key;
        put(*e);
        e = next;
      }
    }
  }
  void put(registry_entry& e) noexcept {
    registry_entry*& place = places[home(e.hash)];
    e.next_key = place;
    place = &e;
  }
  // REQUIRES: make_room; `first` is what `find` gave.
  void add(registry_entry& e, registry_entry* first) noexcept {
    ++entries;
    e.listed = true;
    if (first == nullptr) {
      ++keys;
      return put(e);
    }
    e.next_same = first;
    e.previous_same = first->previous_same;
    e.previous_same->next_same = &e;
    first->previous_same = &e;
  }
  void remove(registry_entry& e) noexcept {
    --entries;
    e.listed = false;
    registry_entry** at = &places[home(e.hash)];
    while (*at != nullptr && *at != &e) at = &(*at)->next_key;
    if (*at == &e) {
      *at = e.next_key;
      if (e.next_same == &e)
        --keys;
      else
        put(*e.next_same);
    }
    e.next_same->previous_same = e.previous_same;
    e.previous_same->next_same = e.next_same;
    e.next_same = e.previous_same = &e;
  }
};

namespace {

struct own_entries {
  registry_entry* first = nullptr;
  registry_entry** end = &first;

  own_entries() = default;
  own_entries(const own_entries&) = delete;
  own_entries& operator=(const own_entries&) = delete;

  void push(registry_entry& e) noexcept {
    e.next_own = nullptr;
    e.at_own = end;
    *end = &e;
    end = &e.next_own;
  }
  void remove(registry_entry& e) noexcept {
    *e.at_own = e.next_own;
    if (e.next_own != nullptr)
      e.next_own->at_own = e.at_own;
    else
      end = e.at_own;
  }
};

}  // namespace

struct alignas(64) registry_table::partition {
  mutable std::mutex mutex;
  pid process;
  std::unordered_map<pid, own_entries> owners;
};

registry_table::registry_table(std::string name, registry_keys keys, const registry_type& type,
                               std::size_t partitions, std::vector<std::string> listeners,
                               std::uint32_t node)
    : name_(std::move(name)),
      keys_(keys),
      type_(&type),
      partition_count_(partitions),
      listeners_(std::move(listeners)),
      node_(node),
      parts_(new part[part_count]),
      partitions_(new partition[partitions]) {}

registry_table::~registry_table() {
  for (std::size_t i = 0; i < partition_count_; ++i) shut(i);
}

registry_table::part& registry_table::part_of(std::size_t hash) const noexcept {
  return parts_[hash % part_count];
}

// ---- partitions

std::size_t registry_table::partition_of(pid owner) const noexcept {
  return partition_count_ == 1 ? 0 : hash_value(owner) % partition_count_;
}

pid registry_table::process_of(std::size_t at) const {
  const partition& p = partitions_[at];
  std::lock_guard lock(p.mutex);
  return p.process;
}

void registry_table::open(std::size_t at, pid process) {
  partition& p = partitions_[at];
  std::lock_guard lock(p.mutex);
  p.process = process;
}

void registry_table::unlist(registry_entry& e) noexcept {
  part& home = part_of(e.hash);
  std::unique_lock lock(home.mutex);
  if (e.listed) home.remove(e);
}

void registry_table::shut(std::size_t at) noexcept {
  partition& p = partitions_[at];
  std::unordered_map<pid, own_entries> gone;
  {
    std::lock_guard lock(p.mutex);
    p.process = pid{};
    gone.swap(p.owners);
    // unordered: all are removed, and nobody is told.
    for (auto& owner : gone) {
      for (registry_entry* e = owner.second.first; e != nullptr; e = e->next_own) unlist(*e);
    }
  }
  // unordered: the same.
  for (auto& owner : gone) {
    while (registry_entry* e = owner.second.first) {
      owner.second.first = e->next_own;
      delete e;
    }
  }
}

// ---- by key

pid registry_table::holder(const registry_key& key) const {
  const part& home = part_of(key.hash);
  std::shared_lock lock(home.mutex);
  const registry_entry* e = home.find(key);
  return e == nullptr ? pid{} : e->owner;
}

void registry_table::each(const registry_key& key, registry_visitor v) const {
  const part& home = part_of(key.hash);
  std::shared_lock lock(home.mutex);
  const registry_entry* const first = home.find(key);
  if (first == nullptr) return;
  const registry_entry* e = first;
  do {
    v.see(v.to, *e);
    e = e->next_same;
  } while (e != first);
}

void registry_table::each(registry_visitor v) const {
  for (std::size_t i = 0; i < part_count; ++i) {
    std::shared_lock lock(parts_[i].mutex);
    for (const registry_entry* key : parts_[i].places) {
      for (; key != nullptr; key = key->next_key) {
        const registry_entry* e = key;
        do {
          v.see(v.to, *e);
          e = e->next_same;
        } while (e != key);
      }
    }
  }
}

std::size_t registry_table::size() const {
  std::size_t all = 0;
  for (std::size_t i = 0; i < part_count; ++i) {
    std::shared_lock lock(parts_[i].mutex);
    all += parts_[i].entries;
  }
  return all;
}

// ---- by owner

registry_table::insertion registry_table::insert(std::unique_ptr<registry_entry>& entry,
                                                 const registry_key& key, pid process) {
  partition& own = partitions_[partition_of(entry->owner)];
  std::lock_guard lock(own.mutex);
  if (own.process != process) return {outcome::no_partition, {}};
  part& home = part_of(key.hash);
  {
    std::unique_lock home_lock(home.mutex);
    registry_entry* first = home.find(key);
    if (is_unique() && first != nullptr && alive(first->owner))
      return {outcome::taken, first->owner};
    home.make_room();
    own_entries& list = own.owners[entry->owner];
    if (is_unique() && first != nullptr) {
      home.remove(*std::exchange(first, nullptr));
    }
    entry->number = last_number_.fetch_add(1, std::memory_order_relaxed) + 1;
    home.add(*entry, first);
    list.push(*entry.release());
  }
  return {outcome::done, {}};
}

void registry_table::each_of(pid owner, registry_visitor v) const {
  const partition& p = partitions_[partition_of(owner)];
  std::lock_guard lock(p.mutex);
  const auto at = p.owners.find(owner);
  if (at == p.owners.end()) return;
  for (const registry_entry* e = at->second.first; e != nullptr; e = e->next_own) v.see(v.to, *e);
}

bool registry_table::has_entries(pid owner) const {
  const partition& p = partitions_[partition_of(owner)];
  std::lock_guard lock(p.mutex);
  return p.owners.contains(owner);
}

removed_entries registry_table::erase(pid owner, const registry_key& key,
                                      std::optional<std::span<const std::uint64_t>> numbers) {
  removed_entries gone;
  partition& p = partitions_[partition_of(owner)];
  std::lock_guard lock(p.mutex);
  const auto at = p.owners.find(owner);
  if (at == p.owners.end()) return gone;
  own_entries& list = at->second;
  for (registry_entry* e = list.first; e != nullptr;) {
    registry_entry* const next = e->next_own;
    const bool wanted = e->hash == key.hash && key.equal(*e, key.key) &&
                        (!numbers || std::ranges::binary_search(*numbers, e->number));
    if (wanted) {
      list.remove(*e);
      unlist(*e);
      gone.push(e);
    }
    e = next;
  }
  if (list.first == nullptr) p.owners.erase(at);
  return gone;
}

removed_entries registry_table::forget(pid owner) {
  removed_entries gone;
  partition& p = partitions_[partition_of(owner)];
  std::lock_guard lock(p.mutex);
  const auto at = p.owners.find(owner);
  if (at == p.owners.end()) return gone;
  for (registry_entry* e = at->second.first; e != nullptr;) {
    registry_entry* const next = e->next_own;
    unlist(*e);
    gone.push(e);
    e = next;
  }
  p.owners.erase(at);
  return gone;
}

bool registry_table::change(pid owner, const registry_key& key, registry_visitor change) {
  part& home = part_of(key.hash);
  std::unique_lock lock(home.mutex);
  const registry_entry* e = home.find(key);
  if (e == nullptr || e->owner != owner) return false;
  change.see(change.to, *e);
  return true;
}

// ---- what belongs to the registry as a whole

void registry_table::put_meta(const term& key, term value) {
  std::lock_guard lock(meta_mutex_);
  meta_.insert_or_assign(key, std::move(value));
}

std::optional<term> registry_table::meta(const term& key) const {
  std::lock_guard lock(meta_mutex_);
  const auto at = meta_.find(key);
  return at == meta_.end() ? std::nullopt : std::optional<term>(at->second);
}

void registry_table::delete_meta(const term& key) {
  std::lock_guard lock(meta_mutex_);
  meta_.erase(key);
}

}  // namespace beamish::inline v0::detail
