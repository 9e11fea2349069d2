// SPDX-License-Identifier: Apache-2.0
//
// from<M>: the obligation to answer a call later, from any process.
//
//     void handle_call(find&, from<find> caller) { waiting.push_back(std::move(caller)); }
//     waiting.front().reply(42);                       // any time, from anywhere
//
// Move-only. A second reply is impossible; dropping it unanswered answers the caller at once with
// an exit `no_reply` (or with the server's reason, if the server dies). Mirrors GenServer.reply/2.
// tested in: gen_server_test.cpp
#pragma once

#include <utility>

#include "beamish/runtime/request.hpp"

namespace beamish::inline v0 {

template <class M>
class from {
 public:
  explicit from(detail::request_node<M>* node) noexcept : node_(node) {}
  from(from&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  from& operator=(from&& other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~from() {
    if (node_ != nullptr) detail::request_dropped(node_);
  }

  // REQUIRES: not answered yet and not moved from.
  template <class... R>
  void reply(R&&... value) {
    detail::request_node<M>::reply(std::exchange(node_, nullptr), std::forward<R>(value)...);
  }
  // The process that waits; empty for a plain thread.
  pid process() const noexcept { return node_ == nullptr ? pid{} : node_->from; }
  explicit operator bool() const noexcept { return node_ != nullptr; }

 private:
  detail::request_node<M>* node_;
};

}  // namespace beamish::inline v0
