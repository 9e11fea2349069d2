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
// It is made from a pid, a name, {name, node}, an alias, or a `via`, which asks a registry: any
// type with whereis_name, register_name and unregister_name (see via_registry).
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

// What a registry must offer to be used by `via`; made from any type that has these members:
//     pid whereis_name(const term& name) const;
//     bool register_name(const term& name, pid holder);     // false: taken
//     void unregister_name(const term& name);
struct via_registry {
  void* object;
  pid (*find)(const void*, const term&);
  bool (*insert)(void*, const term&, pid);
  void (*erase)(void*, const term&);
};

// A destination that is looked up in a registry whenever it is used; what {:via, module, name} is
// to OTP. The registry must outlive it.
class via {
 public:
  template <class Registry>
  via(Registry& registry, term name)
      : registry_{const_cast<std::remove_const_t<Registry>*>(&registry),
                  [](const void* r, const term& n) {
                    return static_cast<const Registry*>(r)->whereis_name(n);
                  },
                  [](void* r, const term& n, pid p) {
                    return static_cast<Registry*>(r)->register_name(n, p);
                  },
                  [](void* r, const term& n) { static_cast<Registry*>(r)->unregister_name(n); }},
        name_(std::move(name)) {}

  pid whereis() const { return registry_.find(registry_.object, name_); }
  const via_registry& registry() const noexcept { return registry_; }
  const term& name() const noexcept { return name_; }

 private:
  via_registry registry_;
  term name_;
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
