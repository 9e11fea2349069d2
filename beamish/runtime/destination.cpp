// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/destination.hpp"

#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/current.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/self.hpp"

namespace beamish::inline v0 {

namespace {

pid holder_on(detail::node_core& node, std::string_view name) {
  const pid holder = node.names.find(name);
  return holder && alive(holder) ? holder : pid{};
}

}  // namespace

pid destination::resolve() const {
  switch (kind_) {
    case kind::process:
      return process_;
    case kind::alias:
      return detail::owner_of(alias_);
    case kind::via:
      return via_->whereis();
    case kind::name: {
      detail::context* here = detail::current_context();
      if (here == nullptr || here->node == nullptr) detail::not_in_a_process();
      return holder_on(*here->node, name_);
    }
    case kind::name_on_node: {
      const std::uint32_t index = detail::the_program().find_node(node_);
      detail::node_entry* entry = index == 0 ? nullptr : detail::the_program().entry(index);
      detail::node_core* core = entry == nullptr ? nullptr : entry->core.load();
      return core == nullptr ? pid{} : holder_on(*core, name_);
    }
  }
  return pid{};
}

term destination::to_term() const {
  switch (kind_) {
    case kind::process:
      return term(process_);
    case kind::alias:
      return term(alias_);
    case kind::via: {
      const std::string_view module = via_->target()->module();
      if (module.empty()) return tuple(atom("via"), via_->name());
      return tuple(atom("via"), elixir_module(module), via_->name());
    }
    case kind::name:
      return term(atom(name_));
    case kind::name_on_node:
      return tuple(atom(name_), atom(node_));
  }
  return term();
}

std::string node_name() {
  detail::context* here = detail::current_context();
  if (here == nullptr || here->node == nullptr) detail::not_in_a_process();
  return here->node->name;
}

std::vector<std::string> nodes() { return detail::the_program().living_nodes(); }

}  // namespace beamish::inline v0
