// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/tasks.hpp"

#include <chrono>
#include <utility>
#include <variant>

#include "beamish/jobs/task_handler.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/timer.hpp"

namespace beamish::apps {
namespace {

struct stop_starting {};

struct run_again {
  std::size_t index;
  std::size_t attempt;
};

// Owes the collector one response. A task that is dropped before it ran still gives one.
class response {
 public:
  response(node& n, pid collector, std::size_t index, std::size_t attempt)
      : node_(&n), collector_(collector), ended_{index, attempt, 0, {}, 0} {
    ended_.end.problem = "no thread could be started for it";
  }
  response(response&& other) noexcept
      : node_(std::exchange(other.node_, nullptr)),
        collector_(other.collector_),
        ended_(std::move(other.ended_)) {}
  response& operator=(response&&) = delete;
  ~response() {
    if (node_ != nullptr) node_->send(collector_, std::move(ended_));
  }

  std::size_t index() const { return ended_.index; }
  std::size_t attempt() const { return ended_.attempt; }
  void begin() { ended_.end.problem = "the thread that ran it crashed"; }
  void set(batch_ended ended) { ended_ = std::move(ended); }

 private:
  node* node_;
  pid collector_;
  batch_ended ended_;
};

struct run_one {
  batch_session* session;
  response answer;
  waiting_line::place turn;

  void operator()() {
    answer.begin();
    answer.set(session->perform(answer.index(), answer.attempt(), std::move(turn)));
  }
};

class at_the_end {
 public:
  explicit at_the_end(const std::function<void()>& what) : what_(what) {}
  at_the_end(const at_the_end&) = delete;
  ~at_the_end() { what_(); }

 private:
  const std::function<void()>& what_;
};

// What waits in the queue will not respond; all else has responded or will.
task<std::size_t> stop_queue(const task_handler& handler) {
  co_await handler.set_limit(0);
  const task_handler_status now = co_await handler.status();
  co_return now.queue.size();
}

// A task responds before its process has ended, and one that crashed is reported only then.
task<> await_ends(const task_handler& handler) {
  const task_handler_status now = co_await handler.status();
  for (const pid task : now.tasks) monitor(task);
  for (std::size_t i = 0; i < now.tasks.size(); ++i) co_await receive<down_message>();
}

task<> collect(node& n, batch_session& session, std::size_t limit,
               const std::function<void()>& finished) {
  const at_the_end tell(finished);
  task_handler_options options;
  options.task_limit = limit;
  options.name = "";
  const task_handler handler = co_await task_handler::start_link(options);
  const auto add = [&](std::size_t index, std::size_t attempt) {
    // Each starts on a thread of its own, where a later one could overtake it.
    handler.add_task(run_one{&session, response(n, self(), index, attempt), session.enter_line()});
  };
  std::size_t open = session.size();  // commands whose last response has not come
  std::size_t delayed = 0;            // of them, those that wait for a retry
  bool stopping = false;
  for (std::size_t i = 0; i < session.size(); ++i) add(i, 1);
  while (open > 0) {
    auto message = co_await receive<batch_ended, run_again, stop_starting>();
    if (auto* const ended = std::get_if<batch_ended>(&message)) {
      const std::size_t index = ended->index;
      const std::size_t attempt = ended->attempt;
      const auto delay = session.record(std::move(*ended));
      if (delay && !stopping) {
        ++delayed;
        send_after(duration(*delay), self(), run_again{index, attempt + 1});
      } else {
        --open;
      }
    } else if (const auto* const again = std::get_if<run_again>(&message); again && !stopping) {
      --delayed;
      add(again->index, again->attempt);
    }
    const bool shall_stop = std::holds_alternative<stop_starting>(message) || session.stopped();
    if (shall_stop && !stopping) {
      stopping = true;
      const std::size_t queued = co_await stop_queue(handler);
      open -= queued + delayed;
    }
  }
  co_await await_ends(handler);
}

node_options options_for(batch_session& session, std::size_t limit) {
  node_options options;
  options.log = errors_to(session.screen(), session.log());
  options.max_threads = static_cast<unsigned>(limit) + 16;
  return options;
}

}  // namespace

batch_tasks::batch_tasks(batch_session& session, std::size_t limit, std::function<void()> finished)
    : node_(options_for(session, limit)) {
  node_.start();
  collector_ = node_.spawn([this, &session, limit, finished = std::move(finished)] {
    return collect(node_, session, limit, finished);
  });
}

batch_tasks::~batch_tasks() { node_.stop(std::chrono::hours(1)); }

void batch_tasks::stop() { node_.send(collector_, stop_starting{}); }

}  // namespace beamish::apps
