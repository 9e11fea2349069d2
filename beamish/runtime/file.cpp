// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/file.hpp"

#include <string.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "beamish/runtime/current.hpp"
#include "beamish/runtime/disk.hpp"
#include "beamish/runtime/node_core.hpp"

namespace beamish::inline v0 {

namespace detail {

disk& disk_here() noexcept {
  const context* here = current_context();
  if (here == nullptr) return real_disk();
  if (here->files != nullptr) return *here->files;
  if (here->node == nullptr || here->node->outside == nullptr) return real_disk();
  return here->node->outside->disk_of(*here->node);
}

void throw_file_failure(const file_error& error) { throw file_failure(error); }

}  // namespace detail

namespace {

using detail::disk_here;
using detail::disk_result;

file_error failure(disk_result result, std::string what) {
  return {static_cast<int>(-result), std::move(what)};
}

std::string call(std::string_view name, std::string_view path) {
  return std::string(name) + "(\"" + std::string(path) + "\")";
}

file_result<> checked(disk_result result, std::string_view name, std::string_view path) {
  if (result < 0) return failure(result, call(name, path));
  return true;
}

// A path ends at its first NUL for the system: it would name another file.
bool has_nul(std::string_view path) noexcept { return path.find('\0') != path.npos; }

// Runs the system call again while signals interrupt it.
template <class Call>
disk_result uninterrupted(Call once) {
  for (;;) {
    const disk_result result = once();
    if (result != -EINTR) return result;
  }
}

template <class Call>
file_result<> on_path(std::string_view name, std::string_view path, Call once) {
  if (has_nul(path)) return failure(-EINVAL, call(name, path));
  return checked(uninterrupted([&] { return once(std::string(path)); }), name, path);
}

// Hands all of `bytes` to `once(from, count, already)`, which may take a part.
template <class Call>
disk_result write_whole(std::string_view bytes, Call once) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const disk_result result =
        uninterrupted([&] { return once(bytes.data() + done, bytes.size() - done, done); });
    if (result < 0) return result;
    // Nothing taken and nothing said: it would be asked for ever.
    if (result == 0) return -EIO;
    done += static_cast<std::size_t>(result);
  }
  return 0;
}

}  // namespace

std::string file_error::name() const {
  if (number == 0) return "ok";
  const char* known = ::strerrorname_np(number);
  if (known == nullptr) return std::to_string(number);
  std::string lower;
  for (const char* c = known; *c != '\0'; ++c) {
    lower += static_cast<char>(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
  }
  return lower;
}

std::string file_error::text() const {
  return what + ": " + std::generic_category().message(number) + " (" + name() + ")";
}

struct file_failure::state {
  file_error error;
  std::string text;
};

file_failure::file_failure(file_error error) {
  std::string text = error.text();
  state_ = std::make_shared<const state>(state{std::move(error), std::move(text)});
}
file_failure::~file_failure() = default;
const char* file_failure::what() const noexcept { return state_->text.c_str(); }
const file_error& file_failure::error() const noexcept { return state_->error; }

file::file() noexcept = default;
file::file(file&& other) noexcept = default;
file& file::operator=(file&& other) noexcept = default;
file::~file() = default;

file_result<file> file::open(std::string_view path, open_mode how) {
  file fresh;
  fresh.path_ = path;
  fresh.how_ = how;
  const auto done = on_path(
      "open", path, [&](const std::string& p) { return disk_here().open(p, how, fresh.opened_); });
  if (!done) return done.error();
  return fresh;
}

detail::open_file& file::opened(const char* wanted_by) const {
  if (opened_ != nullptr) return *opened_;
  throw std::logic_error(std::string("file::") + wanted_by +
                         " of a file that is not open: it was moved from, or never opened");
}

void file::expect(bool right, const char* wanted_by, const char* modes) const {
  if (right) return;
  throw std::logic_error(std::string("file::") + wanted_by + " of \"" + path_ +
                         "\", which is not open for that: it needs open_mode::" + modes);
}

file_result<std::string> file::read_at(std::uint64_t offset, std::size_t bytes) const {
  constexpr std::size_t at_once = 1 << 20;
  detail::open_file& from = opened("read_at");
  std::string all;
  while (all.size() < bytes) {
    const std::size_t have = all.size();
    const std::size_t want = std::min(bytes - have, at_once);
    all.resize(have + want);
    const disk_result got =
        uninterrupted([&] { return from.read_at(all.data() + have, want, offset + have); });
    if (got < 0) return failure(got, call("read", path_));
    all.resize(have + static_cast<std::size_t>(got));
    if (got == 0) break;
  }
  return all;
}

file_result<std::string> file::read_all() const {
  opened("read_all");
  return read_at(0, std::string::npos);
}

file_result<> file::write_at(std::uint64_t offset, std::string_view bytes) {
  detail::open_file& to = opened("write_at");
  expect(how_ != open_mode::read && how_ != open_mode::append, "write_at",
         "write, truncate or create_new");
  return checked(
      write_whole(bytes, [&](const char* from, std::size_t count,
                             std::size_t done) { return to.write_at(from, count, offset + done); }),
      "write", path_);
}

file_result<> file::append(std::string_view bytes) {
  detail::open_file& to = opened("append");
  expect(how_ == open_mode::append, "append", "append");
  return checked(write_whole(bytes, [&](const char* from, std::size_t count,
                                        std::size_t) { return to.append(from, count); }),
                 "write", path_);
}

file_result<> file::sync() {
  detail::open_file& to = opened("sync");
  return checked(uninterrupted([&] { return to.sync(); }), "sync", path_);
}

file_result<std::uint64_t> file::size() const {
  const disk_result result = opened("size").size();
  if (result < 0) return failure(result, call("size", path_));
  return static_cast<std::uint64_t>(result);
}

file_result<> file::truncate(std::uint64_t size) {
  detail::open_file& to = opened("truncate");
  expect(how_ != open_mode::read, "truncate", "another than read");
  return checked(uninterrupted([&] { return to.truncate(size); }), "truncate", path_);
}

file_result<std::string> read_file(std::string_view path) {
  auto opened = file::open(path, open_mode::read);
  if (!opened) return opened.error();
  return opened->read_all();
}

file_result<> rename_file(std::string_view from, std::string_view to) {
  const std::string what = std::string(from) + "\", \"" + std::string(to);
  if (has_nul(what)) return failure(-EINVAL, call("rename", what));
  return on_path("rename", what, [&](const std::string&) {
    return disk_here().rename(std::string(from), std::string(to));
  });
}

file_result<> remove_file(std::string_view path) {
  return on_path("remove", path, [](const std::string& p) { return disk_here().remove(p); });
}

bool file_exists(std::string_view path) {
  return on_path("stat", path, [](const std::string& p) { return disk_here().exists(p); }).ok();
}

file_result<> create_directory(std::string_view path) {
  return on_path("mkdir", path,
                 [](const std::string& p) { return disk_here().create_directory(p); });
}

file_result<> remove_directory(std::string_view path) {
  return on_path("rmdir", path,
                 [](const std::string& p) { return disk_here().remove_directory(p); });
}

file_result<std::vector<std::string>> list_directory(std::string_view path) {
  std::vector<std::string> names;
  const auto done = on_path("list", path, [&](const std::string& p) {
    names.clear();
    return disk_here().list(p, names);
  });
  if (!done) return done.error();
  std::sort(names.begin(), names.end());
  return names;
}

file_result<> sync_directory(std::string_view path) {
  return on_path("sync", path, [](const std::string& p) { return disk_here().sync_directory(p); });
}

}  // namespace beamish::inline v0
