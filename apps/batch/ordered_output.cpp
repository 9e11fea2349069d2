// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/ordered_output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace beamish::apps {
namespace {

std::string temporary_folder() {
  const char* const named = std::getenv("TMPDIR");
  return named == nullptr || *named == '\0' ? "/tmp" : named;
}

detail::unique_fd make_temporary_file() {
  std::string name = temporary_folder() + "/beamish-XXXXXX";
  detail::unique_fd file(mkostemp(name.data(), O_CLOEXEC));
  if (file) ::unlink(name.c_str());
  return file;
}

}  // namespace

ordered_output::ordered_output(std::size_t count, emitter emit, std::size_t in_memory)
    : emit_(std::move(emit)), in_memory_(in_memory), items_(count) {}

bool ordered_output::add(std::size_t index, output_stream stream, std::string_view lines) {
  const std::lock_guard lock(mutex_);
  if (lines.empty()) return good_;
  good_ = (index == turn_ ? emit_(stream, lines) : keep(items_[index], stream, lines)) && good_;
  return good_;
}

bool ordered_output::end(std::size_t index) {
  const std::lock_guard lock(mutex_);
  items_[index].ended = true;
  while (turn_ < items_.size() && items_[turn_].ended) {
    ++turn_;
    if (turn_ < items_.size()) good_ = let_out(items_[turn_]) && good_;
  }
  return good_;
}

std::string ordered_output::problem() const {
  const std::lock_guard lock(mutex_);
  if (file_error_ == 0) return {};
  return "cannot keep the output in a temporary file in " + temporary_folder() + ": " +
         std::generic_category().message(file_error_) + "; TMPDIR says where it is";
}

bool ordered_output::file_failed() {
  if (file_error_ == 0) file_error_ = errno;
  return false;
}

bool ordered_output::keep(item& of, output_stream stream, std::string_view lines) {
  if (memory_ + lines.size() <= in_memory_) {
    memory_ += lines.size();
    of.kept.push_back({stream, std::string(lines)});
    return true;
  }
  of.kept.push_back({stream, {}, file_size_, lines.size()});
  return put_into_file(lines);
}

bool ordered_output::put_into_file(std::string_view lines) {
  if (!file_) file_ = make_temporary_file();
  if (!file_) return file_failed();
  while (!lines.empty()) {
    const ssize_t count = write(file_.get(), lines.data(), lines.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return file_failed();
    file_size_ += static_cast<std::size_t>(count);
    lines.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool ordered_output::let_out(item& of) {
  const std::vector<piece> kept = std::exchange(of.kept, {});
  bool good = true;
  for (const piece& p : kept) good = let_out(p) && good;
  return good;
}

bool ordered_output::let_out(const piece& p) {
  if (!p.text.empty()) {
    memory_ -= p.text.size();
    return emit_(p.stream, p.text);
  }
  std::string text(p.length, '\0');
  for (std::size_t done = 0; done < p.length;) {
    const ssize_t count = pread(file_.get(), text.data() + done, p.length - done,
                                static_cast<off_t>(p.offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return file_failed();
    done += static_cast<std::size_t>(count);
  }
  return emit_(p.stream, text);
}

}  // namespace beamish::apps
