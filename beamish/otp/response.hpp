// SPDX-License-Identifier: Apache-2.0
//
// response: a reply to send_request that came to a server by itself.
//
// ```cpp
// struct oracle : gen_server<oracle> {
//   struct ask { using reply = int; };
//   using messages = accepts<ask>;
//   int handle_call(ask&) { return 42; }
// };
// struct asker : gen_server<asker> {
//   pid owner;
//   std::optional<request_id<oracle::ask>> pending;
//   void init(pid o) {
//     owner = o;
//     pending = send_request<oracle::ask>("oracle");
//   }
//   void handle_info(response& r) {
//     if (auto got = check_response(r, *pending)) send(owner, **got);
//   }
// };
// auto o = co_await start_link<oracle>({.name = "oracle"});
// auto a = co_await start_link<asker>(self());
// auto heard = co_await receive<int>();    //=> 42
// ```
//
// Guarantees: a server that sent a request and returned gets the reply here, once, and also the
// failure if there is no reply. Errors: without that clause it is logged and dropped;
// check_response is empty if the response answers another request. Threads: it stays in the server
// that got it.
//
// Mirrors what :gen_server.check_response/2 is given. When not to use it: where the callback may
// wait for the reply (call, receive_response).
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
