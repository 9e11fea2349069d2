// SPDX-License-Identifier: Apache-2.0
//
// Files that survive a crash if they are used well; a simulated world shows it if they aren't.
//
// ```cpp
// auto log = file::open("journal", open_mode::append);
// log->append("one\n").ok();                //=> true
// log->sync().ok();                         //=> true
// sync_directory(".").ok();                 //=> true
// *read_file("journal");                    //=> "one\n"
// remove_file("journal").ok();              //=> true
// file::open("journal", open_mode::read).error().name();    //=> "enoent"
// ```
//
// For logs, snapshots and settings: few files, written by one process each. In a simulated world
// the same code writes to a disk in memory that belongs to the node and loses, when the simulation
// cuts the power, what was not synced (see beamish/sim/disk.hpp).
//
// Guarantees: a write is whole or an error: short ones are completed, interrupted calls repeated.
// After an error an unknown part may have been written. What was written is durable once sync() has
// succeeded, and a file that was made, renamed or removed once sync_directory() of its directory
// has. After a sync that failed the written data may be lost although a later one succeeds: write
// them anew, to a new file. A rename is atomic. Descriptors are closed by the destructor and by
// exec.
//
// Errors: what the system refuses is a file_result without a value, whose error says which call, on
// which path, and why; looking at a value that isn't there throws that error as a file_failure
// ("let it crash"). A file that is not open, append() and write_at() on files opened otherwise, are
// bad use: std::logic_error.
//
// Threads: a file belongs to one thread at a time; the functions to any. All of them block: on a
// worker use them inside blocking(f) or in a thread body, unless the delay is known to be harmless.
// Units: bytes.
//
// Mirrors :file and File. When not to use it: for large data in many small pieces (no buffering
// here), for pipes and terminals, or for the output of commands (run_command).
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace beamish::inline v0 {

namespace detail {
class open_file;
}

// What the system refused.
struct file_error {
  int number = 0;      // the errno; 0: nothing
  std::string what{};  // open("/no/such")

  std::string name() const;  // as OTP has it: "enoent"
  std::string text() const;  // open("/no/such"): No such file or directory (enoent)
  friend bool operator==(const file_error&, const file_error&) = default;
};

// Thrown by who looks at a value that isn't there.
class file_failure : public std::exception {
 public:
  explicit file_failure(file_error error);
  file_failure(const file_failure&) noexcept = default;
  ~file_failure() override;
  const char* what() const noexcept override;
  const file_error& error() const noexcept;

 private:
  struct state;
  std::shared_ptr<const state> state_;
};

namespace detail {
[[noreturn]] void throw_file_failure(const file_error& error);
}

template <class T = void>
class [[nodiscard]] file_result {
 public:
  using value_type = std::conditional_t<std::is_void_v<T>, bool, T>;

  file_result(value_type value) : value_(std::move(value)) {}
  file_result(file_error error) : error_(std::move(error)) {}

  bool ok() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }
  value_type& value() & {
    if (!ok()) detail::throw_file_failure(error_);
    return *value_;
  }
  const value_type& value() const& {
    if (!ok()) detail::throw_file_failure(error_);
    return *value_;
  }
  value_type value() && { return std::move(value()); }
  value_type& operator*() & { return value(); }
  const value_type& operator*() const& { return value(); }
  value_type operator*() && { return std::move(value()); }
  value_type* operator->() { return &value(); }
  const value_type* operator->() const { return &value(); }
  // Its number is 0 if there is a value.
  const file_error& error() const noexcept { return error_; }

 private:
  std::optional<value_type> value_;
  file_error error_;
};

enum class open_mode : std::uint8_t {
  read,        // has to exist
  write,       // reads and writes at any place; made if there is none
  truncate,    // the same, emptied
  create_new,  // the same; "eexist" if there is one
  append,      // reads, and writes at the end; made if there is none
};

class file {
 public:
  // Not open.
  file() noexcept;
  file(file&& other) noexcept;
  file& operator=(file&& other) noexcept;
  ~file();

  static file_result<file> open(std::string_view path, open_mode how);

  bool is_open() const noexcept { return opened_ != nullptr; }
  const std::string& path() const noexcept { return path_; }

  // Fewer bytes only at the file's end.
  file_result<std::string> read_at(std::uint64_t offset, std::size_t bytes) const;
  file_result<std::string> read_all() const;
  // Beyond the end: what lies between reads as zeros. Not for open_mode::read and append.
  file_result<> write_at(std::uint64_t offset, std::string_view bytes);
  // To the end, whoever else has appended. Only for open_mode::append.
  file_result<> append(std::string_view bytes);
  // Returns when all that was written is durable (fdatasync).
  file_result<> sync();
  file_result<std::uint64_t> size() const;
  // Shorter, or longer by zeros.
  file_result<> truncate(std::uint64_t size);

 private:
  detail::open_file& opened(const char* wanted_by) const;
  void expect(bool right, const char* wanted_by, const char* modes) const;

  std::unique_ptr<detail::open_file> opened_;
  std::string path_;
  open_mode how_ = open_mode::read;
};

// All of it.
file_result<std::string> read_file(std::string_view path);
// Replaces what has that name, atomically. The file's own data are durable only if it was synced.
file_result<> rename_file(std::string_view from, std::string_view to);
file_result<> remove_file(std::string_view path);
// False also where the system won't say.
bool file_exists(std::string_view path);
file_result<> create_directory(std::string_view path);
file_result<> remove_directory(std::string_view path);
// Without "." and "..", sorted.
file_result<std::vector<std::string>> list_directory(std::string_view path);
// Returns when what was made, renamed or removed in this directory is durable (fsync).
file_result<> sync_directory(std::string_view path);

}  // namespace beamish::inline v0
