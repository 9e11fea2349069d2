// SPDX-License-Identifier: Apache-2.0
//
// Requests without waiting: send now, look for the response later, or for many at once.
//
// ```cpp
// struct squarer : gen_server<squarer> {
//   struct square { using reply = int; int of; };
//   using messages = accepts<square>;
//   int handle_call(square& m) { return m.of * m.of; }
// };
// auto s = co_await start_link<squarer>({.name = "squarer"});
// auto pending = send_request<squarer::square>("squarer", 6);    // and do something else
// auto got = co_await receive_response(pending);                 // answer<int>: never exits
// *got;              //=> 36
// request_collection<int, std::string> all;                      // replies of int, with labels
// all.add("two", send_request<squarer::square>("squarer", 2));
// auto first = co_await all.receive_response(std::chrono::seconds(5));    // empty: none in time
// first->label;      //=> "two"
// *first->reply;     //=> 4
// ```
//
// Guarantees: a request that is given up (its request_id is destroyed, or receive_response timed
// out) is abandoned: its reply never reaches the mailbox. In a server the reply of a request that
// nobody awaits comes to handle_info(response&).
//
// Units: limits are std::chrono durations, by default without end. Errors: sending never fails but
// for memory; a dead server, or none, gives an answer whose reason is {reason, server}, a
// receive_response that is too late {timeout, server}. Threads: a request belongs to the process
// that sent it.
//
// Mirrors :gen_server.send_request/2, receive_response/2, wait_response/2, check_response/2 and
// reqids_add/3. When not to use it: to wait for one reply at once (call).
// tested in: requests_test.cpp
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "beamish/otp/call.hpp"
#include "beamish/otp/response.hpp"

namespace beamish::inline v0 {

namespace detail {

// The asking side of one request.
struct pending {
  reference id;
  term server;  // as failures show it
  pid process;  // empty if there was none
};

// Takes the node, also if it throws. Never waits.
pending send_pending(const destination& to, request_base* node, bool has_codec);
// Its reply never reaches the mailbox from now on; one that has come is dropped. Does nothing in a
// process that did not send it.
void abandon_request(const reference& id) noexcept;
std::uint64_t count_of_request(const reference& id) noexcept;
// True while the reply of the current process's request has not come yet.
bool is_outstanding(const process_slot& slot, std::uint64_t count) noexcept;
exit_reason request_failed(const exit_reason& reason, const term& server);
exit_reason request_timed_out(const pending& p, duration limit);

// Waits for the reply of one of some requests.
struct response_waiter : signal_waiter {
  const std::uint64_t* counts = nullptr;  // sorted
  std::size_t size = 0;
  request_base* taken = nullptr;

  ~response_waiter() {
    if (taken != nullptr) taken->type->dispose(taken);
  }
  void begin(process_slot& self, std::coroutine_handle<> h, duration limit) noexcept;
};

// Ends the node and gives what it carried.
template <class R>
answer<R> unpack(request_base* node, const term& server,
                 answer<R> (*take)(request_base*, const term&)) {
  disposer end(node);
  return take(node, server);
}

template <class M>
answer<reply_t<M>> answer_in(request_base* base, const term& server) {
  using R = reply_t<M>;
  if (base->progress != request_progress::answered)
    return answer<R>(request_failed(base->failure, server));
  if constexpr (std::is_void_v<R>)
    return answer<R>(std::in_place, true);
  else
    return answer<R>(std::in_place, std::move(static_cast<request_node<M>*>(base)->answer));
}

}  // namespace detail

// A request that was sent and whose answer is still wanted. Move-only.
template <class M>
class [[nodiscard("without it the reply is dropped")]] request_id {
 public:
  explicit request_id(detail::pending p) noexcept : pending_(std::move(p)) {}
  request_id(request_id&& other) noexcept
      : pending_(std::exchange(other.pending_, detail::pending())) {}
  request_id& operator=(request_id&& other) noexcept {
    request_id old(std::move(*this));
    pending_ = std::exchange(other.pending_, detail::pending());
    return *this;
  }
  ~request_id() {
    if (pending_.id) detail::abandon_request(pending_.id);
  }

  // Empty once it was answered, abandoned or moved from.
  const reference& id() const noexcept { return pending_.id; }
  const term& server() const noexcept { return pending_.server; }
  // For whoever takes over: no reply is wanted by this object any more.
  detail::pending release() noexcept { return std::exchange(pending_, detail::pending()); }

 private:
  detail::pending pending_;
};

// Always succeeds; that nobody is there is told by the answer.
template <class M, class... Args>
request_id<M> send_request(const destination& to, Args&&... args) {
  constexpr bool makes_one = detail::makes_message<M, Args&&...>;
  static_assert(makes_one,
                "these arguments don't make this message: give its fields, in their order");
  if constexpr (makes_one)
    return request_id<M>(detail::send_pending(
        to, detail::make_request<M>(std::forward<Args>(args)...), has_codec<M>));
  else
    return request_id<M>(detail::pending());
}

namespace detail {

// `Keeps`: a timeout leaves the request open, and the result is an optional.
template <class M, bool Keeps>
class [[nodiscard("co_await it")]] response_awaitable {
 public:
  using beamish_awaitable = void;
  using result = answer<detail::reply_t<M>>;

