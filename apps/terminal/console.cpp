// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal/console.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "apps/terminal/clock.hpp"
#include "apps/terminal/live_view.hpp"

namespace beamish::apps {

console::console(int out, int err, const terminal_traits& traits)
    : out_(out), err_(err), traits_(traits) {}

console::~console() { set_status({}); }

bool console::write(output_stream stream, std::string_view lines) {
  constexpr std::int64_t between_drawings_ns = 50'000'000;
  const std::lock_guard lock(mutex_);
  const bool to_out = stream == output_stream::out;
  if (lines.empty()) return failure_ == 0;
  if (to_out ? traits_.out_is_terminal : traits_.err_is_terminal) clear_status();
  emit(to_out ? out_ : err_, lines);
  if (drawn_.empty() && !status_.empty() && steady_now_ns() - drawn_at_ns_ >= between_drawings_ns)
    draw_status();
  return failure_ == 0;
}

void console::set_status(std::vector<std::string> lines) {
  const std::lock_guard lock(mutex_);
  if (!traits_.status_line) return;
  clear_status();
  status_ = std::move(lines);
  draw_status();
}

terminal_size console::size() const { return size_of(err_, {traits_.width, 24}); }

int console::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void console::emit(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {  // whoever opened it may have made it non-blocking
      pollfd ready{fd, POLLOUT, 0};
      poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      if (failure_ == 0) failure_ = errno;
      return;
    }
  }
}

// One write for all of it, so that it doesn't flicker.
void console::draw_status() {
  std::string text;
  for (const std::string& line : status_) {
    text += (drawn_.empty() ? "" : "\r\n") + line;
    drawn_.push_back(shown_width(line));
  }
  emit(err_, text);
  drawn_at_ns_ = steady_now_ns();
}

// A terminal that has become narrower has broken our lines.
void console::clear_status() {
  if (drawn_.empty()) return;
  const std::size_t columns = std::max<std::size_t>(size().columns, 1);
  std::size_t rows = 0;
  for (const std::size_t width : drawn_) {
    rows += std::max<std::size_t>((width + columns - 1) / columns, 1);
  }
  std::string text = "\r";
  if (rows > 1) text += "\x1B[" + std::to_string(rows - 1) + "A";
  emit(err_, text + "\x1B[J");
  drawn_.clear();
}

log_function errors_to(console& screen, log_form form) {
  const auto write_text = [](void* to, const log_entry& entry) {
    if (entry.level != log_level::error) return;
    static_cast<console*>(to)->write(output_stream::err, "beamish: " + entry.text + "\n");
  };
  const auto write_object = [](void* to, const log_entry& entry) {
    if (entry.level != log_level::error) return;
    static_cast<console*>(to)->write(output_stream::err, entry.text + "\n");
  };
  if (form == log_form::json) return {write_object, &screen, form};
  return {write_text, &screen, form};
}

int report_failure(const console& screen, const std::string& verb) {
  const int error = screen.failure();
  if (error == 0) return 0;
  std::fprintf(stderr, "%s: cannot write the output: %s\n", verb.c_str(),
               std::generic_category().message(error).c_str());
  return 1;
}

}  // namespace beamish::apps
