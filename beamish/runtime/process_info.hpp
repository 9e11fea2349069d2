// SPDX-License-Identifier: Apache-2.0
//
// process_info: what a living process looks like from outside.
//
// ```cpp
// pid worker = spawn([]() -> task<> { co_await receive<int>(); });
// register_name("librarian", worker);
// send(worker, std::string("not what it waits for"));
// auto info = co_await process_info(worker);    // std::optional: empty if the process is gone
// info->registered_name;                        //=> "librarian"
// info->message_queue_len;                      //=> 1
// ```
//
// The picture also has the name, links, monitors, ancestors, status, dictionary, and what the
// process waits for, as a text for people.
//
// Guarantees: the process itself answers, between two messages, so the picture is consistent; one
// that is stuck in a callback answers when it comes out. Threads: await it in a coroutine of a
// process. Errors: a process that is gone, or ends before it answers, gives an empty optional.
//
// Mirrors Process.info/1. When not to use it: in the program's logic, since the picture is old when
// it arrives; for whether somebody lives (monitor), or for a server's state (sys::get_state).
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
  std::string waits_for;  // "int or ping", "messages", "a reply of #PID<0.5.0>"; "" if it runs
  std::size_t message_queue_len = 0;
  std::uint64_t expired_requests = 0;  // dropped, since their deadline had passed
  std::uint64_t refused_messages = 0;  // for which there was no room: see mailbox_limit.hpp
  std::vector<pid> links;              // each once, oldest process first
  std::vector<pid> monitors;           // whom it monitors
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
