// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/os_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace beamish::inline v0 {
namespace {

using detail::unique_fd;

struct pipe_ends {
  unique_fd read;
  unique_fd write;
};

// A program may run with its standard descriptors closed; a pipe must not land on one of their
// numbers, for the child's dup2 would overwrite it.
bool move_above_standard(unique_fd& fd) {
  if (fd.get() > STDERR_FILENO) return true;
  fd.reset(fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  return static_cast<bool>(fd);
}

// Only our end is non-blocking: the child gets an ordinary pipe.
bool make_pipe(pipe_ends& ends) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return false;
  ends.read.reset(fds[0]);
  ends.write.reset(fds[1]);
  if (!move_above_standard(ends.read) || !move_above_standard(ends.write)) return false;
  return fcntl(ends.read.get(), F_SETFL, O_NONBLOCK) == 0;
}

// What the child does between its birth and its program. Its construction needs memory, hence the
// error code that start() looks at.
class spawn_plan {
 public:
  spawn_plan(int out, int err) {
    note(posix_spawnattr_init(&attributes_));
    note(posix_spawn_file_actions_init(&actions_));
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    note(posix_spawnattr_setsigdefault(&attributes_, &all));
    note(posix_spawnattr_setsigmask(&attributes_, &none));
    note(posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));
    note(posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0));
    note(posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO));
    note(posix_spawn_file_actions_adddup2(&actions_, err, STDERR_FILENO));
    note(posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1));
  }
  spawn_plan(const spawn_plan&) = delete;
  ~spawn_plan() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }

  int error() const { return error_; }

  // The calling thread waits until the child has executed its program or failed to, so the error
  // is the exec's own.
  int spawn(pid_t& pid, char* const* arguments) const {
    return posix_spawnp(&pid, arguments[0], &actions_, &attributes_, arguments, environ);
  }

 private:
  void note(int error) {
    if (error_ == 0) error_ = error;
  }

  posix_spawnattr_t attributes_;
  posix_spawn_file_actions_t actions_;
  int error_ = 0;
};

std::string describe(int error, const std::string& program) {
  const bool is_path = program.find('/') != std::string::npos;
  struct stat file = {};
  const bool exists = is_path && stat(program.c_str(), &file) == 0;
  if (error == EACCES && exists && S_ISDIR(file.st_mode)) return "is a directory: " + program;
  if (error == EACCES) return "permission denied: " + program;
  if (error == ENOENT && exists) return "its interpreter does not exist: " + program;
  if (error == ENOENT && is_path) return "no such file: " + program;
  if (error == ENOENT) return "command not found: " + program;
  if (error == ENOEXEC) return "neither a program nor a script with a #! line: " + program;
  return std::generic_category().message(error) + ": " + program;
}

void write_failure(os_outcome& failure, int error, const std::string& program) {
  failure.how = os_outcome::kind::not_started;
  failure.code = error;
  // An empty first word, or none, names no program; the system would say "no such file".
  failure.problem = program.empty() ? "the command's name is empty" : describe(error, program);
}

void raise(const unique_fd& event) noexcept {
  const std::uint64_t one = 1;
  const int kept = errno;
  // It can fail only by overflow, and then the event is raised already.
  [[maybe_unused]] const ssize_t written = write(event.get(), &one, sizeof one);
  errno = kept;
}

unique_fd make_event() {
  unique_fd event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) throw std::system_error(errno, std::generic_category(), "eventfd");
  return event;
}

}  // namespace

void detail::unique_fd::reset(int fd) noexcept {
  const int old = std::exchange(fd_, fd);
  if (old >= 0) close(old);
}

stop_switch::stop_switch() : stop_(make_event()), kill_(make_event()) {}

void stop_switch::stop() noexcept { raise(stop_); }

void stop_switch::kill() noexcept {
  raise(stop_);
  raise(kill_);
}

bool stop_switch::stopped() const noexcept {
  pollfd event{stop_.get(), POLLIN, 0};
  return poll(&event, 1, 0) == 1;
}

std::string os_outcome::signal_name() const {
  if (how != kind::signalled) return {};
  const char* const name = sigabbrev_np(code);
  return name == nullptr ? std::to_string(code) : std::string("SIG") + name;
}

std::string os_outcome::text() const {
  const auto ending = [this]() -> std::string {
    switch (how) {
      case kind::exited:
        return code == 0 ? "ok" : "exit " + std::to_string(code);
      case kind::signalled:
        return "killed by " + signal_name() + (core_dumped ? " (core dumped)" : "");
      case kind::not_started:
        return problem;
      case kind::unknown:
        break;
    }
    return "ended, status unknown";
  };
  if (!timed_out) return ending();
  return how == kind::exited ? "timed out (" + ending() + ")" : "timed out";
}

os_process::os_process(os_process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      out_(std::move(other.out_)),
      err_(std::move(other.err_)) {}

os_process& os_process::operator=(os_process&& other) noexcept {
  os_process taken(std::move(other));
  std::swap(pid_, taken.pid_);
  std::swap(pidfd_, taken.pidfd_);
  std::swap(out_, taken.out_);
  std::swap(err_, taken.err_);
  return *this;
}

os_process::~os_process() {
  if (pid_ <= 0) return;
  signal_group(SIGKILL);
  os_outcome unused;
  reap(unused);
}

os_process os_process::start(const std::vector<std::string>& words, os_outcome& failure) {
  const std::string program = words.empty() ? std::string() : words[0];
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);

  os_process child;
  pipe_ends out;
  pipe_ends err;
  int error = program.empty() ? ENOENT : 0;
  if (error == 0 && (!make_pipe(out) || !make_pipe(err))) error = errno;
  if (error == 0) {
    const spawn_plan plan(out.write.get(), err.write.get());
    error = plan.error() != 0 ? plan.error() : plan.spawn(child.pid_, arguments.data());
  }
  if (error != 0) {
    child.pid_ = -1;
    write_failure(failure, error, program);
    return child;
  }
  child.out_ = std::move(out.read);
  child.err_ = std::move(err.read);
  child.pidfd_.reset(static_cast<int>(syscall(SYS_pidfd_open, child.pid_, 0)));
  if (child.pidfd_) return child;
  write_failure(failure, errno, program);
  if (failure.code == ESRCH) {  // it ran, and has been collected already, though not by us
    child.pid_ = -1;
    failure = {.how = os_outcome::kind::unknown};
  }
  return os_process();  // the destructor of `child` ends and reaps what has just begun
}

void os_process::signal_group(int signal) noexcept { ::kill(-pid_, signal); }

void os_process::reap(os_outcome& outcome) noexcept {
  siginfo_t info = {};
  int result = 0;
  do {
    const auto kind = pidfd_ ? P_PIDFD : P_PID;
    const auto id = static_cast<id_t>(pidfd_ ? pidfd_.get() : pid_);
    result = waitid(kind, id, &info, WEXITED);
  } while (result != 0 && errno == EINTR);
  pid_ = -1;
  pidfd_.reset();
  outcome.how = os_outcome::kind::unknown;
  if (result != 0) return;
  const bool exited = info.si_code == CLD_EXITED;
  outcome.how = exited ? os_outcome::kind::exited : os_outcome::kind::signalled;
  outcome.code = info.si_status;
  outcome.core_dumped = info.si_code == CLD_DUMPED;
}

}  // namespace beamish::inline v0
