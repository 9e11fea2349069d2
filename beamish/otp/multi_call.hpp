// SPDX-License-Identifier: Apache-2.0
//
// The same message to servers of one name on several nodes of this program.
//
// ```cpp
// struct squarer : gen_server<squarer> {
//   struct square { using reply = int; int of; };
//   using messages = accepts<square>;
//   int handle_call(square& m) { return m.of * m.of; }
// };
// auto s = co_await start_link<squarer>({.name = "squarer"});
// std::vector<std::string> where{node_name(), "nowhere@host"};    // all there are: nodes()
// auto all = co_await multi_call<squarer::square>(where, "squarer", 6);
// all.replies.front().second;    //=> 36
// all.bad_nodes.front();         //=> "nowhere@host"
// ```
//
// Guarantees: the requests are sent at once, awaiting is for the answers. Replies stand in the
// order of `nodes`, each with its node. A late reply never reaches the mailbox. abcast sends to
// whom it may concern and always succeeds.
//
// Units: `within` takes a std::chrono duration; without it there is no end. Errors: none exits; a
// node is bad if it does not exist, has no such name, its server died, or did not answer in time.
// Threads: await it in a coroutine of a process.
//
// Mirrors GenServer.multi_call/4 and abcast/3. When not to use it: for servers of different names,
// or different messages (request_collection).
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
