// SPDX-License-Identifier: Apache-2.0
//
// registry<Key, Value>: processes register under keys, and are found by them, called by them, or
// told things together.
//
// ```cpp
// struct counter : gen_server<counter> {
//   struct total { using reply = int; };
//   using messages = accepts<total>;
//   int sum = 0;
//   int handle_call(total&) { return sum; }
// };
// auto rooms = co_await registry<std::string, int>::start_link({.keys = unique, .name = "rooms"});
// const via lobby(rooms, "lobby", 7);        // 7: the value, if it registers something
// auto c = co_await start_link<counter>({.registry_name = &lobby}, 42);
// auto sum = co_await call<counter::total>(via(rooms, "lobby"));    //=> 42
// auto found = rooms.lookup("lobby");
// found[0].value;                            //=> 7
// auto mine = rooms.register_key("kitchen", 3);
// mine.ok();                                 //=> true
// auto taken = rooms.register_key("lobby", 4);
// taken.reason().value();                    //=> {:already_registered, #PID<...>}
// ```
//
// With keys that many may have, it is a place to publish and to subscribe:
//
// ```cpp
// auto topics = co_await registry<std::string>::start_link({.keys = duplicate, .name = "topics"});
// auto subscribed = topics.register_key("news");
// topics.dispatch("news", [](const auto& all) {
//   for (const auto& subscriber : all) send(subscriber.process, atom("rain"));
// });
// auto news = co_await receive<atom>();      //=> :rain
// ```
//
// Guarantees: a process registers itself, and only itself. It is then linked to its partition of
// the registry: the entries go when it ends, and it hears of the registry's end. A process that has
// ended is never found; a listener is told of it a moment later, and count includes it so long.
// Entries come in the order in which they were registered. Keys are equal by ==, and hashed by
// std::hash, or as terms.
//
// Costs: looking up is a read of a table by the caller, without a message. Copy a handle rather
// than making it by name each time. Value must be copyable: what is found is a copy.
//
// Errors: argument_error if no registry has the name, or one with other keys and values; from via
// and update_value of duplicate keys. register_key answers {already_registered, pid}. Threads: from
// processes; on a handle that start_link gave or that was found, the reading functions also work on
// other threads.
//
// Mirrors Registry; `register` is a word of C++, hence register_key. When not to use it: for one
// name for one process (register_name), or for what several nodes share (global).
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "beamish/otp/registry_calls.hpp"

namespace beamish::inline v0 {

using enum registry_keys;

// What is found under a key.
template <class Value>
struct registration {
  pid process;
  Value value;
  friend bool operator==(const registration&, const registration&) = default;
};

// One entry of all.
template <class Key, class Value>
struct registry_row {
  Key key;
  pid process;
  Value value;
  friend bool operator==(const registry_row&, const registry_row&) = default;
};

// What update_value has done.
template <class Value>
struct value_change {
  Value value;
  Value before;
};

struct registry_options {
  // Which keys, and no default.
  struct required_keys {
    constexpr required_keys(registry_keys k) noexcept : value(k) {}
    // Only to say so in one line.
    template <bool Given = false>
    constexpr required_keys() noexcept : value() {
      static_assert(Given, "say whether a key leads to one process or to many: .keys = unique");
    }
    registry_keys value;
  };

  required_keys keys;
  std::string_view name = {};
  int partitions = 1;
  // Names of processes that hear of each registration and its end; they needn't be there.
  std::span<const std::string_view> listeners = {};
};

template <class Key, class Value = term>
class registry : public detail::registry_handle {
  using entry = detail::typed_entry<Key, Value>;

 public:
  using key_type = Key;
  using value_type = Value;
  using registration = beamish::registration<Value>;
  using row = registry_row<Key, Value>;
  using registered = registered_message<Key, Value>;
  using unregistered = unregistered_message<Key>;

  // Awaitable: a registry that is linked to the current process. Exits on failure.
  static task<registry> start_link(const registry_options& o) {
    return started(detail::plan_of(o.keys.value, o.name, o.partitions, o.listeners, type()));
  }
  // Gives answer<registry>, and never exits.
  static task<answer<registry>> try_start_link(const registry_options& o) {
    return attempt(start_link(o));
  }
  // As the child of a supervisor; its id is the name.
  static child_specification child_spec(const registry_options& o) {
    return detail::registry_child(
        detail::plan_of(o.keys.value, o.name, o.partitions, o.listeners, type()));
  }
  // The registry of that name on this node, at each use. It needn't be there yet.
  static registry named(std::string_view name) { return registry(name); }

