// SPDX-License-Identifier: Apache-2.0
#include "apps/console.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "apps/text.hpp"

namespace beamish::apps {

console::console(int out, int err, const terminal_traits& traits)
    : out_(out), err_(err), traits_(traits) {}

console::~console() { set_status({}); }

bool console::write(output_stream stream, std::string_view lines) {
  const std::lock_guard lock(mutex_);
  const bool to_out = stream == output_stream::out;
  if (lines.empty()) return failure_ == 0;
  if (to_out ? traits_.out_is_terminal : traits_.err_is_terminal) clear_status();
  emit(to_out ? out_ : err_, lines);
  draw_status();
  return failure_ == 0;
}

void console::set_status(std::string text) {
  const std::lock_guard lock(mutex_);
  if (!traits_.status_line) return;
  clear_status();
  status_ = std::move(text);
  draw_status();
}

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

// The last column stays free: some terminals wrap there at once.
void console::draw_status() {
  if (drawn_ || status_.empty()) return;
  emit(err_, cut(status_, traits_.width > 4 ? traits_.width - 1 : 4, traits_.ascii));
  drawn_ = true;
}

void console::clear_status() {
  if (!drawn_) return;
  emit(err_, "\r\x1B[K");
  drawn_ = false;
}

}  // namespace beamish::apps
