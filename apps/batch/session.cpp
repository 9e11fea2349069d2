// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/session.hpp"

#include <algorithm>
#include <utility>

#include "apps/terminal/clock.hpp"
#include "apps/terminal/text.hpp"
#include "beamish/runtime/clock.hpp"

namespace beamish::apps {
namespace {

std::vector<batch_entry> entries_of(std::vector<batch_command> commands) {
  std::vector<batch_entry> entries;
  entries.reserve(commands.size());
  for (batch_command& command : commands) {
    entries.push_back({.number = entries.size() + 1, .command = std::move(command)});
  }
  return entries;
}

}  // namespace

batch_session::batch_session(command_file file, const batch_request& request, console& screen)
    : file_(std::move(file.name)),
      request_(request),
      begin_ns_(steady_now_ns()),
      screen_(screen),
      outputs_(request_, file.commands.size(), screen),
      entries_(entries_of(std::move(file.commands))) {
  progress_.total = entries_.size();
}

batch_ended batch_session::perform(std::size_t index, std::size_t attempt,
                                   waiting_line::place turn) {
  turn.await_turn();
  batch_ended result{index, attempt, take_slot(index), {}, random_number()};
  const batch_entry& entry = entries_[index];
  tell_started(result);
  // Not later: to start one process after the other would nearly halve the number of short commands
  // in a second.
  turn.leave();
  const auto output = outputs_.open(entry);
  // Output that nobody can read any more is no reason to go on.
  const auto sink = [&](output_stream stream, std::string_view bytes) {
    if (!output->take(stream, bytes)) stop_.stop();
  };
  const os_clock clock{[](void*) { return steady_now_ns(); }};
  result.end = run_command(entry.command.words, {.output = sink,
                                                 .stop = &stop_,
                                                 .grace_ns = request_.grace_ns,
                                                 .timeout_ns = request_.timeout_ns,
                                                 .clock = clock});
  if (!output->finish()) stop_.stop();
  const auto again = retry_delay(result);
  tell_ended(result, again);
  if (!again && !outputs_.end(entry)) stop_.stop();
  if (!again && request_.fail_fast && is_failure(result.end)) stop_.stop();
  free_slot(result.slot);
  count(result.end, again.has_value());
  return result;
}

std::optional<std::int64_t> batch_session::record(batch_ended ended) {
  batch_entry& entry = entries_[ended.index];
  if (entry.ended) entry.earlier.push_back(std::move(entry.end));
  const auto again = retry_delay(ended);
  if (ended.slot == 0) {
    tell_ended(ended, std::nullopt);
    outputs_.end(entry);
    count(ended.end, false);
    if (request_.fail_fast && is_failure(ended.end)) stop_.stop();
  }
  entry.ended = true;
  entry.end = std::move(ended.end);
  entry.slot = ended.slot;
  return again;
}

// The same answer whenever it is asked for one attempt: by the thread that tells of it, and by the
// collector that acts on it.
std::optional<std::int64_t> batch_session::retry_delay(const batch_ended& ended) const {
  if (ended.attempt > request_.retries || !is_worth_a_retry(ended.end)) return std::nullopt;
  return backoff_ns({request_.backoff_ns, request_.jitter}, ended.attempt, ended.chance);
}

void batch_session::tell_started(const batch_ended& attempt) {
  if (request_.form != batch_request::format::jsonl) return;
  screen_.write(output_stream::out, started_event(entries_[attempt.index], attempt.attempt,
                                                  attempt.slot, elapsed_ns()));
}

void batch_session::tell_ended(const batch_ended& ended, std::optional<std::int64_t> again) {
  const batch_entry& entry = entries_[ended.index];
  if (request_.form == batch_request::format::jsonl) {
    screen_.write(output_stream::out, ended_event(facts(), entry, ended.attempt, ended.end, again));
    return;
  }
  if (!is_failure(ended.end) || request_.form == batch_request::format::json) return;
  const std::string next = !again ? ""
                                  : "; retry " + std::to_string(ended.attempt) + " of " +
                                        std::to_string(request_.retries) + " in " +
                                        duration_text(*again);
  outputs_.say(entry, "[" + entry.name() + "] failed: " + visible(ended.end.text()) + next + ": " +
                          visible(entry.command.text) + "\n");
}

void batch_session::tell_begin() {
  if (request_.form == batch_request::format::jsonl)
    screen_.write(output_stream::out, begun_event(facts(), entries_.size()));
}

void batch_session::tell_end() {
  screen_.set_status({});
  for (const batch_entry& entry : entries_) outputs_.end(entry);  // also of those never run
  switch (request_.form) {
    case batch_request::format::json:
      screen_.write(output_stream::out, batch_document(facts(), entries_));
      return;
    case batch_request::format::jsonl:
      screen_.write(output_stream::out, finished_event(facts(), entries_));
      return;
    case batch_request::format::text:
      break;
  }
  const summary_style style{request_.limit, elapsed_ns(), request_.rows};
  std::string text = summary_text(entries_, style, screen_.traits());
  if (request_.timeline) text = batch_timeline(entries_, begin_ns_, screen_.traits()) + text;
  screen_.write(output_stream::out, text);
}

batch_facts batch_session::facts() const {
  return {file_, request_.limit, begin_ns_, elapsed_ns(), request_.output};
}

void batch_session::count(const os_outcome& end, bool again) {
  const std::lock_guard lock(mutex_);
  progress_.done += again ? 0 : 1;
  progress_.failed += !again && is_failure(end) ? 1 : 0;
  ++attempts_;
  work_ns_ += end.ended_ns - end.started_ns;
}

std::string batch_session::output_problem() const { return outputs_.problem(); }

void batch_session::show_progress() {
  if (!screen_.shows_status()) return;
  const terminal_traits& traits = screen_.traits();
  screen_.set_status(live_lines(picture(), screen_.size(), {traits.ascii, traits.err_color}));
}

live_picture batch_session::picture() {
  const std::int64_t now = steady_now_ns();
  const std::lock_guard lock(mutex_);
  const std::int64_t each = attempts_ == 0 ? 0 : work_ns_ / static_cast<std::int64_t>(attempts_);
  live_picture shown{.done = progress_.done, .total = progress_.total};
  std::vector<std::int64_t> times;
  for (const auto& slot : slots_) {
    if (!slot) continue;
    const batch_entry& entry = entries_[slot->index];
    const std::int64_t time = now - slot->begin_ns;
    times.push_back(time);
    const double part = each == 0 ? -1 : static_cast<double>(time) / static_cast<double>(each);
    shown.rows.push_back(
        {.name = entry.name(),
         .part = part,
         .text = pad_left(duration_text(time), 7) + "  " + visible(entry.command.text)});
  }
  batch_progress told = progress_;
  told.limit = request_.limit;
  told.elapsed_ns = now - begin_ns_;
  told.left_ns =
      stopped() ? -1 : estimate_left(told.total, request_.limit, told.done, work_ns_, times);
  shown.headline = (stopped() ? "stopping: " : "") + progress_text(told);
  shown.details = progress_details(told);
  return shown;
}

std::int64_t batch_session::elapsed_ns() const { return steady_now_ns() - begin_ns_; }

std::size_t batch_session::take_slot(std::size_t index) {
  const std::lock_guard lock(mutex_);
  ++progress_.running;
  const auto free = std::find_if(slots_.begin(), slots_.end(), [](const auto& s) { return !s; });
  const auto slot = static_cast<std::size_t>(free - slots_.begin());
  if (free == slots_.end()) slots_.emplace_back();
  slots_[slot] = running{index, steady_now_ns()};
  return slot + 1;
}

void batch_session::free_slot(std::size_t slot) {
  const std::lock_guard lock(mutex_);
  --progress_.running;
  slots_[slot - 1].reset();
}

}  // namespace beamish::apps
