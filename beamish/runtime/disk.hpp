// SPDX-License-Identifier: Apache-2.0
//
// The seam to files: what file.hpp asks of the machine, or of a simulated disk in its place.
//
//     disk& d = disk_here();            // the one that belongs to whoever asks
//     std::unique_ptr<open_file> f;
//     d.open("log", open_mode::append, f);
//     f->append("one\n", 4)             // bytes taken, which may be fewer; -errno
//
// Every function is one system call: it may be interrupted, take a part, or fail. What makes a
// usable file of that (going on after a short write or a signal) is in file.cpp, above the seam, so
// that a simulated world runs it, too.
//
// Threads: a disk serves any number; an open_file one at a time.
// tested in: file_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "beamish/runtime/file.hpp"

namespace beamish::inline v0::detail {

// 0 or a count if it went well; -errno if not.
using disk_result = std::int64_t;

class open_file {
 public:
  open_file() = default;
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  virtual ~open_file() = default;

  virtual disk_result read_at(char* to, std::size_t bytes, std::uint64_t offset) = 0;
  virtual disk_result write_at(const char* from, std::size_t bytes, std::uint64_t offset) = 0;
  // REQUIRES: opened with open_mode::append.
  virtual disk_result append(const char* from, std::size_t bytes) = 0;
  virtual disk_result sync() = 0;
  virtual disk_result size() = 0;
  virtual disk_result truncate(std::uint64_t size) = 0;
};

class disk {
 public:
  virtual disk_result open(const std::string& path, open_mode how,
                           std::unique_ptr<open_file>& opened) = 0;
  virtual disk_result rename(const std::string& from, const std::string& to) = 0;
  virtual disk_result remove(const std::string& path) = 0;
  virtual disk_result create_directory(const std::string& path) = 0;
  virtual disk_result remove_directory(const std::string& path) = 0;
  // In any order.
  virtual disk_result list(const std::string& path, std::vector<std::string>& names) = 0;
  virtual disk_result sync_directory(const std::string& path) = 0;
  virtual disk_result exists(const std::string& path) = 0;

 protected:
  ~disk() = default;
};

// The machine's.
disk& real_disk() noexcept;
// That of the world which runs the caller; the machine's for everybody else.
disk& disk_here() noexcept;

}  // namespace beamish::inline v0::detail
