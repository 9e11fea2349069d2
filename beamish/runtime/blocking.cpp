// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/blocking.hpp"

#include "beamish/runtime/blocking_pool.hpp"
#include "beamish/runtime/node_core.hpp"

namespace beamish::inline v0::detail {

namespace {

bool match_no_signal(waiter&, signal& s) { return tell_wait(s, "a blocking function"); }

struct finished_signal : signal {
  using signal::signal;
  blocking_job* job = nullptr;
};

void finished_gone(signal* s) noexcept {
  release(static_cast<finished_signal*>(s)->job);
  pool_delete(static_cast<finished_signal*>(s));
}

void finished_arrives(process_slot& slot, signal* s, run_state&) {
  waiter* w = slot.waiting;
  if (w != nullptr && w->match == &match_no_signal &&
      static_cast<blocking_waiter*>(w)->job == static_cast<finished_signal*>(s)->job) {
    w->match = nullptr;
  }
  finished_gone(s);
}

constexpr signal_type finished_type{signal_kind::control, &finished_gone, nullptr,
                                    &finished_arrives,    nullptr,        0,
                                    "blocking() is done"};

}  // namespace

void release(blocking_job* job) noexcept {
  if (job->references.fetch_sub(1, std::memory_order_acq_rel) == 1) job->free(job);
}

void begin_blocking(process_slot& self, blocking_waiter& w) {
  blocking_job& job = *w.job;
  job.done = pool_new<finished_signal>(finished_type);
  static_cast<finished_signal*>(job.done)->job = &job;
  job.owner = pid_of(self);
  job.references.fetch_add(1, std::memory_order_relaxed);
  w.match = &match_no_signal;
  self.scan = self.queue_end;
  self.waiting = &w;
  if (self.node->outside != nullptr) return self.node->outside->run_blocking(job);
  self.node->blocking->submit(&job);
}

void job_finished(blocking_job& job) noexcept { deliver(job.owner, job.owner, job.done); }

blocking_pool::blocking_pool(parking& emptied)
    : emptied_(emptied), most_(std::max<std::size_t>(4, 2 * std::thread::hardware_concurrency())) {}

blocking_pool::~blocking_pool() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  drop_queue();
  changed_.notify_all();
  for (std::thread& t : threads_) t.join();
}

void blocking_pool::drop_queue() noexcept {
  std::deque<blocking_job*> dropped;
  {
    std::lock_guard lock(mutex_);
    dropped.swap(queue_);
  }
  for (blocking_job* job : dropped) job->done->type->dispose(job->done);
}

void blocking_pool::submit(blocking_job* job) {
  std::lock_guard lock(mutex_);
  queue_.push_back(job);
  if (idle_ >= queue_.size() || threads_.size() >= most_) {
    changed_.notify_one();
    return;
  }
  try {
    threads_.emplace_back([this] { work(); });
  } catch (...) {
    // With at least one thread the job only waits longer.
    if (!threads_.empty()) return;
    queue_.pop_back();
    throw;
  }
}

void blocking_pool::work() noexcept {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!queue_.empty()) {
      blocking_job* job = queue_.front();
      queue_.pop_front();
      running_.fetch_add(1, std::memory_order_seq_cst);
      lock.unlock();
      job->run(*job);
      job_finished(*job);
      if (running_.fetch_sub(1, std::memory_order_seq_cst) == 1) emptied_.notify_all();
      lock.lock();
      continue;
    }
    if (stop_) return;
    ++idle_;
    changed_.wait(lock);
    --idle_;
  }
}

}  // namespace beamish::inline v0::detail
