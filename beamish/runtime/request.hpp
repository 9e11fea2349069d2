// SPDX-License-Identifier: Apache-2.0
//
// Requests: one node that travels to a server as a question and comes back as the answer.
//
//     caller: node = request_node<M>  --deliver-->  server: answers in place  --deliver-->  caller
//
// The node is the obligation to answer. Whoever disposes of an unanswered one (a server that dies
// with it in its mailbox, a dropped `from`) thereby answers with a failure, so no caller needs a
// monitor to learn of a local server's death. A caller that stopped waiting drops the answer when
// it arrives: a late reply never reaches its queue.
//
// Inline hand-off: if the server is idle with an empty mailbox, the caller's worker runs it at
// once.
// tested in: request_test.cpp
#pragma once

#include <atomic>
#include <cstdint>
#include <new>
#include <source_location>
#include <utility>

#include "beamish/runtime/message.hpp"
#include "beamish/runtime/run_state.hpp"
#include "beamish/runtime/wait.hpp"

namespace beamish::inline v0::detail {

struct outside_call;
struct promise_base;

// `lost`: answered, and the answer was lost on its way; then `failure` says why.
enum class request_progress : std::uint8_t { asked, answered, failed, lost };

struct request_base : signal {
  using signal::signal;
  pid from;                         // empty if a plain thread asks
  std::uint64_t count = 0;          // of the caller's reference, for send_request; 0 for call
  outside_call* outside = nullptr;  // the plain thread that waits
  request_progress progress = request_progress::asked;
  bool question_lives = true;
  exit_reason failure;
};

// The static side of a request; the node's `type` points to the base of one of these.
struct request_type : signal_type {
  constexpr request_type(signal_type s, const signal_type* reply) : signal_type(s), answer(reply) {}
  const signal_type* answer;
};

struct no_value {
  friend bool operator==(const no_value&, const no_value&) = default;
};

template <class M>
struct reply_of {
  using type = void;
};
template <class M>
  requires requires { typename M::reply; }
struct reply_of<M> {
  using type = typename M::reply;
};
template <class M>
using reply_t = typename reply_of<M>::type;
template <class M>
using stored_reply_t = std::conditional_t<std::is_void_v<reply_t<M>>, no_value, reply_t<M>>;

// Gives the node back to its caller; `node` must not be touched afterwards.
void send_back(request_base* node) noexcept;
// Answers with a failure. REQUIRES: nobody has answered.
void fail_request(request_base* node, const exit_reason& reason) noexcept;
// The answer does not reach its caller, who gets this reason.
void lose_answer(request_base* node, const exit_reason& reason) noexcept;
void request_dropped(signal* s) noexcept;  // signal_type::dispose of a question
void request_undeliverable(signal* s, const gone& g) noexcept;

template <class M>
struct request_node : request_base {
  explicit request_node(const signal_type& t) noexcept : request_base(t) {}
  ~request_node() {}  // the union's member is destroyed by whoever knows which one lives
  union {
    M question;
    stored_reply_t<M> answer;
  };

  static void drop_answer(signal* s) noexcept {
    auto* node = static_cast<request_node*>(s);
    if (node->progress == request_progress::answered || node->progress == request_progress::lost)
      node->answer.~stored_reply_t<M>();
    // A question that failed stays, so that the caller can say what it had asked.
    if (node->progress == request_progress::failed && node->question_lives) node->question.~M();
    node->~request_node();
    pool_deallocate(node, sizeof(request_node));
  }

