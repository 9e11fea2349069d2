// SPDX-License-Identifier: Apache-2.0
//
// What registry<Key, Value> needs, with as few types as possible: the handle, entries with their
// keys and values, what the current process does to a table, and locks.
// tested in: registry_test.cpp
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "beamish/otp/async.hpp"
#include "beamish/otp/registry_partition.hpp"
#include "beamish/otp/task_beside.hpp"
#include "beamish/term/hash.hpp"

namespace beamish::inline v0 {

// What the listeners of a registry hear.
template <class Key, class Value>
struct registered_message {
  std::string registry;
  Key key;
  pid process;
  Value value;
};
template <class Key>
struct unregistered_message {
  std::string registry;
  Key key;
  pid process;
};

}  // namespace beamish::inline v0

namespace beamish::inline v0::detail {

// A table while it is used: by a handle that knows it, or kept for the moment.
class table_in_use {
 public:
  explicit table_in_use(registry_table& known) noexcept : table_(&known) {}
  explicit table_in_use(std::shared_ptr<registry_table> found) noexcept
      : kept_(std::move(found)), table_(kept_.get()) {}
  registry_table& operator*() const noexcept { return *table_; }
  registry_table* operator->() const noexcept { return table_; }

 private:
  std::shared_ptr<registry_table> kept_;
  registry_table* table_;
};

// One registry that was found, or whichever has the name.
class registry_handle {
 public:
  const std::string& name() const noexcept { return name_; }
  // Its supervisor; empty if no registry has the name.
  pid process() const { return address().resolve(); }
  // Valid as long as this object.
  destination address() const& { return destination(name_); }
  operator destination() const& { return address(); }

  // Anything that belongs to the registry as a whole. Mirrors Registry.put_meta and meta.
  void put_meta(const term& key, term value) const;
  std::optional<term> meta(const term& key) const;
  void delete_meta(const term& key) const;

 protected:
  explicit registry_handle(std::shared_ptr<registry_table> found)
      : name_(found->name()), type_(&found->type()), found_(std::move(found)) {}
  registry_handle(std::string_view name, const registry_type& type);

  // Throws argument_error if there is no such registry. Valid as long as this object.
  table_in_use use() const {
    if (found_ != nullptr && !found_->closed()) [[likely]]
      return table_in_use(*found_);
    return table_in_use(look_up());
  }

 private:
  std::shared_ptr<registry_table> look_up() const;

