// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/node.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>

#include "beamish/runtime/blocking_pool.hpp"
#include "beamish/runtime/crash_report.hpp"
#include "beamish/runtime/log_sink.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/runtime/scheduler.hpp"
#include "beamish/runtime/thread_state.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0 {

using namespace detail;

namespace {

// A core as good as new: cores are used again.
void reset(node_core& core, const node_options& o) {
  core.name = o.name;
  core.free_slots = {};
  core.next_id = 1;
  core.live = 0;
  core.ready_slots = {};
  core.ready_count = 0;
  core.names.clear();
  core.outside = o.world;
  core.timers.restart(core.now());
  core.max_threads = o.max_threads;
  core.stopping = false;
  core.closed = false;
  core.waiting_bytes.restart(o.mailbox_bytes, o.high_water_bytes);
  core.threads = 0;
  core.thread_places = 0;
  core.log = new log_sink(o.log);
}

node_core* core_for(const node_options& o) {
  if (o.workers != node_options::one_per_core && o.workers > max_workers)
    throw argument_error("node: at most " + std::to_string(max_workers) + " workers, not " +
                         std::to_string(o.workers));
  return the_program().borrow_core();
}

}  // namespace

node::node(const options& o) : core_(core_for(o)), workers_(o.workers) {
  if (workers_ == options::one_per_core) {
    workers_ = std::thread::hardware_concurrency();
    if (workers_ == 0) workers_ = 1;
  }
  workers_ = std::min(workers_, max_workers);
  core_->directory = the_program().borrow_directory();
  try {
    reset(*core_, o);
    const std::uint32_t from = o.world != nullptr ? o.world->node_index_from() : 0;
    core_->index = the_program().enter_node(o.name, core_, core_->directory, from);
  } catch (...) {
    delete std::exchange(core_->log, nullptr);
    the_program().return_directory(core_->directory);
    the_program().return_core(core_);
    throw;
  }
}

node::~node() {
  const bool clean = stop(std::chrono::nanoseconds(0));
  the_program().leave_node(core_->index);
  if (!clean) return;  // abandoned threads still use the core: it is leaked, not freed under them
  core_->timers.clear();
  core_->pry_desk.reset();
  core_->shared.clear();
  delete std::exchange(core_->log, nullptr);
  the_program().return_directory(core_->directory);
  the_program().return_core(core_);
}

namespace {
void close_to_spawns(node_core& core, bool closed) noexcept {
  std::lock_guard lock(core.slots_mutex);
  core.closed = closed;
}
}  // namespace

void node::start() {
  if (running_) return;
  running_ = true;
  core_->stopping.store(false);
  close_to_spawns(*core_, false);
  if (core_->outside != nullptr) return;
  core_->blocking = new blocking_pool(core_->emptied);
  if (workers_ == 0) core_->wake_fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  scheduler_ = new scheduler(*core_, workers_);
  core_->workers = scheduler_;
  scheduler_->start();
}

namespace detail {

namespace {
// Who can't be told for lack of memory is told the next time.
template <class Tell>
void tell_all(node_core& node, Tell tell) noexcept {
  const auto tell_one = [&tell](pid p) {
    try {
      tell(p);
    } catch (const std::bad_alloc&) {
    }
  };
  try {
    for (pid p : all_processes(node)) tell_one(p);
  } catch (const std::bad_alloc&) {
  }
}
}  // namespace

void ask_all_to_stop(node_core& node) noexcept {
  tell_all(node, [&node](pid p) {
    if (!node.find(p.id)->has(slot_flag::asked_to_stop)) ask_to_stop(p);
  });
}

}  // namespace detail

// Runs or waits until `done`, whose change the parking place `emptied` tells of.
bool node::run_until(bool (*done)(const detail::node_core&), std::int64_t deadline) {
  for (;;) {
    const auto key = core_->emptied.prepare();
    const std::int64_t left = deadline - real_now();
    if (const bool over = done(*core_); over || left <= 0) {
      core_->emptied.cancel();
      return over;
    }
    if (workers_ == 0 && core_->outside == nullptr) {
      core_->emptied.cancel();
      poll();
      if (!scheduler_->poll(0)) {
        const auto nap = core_->emptied.prepare();
        core_->emptied.commit(nap, std::min<std::int64_t>(left, 1'000'000));
      }
    } else {
      core_->emptied.commit(key, left);
    }
  }
}

bool node::run_until_empty(std::int64_t deadline) {
  return run_until(
      [](const node_core& core) {
        return core.live.load(std::memory_order_seq_cst) == 0 &&
               core.threads.load(std::memory_order_seq_cst) == 0;
      },
      deadline);
}

