// SPDX-License-Identifier: Apache-2.0
//
// global: a name that holds for all nodes of the program, as {:global, name} does in OTP.
//
// ```cpp
// #include "beamish/runtime/receive.hpp"
//
// beamish::global archive("archive");
// archive.register_process(beamish::self());
// beamish::send(archive, 42);    // from any node of the program
// auto number = co_await beamish::receive<int>();
// number;    //=> 42
// archive.unregister();
// ```
//
// It is a `via`, so it goes wherever one does: `start_link<library>({.registry_name = &archive})`,
// call, cast, named<library>(archive), whereis. The name is any term. A process may have several.
//
// Guarantees: one process per name; the name is free before anybody hears of its holder's death.
// Threads: any. Mirrors :global.register_name, unregister_name and whereis_name. When not to use
// it: for a name that only one node needs (register_name), which costs less.
// tested in: global_test.cpp
#pragma once

#include "beamish/runtime/process.hpp"

namespace beamish::inline v0 {

namespace detail {
// The registry of the whole program, as `via` wants it.
struct global_registry {
  pid whereis_name(const term& name) const;
  bool register_name(const term& name, pid holder) const;
  void unregister_name(const term& name) const;
};
inline constexpr global_registry the_global_registry;
}  // namespace detail

class global : public via {
 public:
  explicit global(const char* name) : global(term(atom(name))) {}
  explicit global(term name) : via(detail::the_global_registry, std::move(name)) {}

  // False if another process has the name, or `holder` has ended.
  bool register_process(pid holder) const {
    return detail::the_global_registry.register_name(name(), holder);
  }
  // Also if nobody has it.
  void unregister() const { detail::the_global_registry.unregister_name(name()); }
};

}  // namespace beamish::inline v0
