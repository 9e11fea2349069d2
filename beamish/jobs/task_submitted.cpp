// SPDX-License-Identifier: Apache-2.0
// tested in: task_handler_use_test.cpp
#include "beamish/jobs/task_submitted.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "beamish/jobs/task_handler_server.hpp"
#include "beamish/jobs/task_tree.hpp"
#include "beamish/otp/call.hpp"
#include "beamish/otp/whereis.hpp"
#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/log.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/timer.hpp"

namespace beamish::inline v0::detail {

destination handler_reference::address() const {
  return where != nullptr ? destination(where->handler()) : to.address();
}

pid handler_reference::supervisor() const {
  pid p;
  if (where != nullptr) p = where->supervisor();
  if (is_named()) p = whereis(supervisor_name(to.address().name()));
  return alive(p) ? p : pid{};
}

task<bool> comes_back(handler_reference to, pid former) {
  duration patience = std::chrono::milliseconds(1);
  while (to.may_come_back()) {
    const pid supervisor = to.supervisor();
    const pid now = to.address().resolve();
    if (now && now != former && alive(now)) co_return true;
    if (!supervisor) co_return false;
    co_await sleep(patience);
    patience = std::min<duration>(2 * patience, std::chrono::seconds(1));
  }
  co_return false;
}

void check_may_await(const reference& request) {
  if (!request) throw std::logic_error("submit: the response was taken; co_await it only once");
  if (owner_of(request) != sender()) {
    throw std::logic_error("submit: only the process that submitted a task can await its response");
  }
}

task<exit_reason> submit_again(handler_reference to, task_ref job, pid former, exit_reason why) {
  for (;;) {
    const bool back = co_await comes_back(to, former);
    if (!back) co_return why;
    former = to.address().resolve();
    auto asked = send_request<task_submit>(to.address(), job);
    auto got = co_await receive_response(asked);
    if (got.ok()) co_return *got;
    why = got.reason();
    if (job->accepted.load(std::memory_order_acquire)) co_return why;
  }
}

task<task_id> enqueue_record(handler_reference to, task_ref job) {
  for (;;) {
    const pid asked = to.address().resolve();
    auto got = co_await try_call<task_handler_server::enqueue>(to.address(), job);
    if (got.ok()) co_return *got;
    // Taken, and the answer lost: it will run.
    if (job->accepted.load(std::memory_order_acquire)) co_return job->id;
    const bool back = co_await comes_back(to, asked);
    if (!back) throw exited(got.reason());
  }
}

namespace {

// A task can't be sent to another node.
bool is_there(pid p) noexcept {
  const context* here = current_context();
  return alive(p) && (here == nullptr || here->node == nullptr || here->node->index == p.node);
}

}  // namespace

void add_record(const handler_reference& to, task_ref job) {
  const pid now = to.address().resolve();
  if (is_there(now)) {
    cast<task_handler_server::add>(now, std::move(job));
  } else if (const context* here = current_context(); here != nullptr && here->node != nullptr) {
    log(log_level::warning, "add_task: there is no task handler " +
                                inspect(to.address().to_term()) +
                                "; the task was dropped; submit() tells its caller");
  }
}

}  // namespace beamish::inline v0::detail
