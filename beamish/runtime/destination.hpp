// SPDX-License-Identifier: Apache-2.0
//
// destination: everything that a message can be sent to.
//
// ```cpp
// register_name("librarian");
// send("librarian", 1);
// send(on_node("librarian", node_name()), 2);
// auto first = co_await receive<int>();                        //=> 1
// destination("librarian").resolve() == self();                //=> true
// destination(on_node("library", "b@host")).to_term();         //=> {:library, :b@host}
// ```
//
// It is made from a pid, a name, {name, node}, an alias, or a `via`, which asks a registry.
//
// Guarantees: a name is looked up when it is used, never kept. Threads: a value, to be used where
// it was made. Errors: making one never fails but for memory; what nobody answers to is the
// business of the function that takes it. It holds views: pass it on, don't store it (`named`, in
// otp/server.hpp, may be stored).
//
// Mirrors the `dest` of send/2 and the `server` of GenServer. When not to use it: as a member or in
// a container; keep the pid or the name.
// tested in: process_test.cpp
#pragma once

#include <concepts>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "beamish/term/conversion_result.hpp"
#include "beamish/term/identifiers.hpp"
#include "beamish/term/term.hpp"

namespace beamish::inline v0 {

// {name, node}: a name on a node of this program.
struct on_node {
  std::string name;
  std::string node;
  on_node(std::string_view n, std::string_view where) : name(n), node(where) {}
};

namespace detail {

// What a `via` leads to: a key of a registry. Never changes.
struct via_target {
  virtual ~via_target() = default;
  virtual pid find() const = 0;
  virtual pid insert(pid holder) const = 0;  // who has it already; empty: it is the holder's now
  virtual void erase() const noexcept = 0;
  virtual term name() const = 0;
  virtual std::string_view module() const noexcept { return {}; }  // as in {:via, Module, name}
};

template <class Registry>
struct foreign_via final : via_target {
  foreign_via(Registry& r, term n) : registry(&r), key(std::move(n)) {}
  pid find() const override { return std::as_const(*registry).whereis_name(key); }
  pid insert(pid holder) const override {
    for (int attempt = 0; attempt < 2; ++attempt) {
      if (registry->register_name(key, holder)) return {};
      if (const pid other = find()) return other;  // unless it has ended since
    }
    throw std::runtime_error("via: the registry refuses a name that nobody has");
  }
  void erase() const noexcept override { registry->unregister_name(key); }
  term name() const override { return key; }
  Registry* registry;
  term key;
};

// A registry that says itself where its keys lead: beamish::registry, partition_supervisor.
template <class Registry, class... Key>
concept makes_via = requires(const Registry& r, Key&&... key) {
  { r.via_to(std::forward<Key>(key)...) } -> std::same_as<std::shared_ptr<const via_target>>;
};

template <class Registry>
concept keeps_names = requires(Registry& r, const Registry& looked_at, const term& name, pid p) {
  { looked_at.whereis_name(name) } -> std::convertible_to<pid>;
  { r.register_name(name, p) } -> std::convertible_to<bool>;
  r.unregister_name(name);
};

}  // namespace detail

// A destination that is looked up in a registry whenever it is used; what {:via, module, name} is
// to OTP. A value: copies share what never changes. Besides the registries of this library it takes
// any object, which must outlive it, with these members:
//     pid whereis_name(const term& name) const;
//     bool register_name(const term& name, pid holder);     // false: taken
//     void unregister_name(const term& name);
class via {
 public:
  // The key, and of a registry maybe the value to register with it.
  template <class Registry, class... Key>
    requires detail::makes_via<Registry, Key...>
  via(const Registry& registry, Key&&... key) : to_(registry.via_to(std::forward<Key>(key)...)) {}
  template <class Registry>
    requires detail::keeps_names<Registry>
  via(Registry& registry, term name)
      : to_(std::make_shared<const detail::foreign_via<Registry>>(registry, std::move(name))) {}

  pid whereis() const { return to_->find(); }
  term name() const { return to_->name(); }
  const std::shared_ptr<const detail::via_target>& target() const noexcept { return to_; }

 private:
  std::shared_ptr<const detail::via_target> to_;
};

class destination {
 public:
  enum class kind : std::uint8_t { process, name, name_on_node, alias, via };

  destination(pid p) noexcept : kind_(kind::process), process_(p) {}
  destination(const char* name) : kind_(kind::name), name_(name) {}
  destination(std::string_view name) : kind_(kind::name), name_(name) {}
  destination(const std::string& name) : kind_(kind::name), name_(name) {}
  destination(const on_node& n) : kind_(kind::name_on_node), name_(n.name), node_(n.node) {}
  destination(const reference& alias) noexcept : kind_(kind::alias), alias_(alias) {}
  destination(const via& v) noexcept : kind_(kind::via), via_(&v) {}

  // The views and `via` must live until the function that was given the destination returns.
  enum kind kind() const noexcept { return kind_; }
  pid process() const noexcept { return process_; }
  std::string_view name() const noexcept { return name_; }
  std::string_view node() const noexcept { return node_; }
  const reference& alias() const noexcept { return alias_; }

  // The process it means now, or an empty pid. Names are those of the current node.
  pid resolve() const;
  // As OTP shows it: the pid, :name, {:name, :node}.
  term to_term() const;

 private:
  enum kind kind_;
  pid process_;
  reference alias_;
  std::string_view name_;
  std::string_view node_;
  const beamish::via* via_ = nullptr;
};

// The node that this thread's process runs on; throws std::logic_error outside of one.
std::string node_name();
// The names of all nodes of this program, sorted.
std::vector<std::string> nodes();

}  // namespace beamish::inline v0