  // ---- the current process and its entries

  // Registers the current process. The answer is the process that it is linked to now.
  template <class K, class V = Value>
  answer<pid> register_key(K&& key, V&& value = V()) const {
    if constexpr (is_key<K>() && is_value<V>())
      return enter(Key(std::forward<K>(key)), Value(std::forward<V>(value)));
    else
      return answer<pid>(exit_reason());
  }
  // Also if there is no such entry.
  template <class K>
  void unregister(K&& key) const {
    if constexpr (is_key<K>()) detail::unregister_all(*use(), probe(key_of(key)));
  }
  // The new value and the one before; nothing if the current process has no such key. `f` takes the
  // value and returns the new one.
  template <class K, class F>
  std::optional<value_change<Value>> update_value(K&& key, F&& f) const {
    constexpr bool fits = std::is_invocable_r_v<Value, F&, const Value&>;
    static_assert(fits,
                  "registry: update_value needs a function of the value that returns the new");
    if constexpr (is_key<K>() && fits) return change(key_of(key), f);
    return {};
  }
  // Ends the current process's entries whose values fit.
  template <class K, class F>
  void unregister_match(K&& key, F&& fits) const {
    if constexpr (is_key<K>() && is_predicate<F>()) end_matching(key_of(key), fits);
  }

  // ---- what anybody may ask

  template <class K>
  std::vector<registration> lookup(K&& key) const {
    if constexpr (is_key<K>())
      return found(key_of(key), [](const Value&) { return true; });
    else
      return {};
  }
  // The process of a unique key; empty if there is none.
  template <class K>
  pid whereis(K&& key) const {
    if constexpr (is_key<K>())
      return detail::holder_of(*use(), probe(key_of(key)));
    else
      return {};
  }
  std::vector<Key> keys(pid of) const {
    std::vector<Key> all;
    const auto see = [&](const detail::registry_entry& e) { all.push_back(as_entry(e).key); };
    if (alive(of)) use()->each_of(of, detail::visitor_of(see));
    return all;
  }
  template <class K>
  std::vector<Value> values(K&& key, pid of) const {
    std::vector<Value> all;
    if constexpr (is_key<K>()) {
      for (registration& r : lookup(key)) {
        if (r.process == of) all.push_back(std::move(r.value));
      }
    }
    return all;
  }
  std::size_t count() const { return use()->size(); }

  // Those whose values fit.
  template <class K, class F>
  std::vector<registration> match(K&& key, F&& fits) const {
    if constexpr (is_key<K>() && is_predicate<F>())
      return found(key_of(key), fits);
    else
      return {};
  }
  template <class K, class F>
  std::size_t count_match(K&& key, F&& fits) const {
    return match(key, fits).size();
  }

  // All entries, or those that fit; or, from a function that returns anything but a bool, what it
  // makes of each: of an std::optional only what is there.
  std::vector<row> select() const { return rows(); }
  template <class F>
  auto select(F&& f) const {
    constexpr bool fits = std::is_invocable_v<F&, const row&>;
    static_assert(fits, "registry: select needs a function of a row: key, process, value");
    if constexpr (fits)
      return selected(f);
    else
      return std::vector<row>();
  }
  template <class F>
  std::size_t count_select(F&& f) const {
    return select(f).size();
  }

  // Calls f(const std::vector<registration>&) for each partition in which somebody has the key.
  template <class K, class F>
  void dispatch(K&& key, F&& f) const {
    constexpr bool fits = std::is_invocable_v<F&, const std::vector<registration>&>;
    static_assert(fits, "registry: dispatch needs a function of a std::vector<registration>");
    if constexpr (is_key<K>() && fits) {
      for (const auto& part : groups(key_of(key))) f(part);
    }
  }
  // The same in a task for each partition, at the same time; f is copied. Returns when all have.
  template <class K, class F>
  auto dispatch_in_parallel(K&& key, F&& f) const {
    using function = std::decay_t<F>;
    constexpr bool fits = std::is_invocable_v<function&, const std::vector<registration>&> &&
                          std::is_copy_constructible_v<function>;
    static_assert(fits,
                  "registry: dispatch_in_parallel needs a function of a "
                  "std::vector<registration> that can be copied");
    if constexpr (is_key<K>() && fits)
      return detail::task_beside<void, F&&>(
          detail::tell_all_parts(groups(key_of(key)), function(std::forward<F>(f))));
    else
      return detail::wrong_use<void>();
  }

