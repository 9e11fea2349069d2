// SPDX-License-Identifier: Apache-2.0
//
// What several tests of tasks ask for: the own mailbox, a result in a process of its own, an end.
//
//     auto waiting = co_await mailbox_length();    // 0: nothing was left behind
//     co_await end_of(t.process());                // and the DOWN of a task of ours has come
//
// tested in: async_test.cpp
#pragma once

#include <algorithm>
#include <chrono>

#include "beamish/otp/async.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/runtime/timer.hpp"

namespace beamish::inline v0::cases {

inline task<std::size_t> mailbox_length() {
  auto mine = process_info(self());
  auto info = co_await mine;
  co_return info->message_queue_len;
}

inline task<int> await_of(async_task<int> t, duration limit) { co_return co_await t.await(limit); }

// Until it has ended and its DOWN, if it is a task of ours, has come.
inline task<> end_of(pid p) {
  const reference id = monitor(p);
  co_await receive_if<down_message>([&](const down_message& m) { return m.id == id; });
  for (;;) {
    auto mine = process_info(self());
    auto info = co_await mine;
    if (std::count(info->monitors.begin(), info->monitors.end(), p) == 0) co_return;
    co_await sleep(std::chrono::milliseconds(1));
  }
}

}  // namespace beamish::inline v0::cases
