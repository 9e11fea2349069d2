// SPDX-License-Identifier: Apache-2.0
//
// The same message to servers of one name on several nodes of this program.
//
//     auto all = co_await multi_call<get_all_books>(nodes(), "library");
//     for (auto& [node, books] : all.replies) use(node, books);     // all.bad_nodes: the others
//     abcast<add_book>(nodes(), "library", "A title");              // to whom it may concern
//
// Replies stand in the order of `nodes`. A node is bad if it does not exist, has no such name, its
// server died, or did not answer in time; a late reply never reaches the mailbox. The requests are
// sent at once; awaiting is for the answers. Mirrors GenServer.multi_call/4 and abcast/3.
// tested in: multi_call_test.cpp
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "beamish/otp/requests.hpp"
#include "beamish/runtime/timer.hpp"

namespace beamish::inline v0 {

// `R` void: each reply is `true`.
template <class R>
struct multi_call_result {
  multi_call_result() {}
  std::vector<std::pair<std::string, typename answer<R>::value_type>> replies;
  std::vector<std::string> bad_nodes;
};

namespace detail {

template <class R>
task<multi_call_result<R>> collect_replies(request_collection<R, std::size_t> sent,
                                           std::vector<std::string> nodes, duration limit) {
  const duration end = limit.count() < 0 ? infinity : now() + limit;
  std::vector<std::optional<typename answer<R>::value_type>> answers(nodes.size());
  for (;;) {
    const duration left = limit.count() < 0 ? infinity : std::max(duration(0), end - now());
    auto got = co_await sent.receive_response(left);
    if (!got) break;
    if (got->reply.ok()) answers[got->label].emplace(std::move(*got->reply));
  }
  multi_call_result<R> result;
  for (std::size_t at = 0; at < nodes.size(); ++at) {
    if (answers[at])
      result.replies.emplace_back(std::move(nodes[at]), std::move(*answers[at]));
    else
      result.bad_nodes.push_back(std::move(nodes[at]));
  }
  co_return result;
}

}  // namespace detail

template <class M, class... Args>
task<multi_call_result<detail::reply_t<M>>> multi_call(within limit,
                                                       const std::vector<std::string>& nodes,
                                                       std::string_view name, const Args&... args) {
  request_collection<detail::reply_t<M>, std::size_t> sent;
  for (std::size_t at = 0; at < nodes.size(); ++at)
    sent.add(at, send_request<M>(on_node(name, nodes[at]), args...));
  return detail::collect_replies<detail::reply_t<M>>(std::move(sent), nodes, limit.limit);
}
// Waits without end, as in OTP.
template <class M, class... Args>
task<multi_call_result<detail::reply_t<M>>> multi_call(const std::vector<std::string>& nodes,
                                                       std::string_view name, const Args&... args) {
  return multi_call<M>(within(infinity), nodes, name, args...);
}

// Always succeeds, whatever there is on those nodes.
template <class M, class... Args>
void abcast(const std::vector<std::string>& nodes, std::string_view name, const Args&... args) {
  for (const std::string& node : nodes) cast<M>(on_node(name, node), args...);
}

}  // namespace beamish::inline v0