// Asks again and again: when a process has ended, those may be asked that it had spawned.
bool node::shut_down(std::int64_t deadline) {
  constexpr std::int64_t longest = 50'000'000;
  for (std::int64_t wait = 1'000'000;; wait = std::min(2 * wait, longest)) {
    ask_all_to_stop(*core_);
    const std::int64_t next = std::min(deadline, real_now() + wait);
    if (run_until_empty(next)) return true;
    if (next == deadline) return false;
  }
}

// Waits for the calls of blocking() that still run although nobody waits for them any more.
bool node::end_blocking(std::int64_t deadline) {
  core_->blocking->drop_queue();
  return run_until([](const node_core& core) { return core.blocking->running() == 0; }, deadline);
}

bool node::stop(std::chrono::nanoseconds deadline) {
  core_->stopping.store(true);
  if (core_->outside != nullptr) {
    running_ = false;
    return core_->live.load() == 0;
  }
  if (scheduler_ == nullptr) {
    close_to_spawns(*core_, true);
    if (core_->live.load() == 0) return true;
    // Processes that were spawned before the start need somebody to end them.
    start();
    core_->stopping.store(true);
  }
  running_ = false;
  const std::int64_t end = deadline_after(real_now(), deadline.count());
  bool empty = false;
  if (deadline.count() > 0) {
    empty = shut_down(end);
  }
  close_to_spawns(*core_, true);
  empty = empty && run_until_empty(0);  // nobody spawned in between
  // What didn't listen is killed; a callback that is busy ends at its next suspension.
  constexpr std::int64_t grace = 1'000'000'000;
  const std::int64_t killed_at = real_now();
  for (std::int64_t wait = 1'000'000; !empty && real_now() < killed_at + grace; wait *= 2) {
    tell_all(*core_, [](pid p) { send_exit(pid{}, p, exit_reason::kill()); });
    empty = run_until_empty(real_now() + wait);
  }
  if (!empty || !end_blocking(std::max(end, killed_at + grace))) {
    abandon();
    return false;
  }
  delete std::exchange(core_->blocking, nullptr);
  core_->workers = nullptr;
  delete std::exchange(scheduler_, nullptr);
  int poller = -1;
  {
    std::lock_guard lock(core_->ready_mutex);
    poller = std::exchange(core_->wake_fd, -1);
  }
  if (poller >= 0) ::close(poller);
  return true;
}

void node::abandon() noexcept {
  try {
    std::string text = "node '" + core_->name + "' stops, but these did not end in time:";
    for (pid p : all_processes(*core_)) {
      const process_slot* slot = find_slot(p);
      text += "\n  process " + inspect(term(p)) + " " + initial_call_of(*slot);
    }
    for (const std::string& thread : describe_threads(*core_))
      text += "\n  abandoned: the thread of process " + thread;
    if (const auto jobs = core_->blocking->running())
      text += "\n  " + std::to_string(jobs) + " call(s) of blocking()";
    log_warning(*core_, std::move(text));
  } catch (...) {
  }
}

bool node::send_signal(const destination& to, signal* message) {
  pid target;
  if (to.kind() == destination::kind::name)
    target = whereis(to.name());
  else
    target = to.resolve();
  if (!target) {
    message->type->dispose(message);
    return to.kind() == destination::kind::process;
  }
  return post(current_context(), pid{}, target, message, false) == posting::done;
}

void node::exit(pid to, const exit_reason& reason) { send_exit(pid{}, to, reason); }

pid node::whereis(std::string_view name) const {
  const pid holder = core_->names.find(name);
  return holder && alive(holder) ? holder : pid{};
}

std::string_view node::name() const noexcept { return core_->name; }

bool node::wait_until_empty(std::chrono::nanoseconds timeout) {
  return run_until_empty(timeout.count() < 0 ? timer_service::never
                                             : deadline_after(real_now(), timeout.count()));
}

node_statistics node::statistics() const {
  return {core_->live.load(), core_->threads.load(), static_cast<std::int64_t>(core_->names.size()),
          static_cast<std::int64_t>(core_->timers.size()), core_->waiting_bytes.used()};
}

bool node::poll(std::uint32_t most) {
  if (core_->wake_fd >= 0) {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(core_->wake_fd, &count, sizeof count);
  }
  return scheduler_ != nullptr && scheduler_->poll(most);
}

int node::wake_fd() const noexcept { return core_->wake_fd; }

std::int64_t node::next_deadline_in() const {
  const std::int64_t next = core_->timers.next_deadline();
  if (next == timer_service::never) return -1;
  return std::max<std::int64_t>(0, next - core_->now());
}

}  // namespace beamish::inline v0
