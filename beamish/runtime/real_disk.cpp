// SPDX-License-Identifier: Apache-2.0
//
// The disk of the real world: plain system calls.
// tested in: file_test.cpp
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "beamish/runtime/disk.hpp"
#include "beamish/runtime/os_process.hpp"

namespace beamish::inline v0::detail {

namespace {

disk_result checked(std::int64_t result) noexcept { return result < 0 ? -errno : result; }

class real_file final : public open_file {
 public:
  explicit real_file(unique_fd fd) : fd_(std::move(fd)) {}

  disk_result read_at(char* to, std::size_t bytes, std::uint64_t offset) override {
    return checked(::pread(fd_.get(), to, bytes, static_cast<off_t>(offset)));
  }
  disk_result write_at(const char* from, std::size_t bytes, std::uint64_t offset) override {
    return checked(::pwrite(fd_.get(), from, bytes, static_cast<off_t>(offset)));
  }
  disk_result append(const char* from, std::size_t bytes) override {
    return checked(::write(fd_.get(), from, bytes));
  }
  disk_result sync() override { return checked(::fdatasync(fd_.get())); }
  disk_result size() override {
    struct stat about = {};
    const disk_result result = checked(::fstat(fd_.get(), &about));
    return result < 0 ? result : about.st_size;
  }
  disk_result truncate(std::uint64_t size) override {
    return checked(::ftruncate(fd_.get(), static_cast<off_t>(size)));
  }

 private:
  unique_fd fd_;
};

int flags_of(open_mode how) noexcept {
  switch (how) {
    case open_mode::read:
      return O_RDONLY;
    case open_mode::write:
      return O_RDWR | O_CREAT;
    case open_mode::truncate:
      return O_RDWR | O_CREAT | O_TRUNC;
    case open_mode::create_new:
      return O_RDWR | O_CREAT | O_EXCL;
    case open_mode::append:
      return O_RDWR | O_CREAT | O_APPEND;
  }
  return O_RDONLY;
}

// A descriptor of a directory can be opened for reading, and would fail only later.
disk_result refuse_directory(int fd) noexcept {
  struct stat about = {};
  if (::fstat(fd, &about) != 0) return -errno;
  return S_ISDIR(about.st_mode) ? -EISDIR : 0;
}

class machine_disk final : public disk {
 public:
  disk_result open(const std::string& path, open_mode how,
                   std::unique_ptr<open_file>& opened) override {
    constexpr mode_t everybody = 0666;  // less the umask
    unique_fd fd(::open(path.c_str(), flags_of(how) | O_CLOEXEC, everybody));
    if (!fd) return -errno;
    const disk_result refused = refuse_directory(fd.get());
    if (refused != 0) return refused;
    opened = std::make_unique<real_file>(std::move(fd));
    return 0;
  }

  disk_result rename(const std::string& from, const std::string& to) override {
    return checked(::rename(from.c_str(), to.c_str()));
  }
  disk_result remove(const std::string& path) override { return checked(::unlink(path.c_str())); }
  disk_result create_directory(const std::string& path) override {
    constexpr mode_t everybody = 0777;
    return checked(::mkdir(path.c_str(), everybody));
  }
  disk_result remove_directory(const std::string& path) override {
    return checked(::rmdir(path.c_str()));
  }
  disk_result exists(const std::string& path) override {
    struct stat about = {};
    return checked(::stat(path.c_str(), &about));
  }

  disk_result list(const std::string& path, std::vector<std::string>& names) override {
    DIR* const folder = ::opendir(path.c_str());
    if (folder == nullptr) return -errno;
    const std::unique_ptr<DIR, int (*)(DIR*)> closed(folder, &::closedir);
    for (;;) {
      errno = 0;
      const dirent* const entry = ::readdir(folder);
      if (entry == nullptr) return -errno;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
  }

  disk_result sync_directory(const std::string& path) override {
    const unique_fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return -errno;
    return checked(::fsync(fd.get()));
  }
};

}  // namespace

disk& real_disk() noexcept {
  static machine_disk machine;  // without any state
  return machine;
}

}  // namespace beamish::inline v0::detail
