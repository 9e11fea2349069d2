// SPDX-License-Identifier: Apache-2.0
//
// from<M>: the obligation to answer a call later, from any process.
//
// ```cpp
// struct desk : gen_server<desk> {
//   struct find { using reply = std::string; };
//   struct found { std::string what; };
//   using messages = accepts<find, found>;
//   std::vector<from<find>> waiting;
//   void handle_call(find&, from<find> caller) { waiting.push_back(std::move(caller)); }
//   void handle_cast(found& m) {
//     for (auto& caller : waiting) caller.reply(m.what);
//     waiting.clear();
//   }
// };
// auto d = co_await start_link<desk>();
// auto pending = send_request<desk::find>(d);
// d.cast<desk::found>("Emma");
// auto got = co_await receive_response(pending);
// *got;    //=> "Emma"
// ```
//
// Guarantees: the caller gets exactly one answer. Dropping the obligation unanswered answers the
// caller at once with an exit `no_reply`, or with the server's reason if the server dies or the
// callback throws. The message that came with it ends with the reply. Threads: move-only; it may be
// moved to another process and answered there.
//
// Errors: a second reply throws std::logic_error before anything happens. Mirrors
// GenServer.reply/2. When not to use it: if the answer is known when handle_call returns; return
// it.
// tested in: from_test.cpp
#pragma once

#include <utility>

#include "beamish/runtime/request.hpp"

namespace beamish::inline v0 {

namespace detail {
// Ends an obligation that nobody met. See server_box.cpp.
void drop_obligation(request_base* node) noexcept;
[[noreturn]] void refuse_second_reply();
struct from_access;
}  // namespace detail

template <class M>
class from {
 public:
  explicit from(detail::request_node<M>* node) noexcept : node_(node) {}
  from(from&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  from& operator=(from&& other) noexcept {
    from old(std::move(*this));
    node_ = std::exchange(other.node_, nullptr);
    return *this;
  }
  ~from() {
    if (node_ != nullptr) detail::drop_obligation(node_);
  }

  template <class... R>
  void reply(R&&... value) {
    if (node_ == nullptr) detail::refuse_second_reply();
    // The value may be a part of the message, whose place the answer takes.
    detail::stored_reply_t<M> answer(std::forward<R>(value)...);
    detail::request_node<M>::reply(std::exchange(node_, nullptr), std::move(answer));
  }
  // The process that waits; empty for a plain thread.
  pid process() const noexcept { return node_ == nullptr ? pid{} : node_->from; }
  // True until it is answered or moved from.
  explicit operator bool() const noexcept { return node_ != nullptr; }

 private:
  friend struct detail::from_access;
  detail::request_node<M>* node_;
};

namespace detail {
// Makes the call a message again, for a server that will handle it later.
struct from_access {
  template <class M>
  static request_node<M>* release(from<M>& f) {
    if (f.node_ == nullptr) refuse_second_reply();
    return std::exchange(f.node_, nullptr);
  }
};
}  // namespace detail

}  // namespace beamish::inline v0
