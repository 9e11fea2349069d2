// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/os_process.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

using namespace beamish;

namespace {

using words = std::vector<std::string>;

words sh(std::string program) { return {"sh", "-c", std::move(program)}; }

// Reads what the child writes until it closes its end.
std::string read_all(os_process& child) {
  std::string text;
  pollfd ready{child.output(output_stream::out).get(), POLLIN, 0};
  char buffer[4096];
  while (poll(&ready, 1, -1) > 0) {
    const ssize_t count = read(ready.fd, buffer, sizeof buffer);
    if (count <= 0) break;
    text.append(buffer, static_cast<std::size_t>(count));
  }
  return text;
}

std::string output_of(const words& command) {
  os_outcome end;
  os_process child = os_process::start(command, end);
  REQUIRE_MESSAGE(child, end.problem);
  std::string text = read_all(child);
  child.reap(end);
  CHECK(end.ok());
  return text;
}

os_outcome failure_of(const words& command) {
  os_outcome end;
  const os_process child = os_process::start(command, end);
  CHECK(!child);
  CHECK(end.how == os_outcome::kind::not_started);
  return end;
}

std::ptrdiff_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

// A directory of the test's own, gone with it.
struct scratch {
  std::filesystem::path path;

  scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "beamish-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~scratch() { std::filesystem::remove_all(path); }

