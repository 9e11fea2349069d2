// SPDX-License-Identifier: Apache-2.0
//
// process_info: what a living process looks like from outside.
//
//     auto info = co_await process_info(p);        // std::optional: empty if the process is gone
//     info->message_queue_len                      // and name, links, monitors, status, dictionary
//     ...
//
// The process itself answers, between two messages, so the picture is consistent; one that is stuck
// in a callback answers when it comes out. From a plain thread use `inspect_process(node, pid,
// timeout)`. Mirrors Process.info/1.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "beamish/runtime/receive.hpp"
#include "beamish/term/term.hpp"

namespace beamish::inline v0 {

class node;

enum class process_status : std::uint8_t { running, waiting, hibernating };

struct process_picture {
  pid process;
  std::string registered_name;
  std::string initial_call;
  process_status status = process_status::waiting;
  std::size_t message_queue_len = 0;
  std::vector<pid> links;
  std::vector<pid> monitors;  // whom it monitors
  std::vector<pid> monitored_by;
  std::vector<pid> ancestors;  // nearest first
  std::vector<std::pair<term, term>> dictionary;
  term label;
  bool trap_exit = false;
};

namespace detail {

struct info_waiter : signal_waiter {
  std::optional<process_picture> picture;
  pid of;
  bool arrived = false;
  void* request = nullptr;
};
// True if the picture (or its absence) is there at once.
bool ask_for_info(process_slot& self, info_waiter& w);
process_picture picture_of(process_slot& slot);

}  // namespace detail

class [[nodiscard("co_await it")]] process_info : detail::info_waiter {
 public:
  using beamish_awaitable = void;
  explicit process_info(pid p) { of = p; }
  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> h) {
    frame = h;
    return !detail::ask_for_info(*h.promise().self, *this);
  }
  std::optional<process_picture> await_resume() { return std::move(picture); }
};

}  // namespace beamish::inline v0
