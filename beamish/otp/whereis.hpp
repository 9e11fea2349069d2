// SPDX-License-Identifier: Apache-2.0
//
// whereis for every form of a name: which process has it now?
//
//     pid p = whereis("library");                         // see runtime/process.hpp
//     pid q = whereis(via(registry, atom("library")));
//     auto r = whereis(on_node("library", "b@host"));     // a pid of this node, or what was given
//
// An empty pid if nobody has the name. A name on another node is given back as it is, since the
// answer could be old by the time it is used: send and call resolve it there. Mirrors
// GenServer.whereis/1.
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
