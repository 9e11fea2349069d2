// SPDX-License-Identifier: Apache-2.0
//
// response: a reply to send_request that came to a server by itself.
//
//     void handle_info(response& r) {
//       if (auto books = check_response(r, pending)) use(**books);       // see requests.hpp
//     }
//
// A server that sent a request and returned gets the reply here, as OTP's handle_info does. Without
// that clause it is logged and dropped. Mirrors what check_response/2 is given.
// tested in: requests_test.cpp
#pragma once

#include <utility>

#include "beamish/runtime/request.hpp"

namespace beamish::inline v0 {

class response {
 public:
  explicit response(detail::request_base* node) noexcept : node_(node) {}
  response(response&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  response& operator=(response&&) = delete;
  ~response() {
    if (node_ != nullptr) node_->type->dispose(node_);
  }

 private:
  // Null if it answers another request.
  friend detail::request_base* take_response(response& r, std::uint64_t count) noexcept {
    return r.node_ != nullptr && r.node_->count == count ? std::exchange(r.node_, nullptr)
                                                         : nullptr;
  }
  detail::request_base* node_;
};

}  // namespace beamish::inline v0