  response_awaitable(request_id<M>& id, duration limit)
      : id_(&id), count_(count_of_request(id.id())), limit_(limit) {}
  bool await_ready() const noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> h) noexcept {
    process_slot& self = *h.promise().self;
    waiter_.counts = &count_;
    waiter_.size = 1;
    waiter_.begin(self, h, limit_);
    // What has not come yet can't be in what was fetched: that part is not looked at again.
    if (is_outstanding(self, count_)) self.scan = self.queue_end;
  }
  std::conditional_t<Keeps, std::optional<result>, result> await_resume() {
    if (waiter_.taken != nullptr) {
      request_base* node = std::exchange(waiter_.taken, nullptr);
      const pending p = id_->release();
      return unpack<detail::reply_t<M>>(node, p.server, &answer_in<M>);
    }
    if constexpr (Keeps) {
      return std::nullopt;
    } else {
      const pending p = id_->release();
      abandon_request(p.id);
      return result(request_timed_out(p, limit_));
    }
  }

 private:
  request_id<M>* id_;
  std::uint64_t count_;
  duration limit_;
  response_waiter waiter_;
};

}  // namespace detail

// REQUIRES: `id` is not empty and was made by this process. The request is over afterwards: if it
// was not answered in time it is abandoned, and the reason is {timeout, server}.
template <class M>
auto receive_response(request_id<M>& id, duration limit = infinity) {
  return detail::response_awaitable<M, false>(id, limit);
}
// The same, but empty if there is no answer yet; the request stays open.
template <class M>
auto wait_response(request_id<M>& id, duration limit = infinity) {
  return detail::response_awaitable<M, true>(id, limit);
}
// For handle_info(response&): empty if `r` answers another request.
template <class M>
std::optional<answer<detail::reply_t<M>>> check_response(response& r, request_id<M>& id) {
  detail::request_base* node = take_response(r, detail::count_of_request(id.id()));
  if (node == nullptr) return std::nullopt;
  const detail::pending p = id.release();
  return detail::unpack<detail::reply_t<M>>(node, p.server, &detail::answer_in<M>);
}

// One response out of a collection.
template <class R, class Label>
struct labelled_answer {
  labelled_answer(Label l, answer<R> r) : label(std::move(l)), reply(std::move(r)) {}
  Label label;
  answer<R> reply;
};

// Requests whose replies have the type R, each with a label of the user's choice.
template <class R, class Label = term>
class request_collection {
 public:
  using result = labelled_answer<R, Label>;

  request_collection() = default;
  request_collection(request_collection&& other) noexcept
      : counts_(std::exchange(other.counts_, {})), entries_(std::exchange(other.entries_, {})) {}
  request_collection& operator=(request_collection&& other) noexcept {
    std::swap(counts_, other.counts_);
    std::swap(entries_, other.entries_);
    return *this;
  }
  ~request_collection() {
    for (const entry& e : entries_) detail::abandon_request(e.request.id);
  }

  // Takes the request over. REQUIRES: it is not empty.
  template <class M>
  void add(Label label, request_id<M> id) {
    static_assert(std::is_same_v<detail::reply_t<M>, R>,
                  "this message is answered by another type");
    const std::uint64_t count = detail::count_of_request(id.id());
    std::size_t at = counts_.size();
    while (at > 0 && counts_[at - 1] > count) --at;
    counts_.reserve(counts_.size() + 1);
    entries_.reserve(entries_.size() + 1);
    counts_.insert(counts_.begin() + static_cast<std::ptrdiff_t>(at), count);
    entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(at),
                    entry{std::move(label), id.release(), &detail::answer_in<M>});
  }
  std::size_t size() const noexcept { return entries_.size(); }
  bool empty() const noexcept { return entries_.empty(); }

  // The next response, oldest first; empty if there is none in time or nothing is outstanding. What
  // came is out of the collection, the rest stays.
  auto receive_response(duration limit = infinity) { return awaitable(*this, limit); }
  // For handle_info(response&): empty if `r` answers none of these.
  std::optional<result> check_response(response& r) {
    for (std::size_t at = 0; at < counts_.size(); ++at) {
      if (detail::request_base* node = take_response(r, counts_[at])) return take(node, at);
    }
    return std::nullopt;
  }

 private:
  struct entry {
    Label label;
    detail::pending request;
    answer<R> (*take)(detail::request_base*, const term&);
  };

  class [[nodiscard("co_await it")]] awaitable {
   public:
    using beamish_awaitable = void;
    awaitable(request_collection& of, duration limit) : of_(&of), limit_(limit) {}
    bool await_ready() const noexcept { return of_->empty(); }
    template <class P>
    void await_suspend(std::coroutine_handle<P> h) noexcept {
      waiter_.counts = of_->counts_.data();
      waiter_.size = of_->counts_.size();
      waiter_.begin(*h.promise().self, h, limit_);
    }
    std::optional<result> await_resume() {
      detail::request_base* node = std::exchange(waiter_.taken, nullptr);
      if (node == nullptr) return std::nullopt;
      std::size_t at = 0;
      while (of_->counts_[at] != node->count) ++at;
      return of_->take(node, at);
    }

   private:
    request_collection* of_;
    duration limit_;
    detail::response_waiter waiter_;
  };

  std::optional<result> take(detail::request_base* node, std::size_t at) {
    entry e = std::move(entries_[at]);
    counts_.erase(counts_.begin() + static_cast<std::ptrdiff_t>(at));
    entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(at));
    return std::optional<result>(std::in_place, std::move(e.label),
                                 detail::unpack<R>(node, e.request.server, e.take));
  }

  // Sorted, and in step with each other.
  std::vector<std::uint64_t> counts_;
  std::vector<entry> entries_;
};

}  // namespace beamish::inline v0