  std::string name_;
  const registry_type* type_;
  std::shared_ptr<registry_table> found_;  // null: by name
};

// ---- keys

template <class K>
concept has_std_hash = requires(const K& key) { std::size_t(std::hash<K>()(key)); };

template <class Key>
std::size_t key_hash(const Key& key) {
  constexpr bool hashed = has_std_hash<Key> || has_term<Key>;
  static_assert(hashed, "registry: its keys need a std::hash, or the shape of a term");
  constexpr bool compared = std::equality_comparable<Key>;
  static_assert(compared, "registry: its keys must be comparable with ==");
  if constexpr (has_std_hash<Key>)
    return mixed(std::hash<Key>()(key));
  else if constexpr (hashed)
    return hash_value(to_term(key));
  else
    return 0;
}

// A number with a fraction is no integer: keys are compared strictly.
template <class Key, class K>
inline constexpr bool fits_key =
    std::is_convertible_v<K&&, Key> &&
    (!std::is_arithmetic_v<Key> || !std::is_arithmetic_v<std::remove_cvref_t<K>> ||
     std::is_floating_point_v<Key> == std::is_floating_point_v<std::remove_cvref_t<K>>);

template <class Key, class Value>
struct typed_entry final : registry_entry {
  typed_entry(pid o, Key k, Value v)
      : registry_entry(o, key_hash(k)), key(std::move(k)), value(std::move(v)) {}
  Key key;
  mutable Value value;  // changed by its owner, behind the lock
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
term shown_as_term(const T& value) {
  if constexpr (has_term<T>)
    return to_term(value);
  else
    return opaque(short_type_name<T>());
}

// ---- what the current process does to a table

std::shared_ptr<const registry_plan> plan_of(registry_keys keys, std::string_view name,
                                             int partitions,
                                             std::span<const std::string_view> listeners,
                                             const registry_type& type);
task<std::shared_ptr<registry_table>> start_registry(std::shared_ptr<const registry_plan> plan);
child_specification registry_child(std::shared_ptr<const registry_plan> plan);

answer<pid> register_entry(registry_table& table, std::unique_ptr<registry_entry> entry,
                           const registry_key& key);
void unregister_all(registry_table& table, const registry_key& key);
// REQUIRES: the numbers are sorted.
void unregister_some(registry_table& table, const registry_key& key,
                     std::span<const std::uint64_t> numbers);
// The living process of a unique key.
pid holder_of(const registry_table& table, const registry_key& key);
// Empty if it was registered.
pid holder_in_the_way(answer<pid> registered);

void require_unique(const registry_table& table, std::string_view function);
void require_self(pid holder);
[[noreturn]] void value_is_missing(const registry_table& table);

template <class M>
void tell_listeners(const registry_table& table, const M& message) {
  for (const std::string& listener : table.listeners()) {
    if (const pid process = whereis(std::string_view(listener))) send(process, message);
  }
}

template <class Key, class Value>
void tell_unregistered(const registry_table& table, const registry_entry& e) {
  if (table.listeners().empty()) return;
  const auto& gone = static_cast<const typed_entry<Key, Value>&>(e);
  const unregistered_message<Key> news{table.name(), gone.key, gone.owner};
  tell_listeners(table, news);
}
template <class Key, class Value>
inline constexpr registry_type registry_type_of{&message_type_of<Key>, &message_type_of<Value>,
                                                &tell_unregistered<Key, Value>};

template <class Key, class Value>
registry_key probe_of(const Key& key) {
  return {key_hash(key), &key, [](const registry_entry& e, const void* k) {
            return static_cast<const typed_entry<Key, Value>&>(e).key ==
                   *static_cast<const Key*>(k);
          }};
}

// ---- locks

template <class Key>
struct lock_key_of final : lock_key {
  explicit lock_key_of(Key k) : lock_key(key_hash(k)), key(std::move(k)) {}
  bool equals(const lock_key& other) const override {
    return key == static_cast<const lock_key_of&>(other).key;
  }
  Key key;
};

// Lets the lock go, however the function ends: with a message that is made beforehand.
class held_lock {
 public:
  held_lock(pid partition, const reference& id);
  held_lock(const held_lock&) = delete;
  held_lock& operator=(const held_lock&) = delete;
  ~held_lock();

 private:
  pid partition_;
  signal* farewell_;
};

// Whose lock it will be, before it is waited for.
pid partition_of_lock(const registry_table& table, const lock_key& key);
task<reference> take_lock(pid partition, std::unique_ptr<lock_key> key);

template <class R, class F>
task<R> run_locked(pid partition, std::unique_ptr<lock_key> key, F f) {
  auto taking = take_lock(partition, std::move(key));
  const reference id = co_await taking;
  const held_lock held(partition, id);
  if constexpr (is_task<std::invoke_result_t<F&>>) {
    co_return co_await f();
  } else {
    co_return f();
  }
}

// ---- in parallel

template <class Part, class F>
task<> tell_all_parts(std::vector<Part> parts, F f) {
  if (parts.size() == 1) co_return f(std::as_const(parts.front()));
  std::vector<async_task<void>> tasks;
  for (Part& part : parts) {
    auto call = [f, part = std::move(part)]() mutable { f(std::as_const(part)); };
    tasks.push_back(async(std::move(call)));
  }
  for (auto& one : tasks) co_await one.await(infinity);
}

}  // namespace beamish::inline v0::detail