  std::string file(const std::string& name, const std::string& text, mode_t mode) const {
    const std::string full = (path / name).string();
    std::ofstream(full) << text;
    REQUIRE(chmod(full.c_str(), mode) == 0);
    return full;
  }
};

// Waits for a process that is no child of ours. False if it is still there after a long time.
bool ends(pid_t pid) {
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return errno == ESRCH;
  pollfd ended{fd, POLLIN, 0};
  const bool gone = poll(&ended, 1, 20'000) == 1;
  close(fd);
  return gone;
}

bool has_children() { return waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD; }

}  // namespace

TEST_CASE("os_process: the exit status, or the signal, is told") {
  os_outcome end;
  os_process child = os_process::start(sh("exit 3"), end);
  REQUIRE(child);
  child.reap(end);
  CHECK(end.how == os_outcome::kind::exited);
  CHECK(end.code == 3);
  CHECK(end.text() == "exit 3");
  CHECK(!child);

  child = os_process::start(sh("kill -SEGV $$"), end);
  REQUIRE(child);
  child.reap(end);
  CHECK(end.how == os_outcome::kind::signalled);
  CHECK(end.code == SIGSEGV);
  CHECK(end.text().starts_with("killed by SIGSEGV"));
  CHECK(!end.ok());
}

TEST_CASE("os_process: why a command does not start is told exactly") {
  const scratch files;
  const std::string plain = files.file("plain", "text", 0644);
  const std::string no_line = files.file("no_line", "echo hello\n", 0755);
  const std::string lost = files.file("lost", "#!/no/such/interpreter\n", 0755);
  const std::string missing = (files.path / "missing").string();

  CHECK(failure_of({missing}).text() == "no such file: " + missing);
  CHECK(failure_of({missing}).code == ENOENT);
  CHECK(failure_of({"no-such-command-anywhere"}).text() ==
        "command not found: no-such-command-anywhere");
  CHECK(failure_of({plain}).text() == "permission denied: " + plain);
  CHECK(failure_of({plain}).code == EACCES);
  CHECK(failure_of({files.path.string()}).text() == "is a directory: " + files.path.string());
  CHECK(failure_of({no_line}).text() ==
        "neither a program nor a script with a #! line: " + no_line);
  CHECK(failure_of({lost}).text() == "its interpreter does not exist: " + lost);
  CHECK(failure_of({"true", std::string(std::size_t{4} << 20, 'x')}).code == E2BIG);
  CHECK(failure_of({}).text() == "the command's name is empty");
  CHECK(failure_of({""}).text() == "the command's name is empty");
  CHECK(!has_children());
}

TEST_CASE("os_process: arguments arrive as they are and input is empty") {
  CHECK(output_of({"printf", "<%s>", "a b", "", "$HOME", "*"}) == "<a b><><$HOME><*>");
  CHECK(output_of({"cat"}).empty());
}

TEST_CASE("os_process: the child has a clean mask and default dispositions") {
  sigset_t some;
  sigset_t before;
  sigemptyset(&some);
  sigaddset(&some, SIGTERM);
  sigaddset(&some, SIGUSR1);
  REQUIRE(pthread_sigmask(SIG_BLOCK, &some, &before) == 0);
  const auto old = signal(SIGPIPE, SIG_IGN);
  const std::string status = output_of({"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"});
  signal(SIGPIPE, old);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  unsigned long long blocked = 1;
  unsigned long long ignored = 1;
  REQUIRE(std::sscanf(status.c_str(), "SigBlk: %llx SigIgn: %llx", &blocked, &ignored) == 2);
  // The C library keeps two signals, 32 and 33, to itself and leaves them ignored.
  CHECK(blocked == 0);
  CHECK((ignored & ~0x1'8000'0000ull) == 0);
}

TEST_CASE("os_process: the child leads a session and a group of its own") {
  // Fields of stat: 1 the process, 5 its group, 6 its session, 7 its terminal.
  const std::string same = output_of(
      sh("read pid name state parent group session terminal rest < /proc/$$/stat;"
         "test $pid = $group && test $pid = $session && test $terminal = 0 && echo alone"));
  CHECK(same == "alone\n");
}

TEST_CASE("os_process: the child inherits no descriptor, not even a careless one") {
  const int careless = open("/dev/null", O_RDONLY);
  REQUIRE(careless > STDERR_FILENO);
  // 3 is the directory that ls itself has open.
  CHECK(output_of({"ls", "/proc/self/fd"}) == "0\n1\n2\n3\n");
  close(careless);
}

TEST_CASE("os_process: a child that is dropped is ended with its group and reaped") {
  pid_t grandchild = 0;
  {
    os_outcome end;
    os_process child = os_process::start(sh("sleep 1000 >&- & echo $!; exec >&-; wait"), end);
    REQUIRE(child);
    grandchild = std::stoi(read_all(child));
  }
  CHECK(!has_children());
  CHECK(ends(grandchild));
}

TEST_CASE("os_process: no descriptor is leaked and no zombie stays") {
  const auto before = open_descriptors();
  for (int i = 0; i < 20; ++i) {
    CHECK(output_of({"true"}).empty());
    failure_of({"/no/such/file"});
    os_outcome end;
    const os_process dropped = os_process::start({"sleep", "1000"}, end);
    CHECK(dropped);
  }
  CHECK(open_descriptors() == before);
  CHECK(!has_children());
}

TEST_CASE("os_process: moving hands the child over") {
  os_outcome end;
  os_process first = os_process::start(sh("exit 4"), end);
  REQUIRE(first);
  os_process second = std::move(first);
  CHECK(!first);
  REQUIRE(second);
  second = os_process::start(sh("exit 5"), end);
  REQUIRE(second);
  second.reap(end);
  CHECK(end.code == 5);
  CHECK(!has_children());
}

TEST_CASE("os_process: a program without standard descriptors can run commands") {
  std::fflush(nullptr);  // or the child might print it again
  const pid_t pid = fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    for (int fd = 0; fd <= STDERR_FILENO; ++fd) close(fd);
    os_outcome end;
    os_process child = os_process::start(sh("echo out; echo err >&2"), end);
    if (!child) _exit(1);
    const bool right = read_all(child) == "out\n";
    child.reap(end);
    _exit(right && end.ok() ? 0 : 2);
  }
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  CHECK(status == 0);
}

TEST_CASE("os_process: a program that ignores SIGCHLD learns that the status is lost") {
  const auto old = signal(SIGCHLD, SIG_IGN);
  os_outcome end;
  os_process child = os_process::start(sh("exit 3"), end);
  if (child) child.reap(end);  // otherwise it was gone before we could look at it
  CHECK(end.how == os_outcome::kind::unknown);
  CHECK(end.text() == "ended, status unknown");
  CHECK(!end.ok());
  signal(SIGCHLD, old);
}

TEST_CASE("os_process: a stop switch remembers") {
  stop_switch stop;
  CHECK(!stop.stopped());
  stop.stop();
  stop.stop();
  CHECK(stop.stopped());
  pollfd killed{stop.kill_fd(), POLLIN, 0};
  CHECK(poll(&killed, 1, 0) == 0);
  stop.kill();
  CHECK(poll(&killed, 1, 0) == 1);
}
