// SPDX-License-Identifier: Apache-2.0
//
// Where a handle leads: one process, or whoever has a name at each use. Unlike a destination it
// owns its name, so it may be kept, copied and given to a coroutine.
//
//     kept_address to("lobby");
//     to.process();    // who has that name now
//
// Threads: a value.
// tested in: registry_via_test.cpp
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "beamish/runtime/destination.hpp"

namespace beamish::inline v0::detail {

class kept_address {
 public:
  kept_address() = default;
  explicit kept_address(pid p) noexcept : to_(p) {}
  explicit kept_address(std::string_view name) : to_(std::string(name)) {}
  explicit kept_address(on_node name) : to_(std::move(name)) {}
  explicit kept_address(via name) : to_(std::move(name)) {}

  // The process that it means now; empty if nobody has the name.
  pid process() const { return address().resolve(); }
  // Valid as long as this object.
  destination address() const& {
    return std::visit([](const auto& to) { return destination(to); }, to_);
  }
  operator destination() const& { return address(); }

 private:
  std::variant<pid, std::string, on_node, via> to_;
};

}  // namespace beamish::inline v0::detail