  // REQUIRES: asked. If building the answer throws, the question is still unanswered and lost: the
  // caller gets that exception as the failure.
  template <class... R>
  static void reply(request_node* node, R&&... value) {
    node->question.~M();
    node->question_lives = false;
    try {
      ::new (&node->answer) stored_reply_t<M>(std::forward<R>(value)...);
      node->progress = request_progress::answered;
    } catch (...) {
      node->failure = exit_reason::from_exception(std::current_exception());
      node->progress = request_progress::failed;
      node->type = static_cast<const request_type*>(node->type)->answer;
      send_back(node);
      throw;
    }
    node->type = static_cast<const request_type*>(node->type)->answer;
    send_back(node);
  }
};

// Question and answer share their place in the node.
template <class M>
constexpr std::size_t union_alignment = alignof(M) > alignof(stored_reply_t<M>)
                                            ? alignof(M)
                                            : alignof(stored_reply_t<M>);
template <class M>
constexpr std::uint32_t question_offset = static_cast<std::uint32_t>(
    (sizeof(request_base) + union_alignment<M> - 1) / union_alignment<M> * union_alignment<M>);

template <class M>
inline constexpr signal_type answer_type{
    signal_kind::reply, &request_node<M>::drop_answer, nullptr, nullptr, &message_type_of<M>,
    question_offset<M>};
template <class M>
inline constexpr request_type call_type{
    signal_type{signal_kind::call, &request_dropped, &request_undeliverable, nullptr,
                &message_type_of<M>, question_offset<M>},
    &answer_type<M>};

template <class M, class... Args>
request_node<M>* make_request(Args&&... args) {
  auto* node = pool_new<request_node<M>>(call_type<M>);
  try {
    if constexpr (std::is_constructible_v<M, Args&&...>) {
      ::new (&node->question) M(std::forward<Args>(args)...);
    } else {
      ::new (&node->question) M{std::forward<Args>(args)...};
    }
  } catch (...) {
    pool_delete(node);
    throw;
  }
  return node;
}

// Never sent: ends the node.
inline void discard_request(request_base* node) noexcept {
  node->progress = request_progress::failed;
  static_cast<const request_type*>(node->type)->answer->dispose(node);
}

// A caller that waits for its node to come back.
struct call_waiter : signal_waiter {
  request_base* node = nullptr;
  // Where it waits: for the crash report of the server, should that end.
  const promise_base* asker = nullptr;
  std::source_location called_at;
  pid to;  // whose reply it waits for; set only when it has to wait
  bool returned = false;
  bool answered_late = false;
  bool in_cycle = false;     // the wait is over: it closed a cycle of calls
  std::uint64_t ticket = 0;  // which call it is, if it is published; see otp/call_cycle.hpp
  bool passes_on = false;    // its time is that of all calls which its server makes for it, too
  bool by_deadline = false;  // `timeout` is what an inherited deadline had left
};

// Sends the question. True if the answer (or a failure) is already there; otherwise the process now
// waits by `w`, whose `frame` the caller sets. `to` must be resolved.
bool begin_call(process_slot& caller, pid to, call_waiter& w) noexcept;

// Runs a process that nobody ran before within its maker, which waits for `w.node` of it, and goes
// on at once if `w.returned`. False if it must become ready by finish_spawn instead.
bool begin_within(process_slot& maker, process_slot& fresh, call_waiter& w) noexcept;

// Whose reply that process waits for; empty if for none, or for that of an unknown server.
pid awaited_by(const process_slot& slot) noexcept;

// The wait of a process that waits for a reply; null if it does not.
const call_waiter* reply_wait_of(const process_slot& slot) noexcept;

// The process waits for `w.node`, which somebody else has sent.
void wait_for_reply(process_slot& caller, call_waiter& w) noexcept;

// A reply has come in: the waiting caller gets it, or a collection of requests, or nobody.
void accept_reply(process_slot& slot, signal* s) noexcept;

// A call by a thread that is no worker: it blocks.
struct outside_call {
  std::atomic<std::uint32_t> references{2};
  std::atomic<std::uint32_t> state{0};  // 0 waiting, 1 returned, 2 given up
  request_base* node = nullptr;
  void (*notify)(outside_call*) noexcept = nullptr;  // for asynchronous callers; may be null
  void* user = nullptr;
};
// `node` will come back to the calling thread; send it between these two.
outside_call* begin_outside_call(request_base* node);
// Blocks until the node is back (true: it is the caller's) or the time is over or the wait is
// interrupted (false).
bool end_outside_call(outside_call* call, std::int64_t timeout,
                      bool (*interrupted)(void*) = nullptr, void* state = nullptr);
void release(outside_call* call) noexcept;

}  // namespace beamish::inline v0::detail