  // Runs f() in the current process while nobody else has the lock of that key, and gives what it
  // returns; f may be a coroutine. The locks' keys have nothing to do with registrations.
  template <class K, class F>
  auto lock(K&& key, F&& f) const {
    using function = std::decay_t<F>;
    constexpr bool fits = std::is_invocable_v<function&>;
    static_assert(fits, "registry: lock needs a function without parameters");
    if constexpr (is_key<K>() && fits) {
      using R = detail::awaited_t<std::invoke_result_t<function&>>;
      auto its_key = std::make_unique<detail::lock_key_of<Key>>(Key(std::forward<K>(key)));
      const pid partition = detail::partition_of_lock(*use(), *its_key);
      return detail::task_beside<R, F&&>(
          detail::run_locked<R>(partition, std::move(its_key), function(std::forward<F>(f))));
    } else {
      return detail::wrong_use<void>();
    }
  }

  // ---- for via

  template <class K>
  std::shared_ptr<const detail::via_target> via_to(K&& key) const {
    if constexpr (is_key<K>())
      return std::make_shared<const target>(*this, Key(std::forward<K>(key)), std::nullopt);
    else
      return nullptr;
  }
  template <class K, class V>
  std::shared_ptr<const detail::via_target> via_to(K&& key, V&& value) const {
    if constexpr (is_key<K>() && is_value<V>())
      return std::make_shared<const target>(*this, Key(std::forward<K>(key)),
                                            std::optional<Value>(std::forward<V>(value)));
    else
      return nullptr;
  }

 private:
  explicit registry(std::string_view name) : registry_handle(name, type()) {}
  explicit registry(std::shared_ptr<detail::registry_table> t) : registry_handle(std::move(t)) {}

  struct target;

  static const detail::registry_type& type() { return detail::registry_type_of<Key, Value>; }
  static const entry& as_entry(const detail::registry_entry& e) {
    return static_cast<const entry&>(e);
  }
  static detail::registry_key probe(const Key& key) { return detail::probe_of<Key, Value>(key); }

  template <class K>
  static constexpr bool is_key() {
    constexpr bool fits = detail::fits_key<Key, K>;
    static_assert(fits, "registry: this is none of its keys, which are of another type");
    return fits;
  }
  template <class V>
  static constexpr bool is_value() {
    constexpr bool fits = std::is_constructible_v<Value, V&&>;
    static_assert(fits, "registry: this is none of its values, which are of another type");
    return fits;
  }
  template <class F>
  static constexpr bool is_predicate() {
    constexpr bool fits = std::is_invocable_r_v<bool, F&, const Value&>;
    static_assert(fits, "registry: a match needs a function of the value that returns a bool");
    return fits;
  }
  // As it is if it is one already.
  template <class K>
  static decltype(auto) key_of(const K& key) {
    if constexpr (std::is_same_v<K, Key>)
      return (key);
    else
      return Key(key);
  }

  static task<registry> started(std::shared_ptr<const detail::registry_plan> plan) {
    auto starting = detail::start_registry(std::move(plan));
    auto table = co_await starting;
    co_return registry(std::move(table));
  }

  answer<pid> enter(Key key, Value value) const {
    const auto table = use();
    std::optional<registered> news;
    if (!table->listeners().empty()) news.emplace(table->name(), key, self(), value);
    const pid me = self();
    auto fresh = std::make_unique<entry>(me, std::move(key), std::move(value));
    const Key& its_key = fresh->key;
    const answer<pid> result = detail::register_entry(*table, std::move(fresh), probe(its_key));
    if (result.ok() && news) detail::tell_listeners(*table, *news);
    return result;
  }

  template <class F>
  std::vector<registration> found(const Key& key, F&& fits) const {
    std::vector<registration> all;
    const auto see = [&](const detail::registry_entry& e) {
      if (alive(e.owner)) all.push_back({e.owner, as_entry(e).value});
    };
    use()->each(probe(key), detail::visitor_of(see));
    // Behind the lock nobody's function runs.
    std::erase_if(all, [&](const registration& r) { return !fits(r.value); });
    return all;
  }

