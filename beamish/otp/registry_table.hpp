// SPDX-License-Identifier: Apache-2.0
//
// The table of a registry: who is registered under which key. All processes read it directly.
//
// Entries are found by key: a hash table in 32 parts, each behind a lock of its own that readers
// share. And by owner: each process belongs to one of the registry's partitions, whose process
// cleans up when it ends. Keys and values have no type here; see registry.hpp.
//
// An entry is removed by its owner, or by the owner's partition when the owner has ended. Until
// then it may be found, so whoever reads asks whether its owner lives. A dead process's unique key
// is given to the next who asks for it; its entry stays with its partition, and is `listed` no
// more.
//
// Threads: any. Locks are held for a few steps: no user code runs inside but ==, and copying of
// keys and values. A partition's lock is taken before that of a part of the hash table.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "beamish/runtime/memory_access.hpp"
#include "beamish/runtime/message.hpp"
#include "beamish/runtime/shared_objects.hpp"

namespace beamish::inline v0 {

// Whether a key leads to one process at most, or to any number.
enum class registry_keys : std::uint8_t { unique, duplicate };

namespace detail {

class registry_table;

// One registration. Derived classes add the key and the value.
struct registry_entry : from_pool {
  registry_entry(pid o, std::size_t h) noexcept : owner(o), hash(h) {}
  virtual ~registry_entry() = default;

  pid owner;
  std::size_t hash;
  std::uint64_t number = 0;  // in the order of registration
  bool listed = false;
  // The next key of this place of the hash table; of the first entry of each key.
  registry_entry* next_key = nullptr;
  // A ring: all entries of a key in the order of registration.
  registry_entry* next_same = this;
  registry_entry* previous_same = this;
  // All entries of the owner in the order of registration.
  registry_entry* next_own = nullptr;
  registry_entry** at_own = nullptr;
};

// What is looked for.
struct registry_key {
  std::size_t hash;
  const void* key;
  bool (*equal)(const registry_entry& entry, const void* key);
};

// Sees entries one by one, behind the lock. What it throws ends the walk.
struct registry_visitor {
  void* to;
  void (*see)(void* to, const registry_entry& entry);
};
template <class F>
registry_visitor visitor_of(const F& f) {
  return {const_cast<F*>(&f),
          [](void* to, const registry_entry& e) { (*static_cast<const F*>(to))(e); }};
}

// What a registry's kind of keys and values has in common.
struct registry_type {
  const message_type* key;
  const message_type* value;
  // Tells the table's listeners that an entry is gone.
  void (*tell_unregistered)(const registry_table& table, const registry_entry& entry);
};

// Entries that are in no table any more, in the order of their registration.
class removed_entries {
 public:
  removed_entries() = default;
  removed_entries(removed_entries&& other) noexcept
      : first_(std::exchange(other.first_, nullptr)), end_(other.end_) {
    if (first_ == nullptr) end_ = &first_;
  }
  removed_entries& operator=(removed_entries&&) = delete;
  ~removed_entries();

  const registry_entry* first() const noexcept { return first_; }
  bool empty() const noexcept { return first_ == nullptr; }
  void push(registry_entry* entry) noexcept;

 private:
  registry_entry* first_ = nullptr;
  registry_entry** end_ = &first_;
};

class registry_table : public shared_object {
 public:
  registry_table(std::string name, registry_keys keys, const registry_type& type,
                 std::size_t partitions, std::vector<std::string> listeners, std::uint32_t node);
  ~registry_table() override;

  const std::string& name() const noexcept { return name_; }
  bool is_unique() const noexcept { return keys_ == registry_keys::unique; }
  const registry_type& type() const noexcept { return *type_; }
  const std::vector<std::string>& listeners() const noexcept { return listeners_; }
  // Of the node that it belongs to.
  std::uint32_t node() const noexcept { return node_; }

  // ---- partitions
  std::size_t partitions() const noexcept { return partition_count_; }
  std::size_t partition_of(pid owner) const noexcept;
  // Its process; empty while it has none.
  pid process_of(std::size_t partition) const;
  void open(std::size_t partition, pid process);
  // Nobody is registered in it any more.
  void shut(std::size_t partition) noexcept;

  // ---- by key
  // The one process of a unique key, dead or alive; empty if there is none.
  pid holder(const registry_key& key) const;
  void each(const registry_key& key, registry_visitor v) const;
  void each(registry_visitor v) const;
  std::size_t size() const;

  // ---- by owner
  enum class outcome : std::uint8_t { done, taken, no_partition };
  struct insertion {
    outcome what;
    pid holder;  // if it is taken
  };
  // `partition` is the process that the owner is linked to. Takes the entry if it is `done`.
  insertion insert(std::unique_ptr<registry_entry>& entry, const registry_key& key, pid partition);
  void each_of(pid owner, registry_visitor v) const;
  bool has_entries(pid owner) const;
  // Of one key; if there are numbers, only those.
  removed_entries erase(pid owner, const registry_key& key,
                        std::optional<std::span<const std::uint64_t>> numbers = {});
  removed_entries forget(pid owner);
  // Runs `change` on the owner's only entry of a unique key. False: there is none.
  bool change(pid owner, const registry_key& key, registry_visitor change);

  // ---- what belongs to the registry as a whole
  void put_meta(const term& key, term value);
  std::optional<term> meta(const term& key) const;
  void delete_meta(const term& key);

 private:
  struct part;
  struct partition;
  static constexpr std::size_t part_count = 32;

  part& part_of(std::size_t hash) const noexcept;
  void unlist(registry_entry& entry) noexcept;

  std::string name_;
  registry_keys keys_;
  const registry_type* type_;
  std::size_t partition_count_;
  std::vector<std::string> listeners_;
  std::uint32_t node_;
  std::atomic<std::uint64_t> last_number_{0};
  std::unique_ptr<part[]> parts_;
  std::unique_ptr<partition[]> partitions_;
  mutable std::mutex meta_mutex_;
  std::map<term, term> meta_;
};

}  // namespace detail
}  // namespace beamish::inline v0
