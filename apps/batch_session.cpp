// SPDX-License-Identifier: Apache-2.0
#include "apps/batch_session.hpp"

#include <algorithm>
#include <utility>

#include "apps/attribution.hpp"
#include "apps/clock.hpp"
#include "apps/text.hpp"

namespace beamish::apps {
namespace {

line_prefixes prefixes_of(std::size_t number) {
  const std::string name = "[" + std::to_string(number) + "] ";
  return {name, name + "! "};
}

bool is_failure(const os_outcome& end) { return !end.ok() && !end.stopped; }

}  // namespace

batch_session::batch_session(std::vector<shell_command> commands, const batch_request& request,
                             console& screen)
    : commands_(std::move(commands)),
      request_(request),
      begin_ns_(steady_now_ns()),
      screen_(screen) {
  for (const shell_command& command : commands_) entries_.push_back({shell_quote(command.words)});
  progress_.total = commands_.size();
}

batch_ended batch_session::perform(std::size_t index) {
  batch_ended result{index, take_slot(), {}};
  show_progress();
  attribution lines(prefixes_of(index + 1));
  // Output that nobody can read any more is no reason to go on.
  const auto show = [&](output_stream stream, std::string_view text) {
    if (!screen_.write(stream, text)) stop_.stop();
  };
  const auto sink = [&](output_stream stream, std::string_view bytes) {
    show(stream, lines.take(stream, bytes));
  };
  const os_clock clock{[](void*) { return steady_now_ns(); }};
  result.end =
      run_command(commands_[index].words,
                  {.output = sink, .stop = &stop_, .grace_ns = request_.grace_ns, .clock = clock});
  show(output_stream::out, lines.finish(output_stream::out));
  show(output_stream::err, lines.finish(output_stream::err));
  if (is_failure(result.end)) {
    const std::string command = visible(entries_[index].command);
    screen_.write(output_stream::err, "[" + std::to_string(index + 1) + "] failed: " +
                                          visible(result.end.text()) + ": " + command + "\n");
  }
  free_slot(result.slot);
  count(result.end);
  show_progress();
  return result;
}

void batch_session::record(batch_ended ended) {
  batch_entry& entry = entries_[ended.index];
  entry.ended = true;
  entry.end = std::move(ended.end);
  entry.slot = ended.slot;
  if (entry.slot == 0) count(entry.end);
}

void batch_session::count(const os_outcome& end) {
  const std::lock_guard lock(mutex_);
  ++progress_.done;
  progress_.failed += is_failure(end) ? 1 : 0;
}

void batch_session::log(std::string_view text) {
  screen_.write(output_stream::err, "beamish: " + std::string(text) + "\n");
}

void batch_session::show_progress() {
  batch_progress now;
  {
    const std::lock_guard lock(mutex_);
    now = progress_;
  }
  now.elapsed_ns = elapsed_ns();
  screen_.set_status(stopped() ? "stopping: " + progress_text(now) : progress_text(now));
}

std::int64_t batch_session::elapsed_ns() const { return steady_now_ns() - begin_ns_; }

std::size_t batch_session::take_slot() {
  const std::lock_guard lock(mutex_);
  ++progress_.running;
  const auto free = std::find(slots_.begin(), slots_.end(), false);
  const auto slot = static_cast<std::size_t>(free - slots_.begin());
  if (free == slots_.end()) slots_.push_back(false);
  slots_[slot] = true;
  return slot + 1;
}

void batch_session::free_slot(std::size_t slot) {
  const std::lock_guard lock(mutex_);
  --progress_.running;
  slots_[slot - 1] = false;
}

}  // namespace beamish::apps