  std::vector<std::vector<registration>> groups(const Key& key) const {
    const auto table = use();
    std::vector<std::vector<registration>> parts(table->partitions());
    for (registration& r : lookup(key))
      parts[table->partition_of(r.process)].push_back(std::move(r));
    std::erase_if(parts, [](const auto& part) { return part.empty(); });
    return parts;
  }

  std::vector<row> rows() const {
    std::vector<std::pair<std::uint64_t, row>> numbered;
    const auto see = [&](const detail::registry_entry& e) {
      if (alive(e.owner))
        numbered.emplace_back(e.number, row{as_entry(e).key, e.owner, as_entry(e).value});
    };
    use()->each(detail::visitor_of(see));
    std::ranges::sort(numbered, {}, &std::pair<std::uint64_t, row>::first);
    std::vector<row> all;
    all.reserve(numbered.size());
    for (auto& [number, one] : numbered) all.push_back(std::move(one));
    return all;
  }
  template <class F>
  auto selected(F& f) const {
    using R = std::remove_cvref_t<std::invoke_result_t<F&, const row&>>;
    std::vector<row> all = rows();
    if constexpr (std::is_same_v<R, bool>) {
      std::erase_if(all, [&](const row& r) { return !f(r); });
      return all;
    } else if constexpr (detail::is_optional<R>) {
      std::vector<typename R::value_type> made;
      for (const row& r : all) {
        if (R one = f(r)) made.push_back(*std::move(one));
      }
      return made;
    } else {
      std::vector<R> made;
      for (const row& r : all) made.push_back(f(r));
      return made;
    }
  }

  template <class F>
  std::optional<value_change<Value>> change(const Key& key, F& f) const {
    const auto table = use();
    detail::require_unique(*table, "update_value");
    const pid me = self();
    std::optional<Value> before;
    const auto look = [&](const detail::registry_entry& e) {
      if (e.owner == me) before.emplace(as_entry(e).value);
    };
    table->each(probe(key), detail::visitor_of(look));
    if (!before) return {};
    // Nobody else changes it meanwhile: it is this process's own.
    Value fresh = f(std::as_const(*before));
    const auto put = [&](const detail::registry_entry& e) { as_entry(e).value = fresh; };
    if (!table->change(me, probe(key), detail::visitor_of(put))) return {};
    return value_change<Value>{std::move(fresh), *std::move(before)};
  }

  template <class F>
  void end_matching(const Key& key, F& fits) const {
    const auto table = use();
    const pid me = self();
    std::vector<std::pair<std::uint64_t, Value>> own;
    const auto see = [&](const detail::registry_entry& e) {
      if (e.owner == me) own.emplace_back(e.number, as_entry(e).value);
    };
    table->each(probe(key), detail::visitor_of(see));
    std::vector<std::uint64_t> numbers;
    for (const auto& [number, value] : own) {
      if (fits(value)) numbers.push_back(number);
    }
    detail::unregister_some(*table, probe(key), numbers);
  }

  struct target final : detail::via_target {
    target(const registry& r, Key k, std::optional<Value> v)
        : where(r), key(std::move(k)), value(std::move(v)) {}
    registry where;
    Key key;
    std::optional<Value> value;

    pid find() const override { return where.whereis(key); }
    pid insert(pid holder) const override {
      detail::require_self(holder);
      const auto table = where.use();
      detail::require_unique(*table, "via");
      if (value) return detail::holder_in_the_way(where.enter(key, *value));
      if constexpr (std::is_default_constructible_v<Value>)
        return detail::holder_in_the_way(where.enter(key, Value()));
      else
        detail::value_is_missing(*table);
    }
    void erase() const noexcept override {
      try {
        where.unregister(key);
      } catch (...) {
        // The registry has ended, and the entry with it.
      }
    }
    term name() const override {
      if (!value) return tuple(atom(where.name()), detail::shown_as_term(key));
      return tuple(atom(where.name()), detail::shown_as_term(key), detail::shown_as_term(*value));
    }
    std::string_view module() const noexcept override { return "Registry"; }
  };
};

}  // namespace beamish::inline v0
