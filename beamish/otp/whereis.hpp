// SPDX-License-Identifier: Apache-2.0
//
// whereis for every form of a name: which process has it now?
//
// ```cpp
// struct desk : gen_server<desk> {};
// auto d = co_await start_link<desk>({.name = "desk"});
// whereis("desk") == d.process();            //=> true
// auto here = whereis(on_node("desk", node_name()));
// std::get<pid>(here) == d.process();        //=> true
// auto far = whereis(on_node("desk", "b@host"));
// std::get<on_node>(far).node;               //=> "b@host"
// ```
//
// Guarantees: an empty pid if nobody has the name. A name on another node is given back as it is,
// since the answer could be old by the time it is used: send and call resolve it there. Errors:
// names of a node are std::logic_error where no process runs; a registry may throw its own.
// Threads: from a process; a plain thread uses node::whereis.
//
// Mirrors GenServer.whereis/1. When not to use it: before a send or a call; they take the name
// itself.
// tested in: multi_call_test.cpp
#pragma once

#include <variant>

#include "beamish/runtime/process.hpp"

namespace beamish::inline v0 {

inline pid whereis(const via& name) { return destination(name).resolve(); }

inline std::variant<pid, on_node> whereis(const on_node& name) {
  if (name.node == node_name()) return whereis(name.name);
  return name;
}

}  // namespace beamish::inline v0
