// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/os_command.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

using namespace beamish;

namespace {

using words = std::vector<std::string>;

words sh(std::string program) { return {"sh", "-c", std::move(program)}; }

struct collected {
  std::string out;
  std::string err;

  void operator()(output_stream stream, std::string_view bytes) {
    (stream == output_stream::out ? out : err) += bytes;
  }
};

// Stops the command as soon as it has said something, so that no test depends on time.
struct stop_at_first_word {
  stop_switch& stop;
  bool at_once = false;
  std::string text = {};

  void operator()(output_stream, std::string_view bytes) {
    text += bytes;
    if (at_once) stop.kill();
    stop.stop();
  }
};

constexpr std::int64_t for_ever = 1'000'000'000'000'000;

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

std::ptrdiff_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

}  // namespace

TEST_CASE("os_command: output and status of a command") {
  collected seen;
  const os_outcome end = run_command(sh("echo hi; echo oops >&2; exit 3"), {.output = seen});
  CHECK(end.text() == "exit 3");
  CHECK(!end.stopped);
  CHECK(seen.out == "hi\n");
  CHECK(seen.err == "oops\n");
  CHECK(run_command({"true"}).ok());
}

TEST_CASE("os_command: a command that does not start is an outcome") {
  const os_outcome end = run_command({"/no/such/file"});
  CHECK(end.how == os_outcome::kind::not_started);
  CHECK(end.text() == "no such file: /no/such/file");
}

TEST_CASE("os_command: times come from the caller's clock") {
  std::int64_t time = 100;
  const auto read = [](void* context) { return *static_cast<std::int64_t*>(context) += 50; };
  const os_outcome end = run_command({"true"}, {.clock = {read, &time}});
  CHECK(end.started_ns == 150);
  CHECK(end.ended_ns == 200);
}

TEST_CASE("os_command: a flood passes through in pieces") {
  std::size_t total = 0;
  std::size_t largest = 0;
  auto count = [&](output_stream, std::string_view bytes) {
    total += bytes.size();
    largest = std::max(largest, bytes.size());
  };
  CHECK(run_command({"head", "-c", "30000000", "/dev/zero"}, {.output = count}).ok());
  CHECK(total == 30'000'000);
  CHECK(largest <= 65536);
}

TEST_CASE("os_command: a grandchild that keeps the pipe open does not hold up the end") {
  collected seen;
  const os_outcome end =
      run_command(sh("sleep 1000 & echo $!; head -c 60000 /dev/zero"), {.output = seen});
  CHECK(end.ok());
  const std::size_t newline = seen.out.find('\n');
  REQUIRE(newline != std::string::npos);
  CHECK(seen.out.size() == newline + 1 + 60000);
  // It was not stopped, so what it left behind is its own business and still lives.
  CHECK(kill(std::stoi(seen.out), SIGKILL) == 0);
}

TEST_CASE("os_command: a grandchild that floods the pipe does not hold up the end") {
  collected seen;
  const os_outcome end = run_command(sh("yes & echo $! >&2"), {.output = seen});
  CHECK(end.ok());
  CHECK(!seen.err.empty());
}

TEST_CASE("os_command: a stopped command may tidy up and its group goes with it") {
  stop_switch stop;
  stop_at_first_word watch{stop};
  const os_outcome end = run_command(sh("trap 'echo bye; exit 7' TERM; sleep 1000 & echo $!; wait"),
                                     {.output = watch, .stop = &stop, .grace_ns = for_ever});
  CHECK(end.stopped);
  CHECK(end.text() == "exit 7");
  CHECK(watch.text.ends_with("bye\n"));
  CHECK(!has_children());
}

TEST_CASE("os_command: a stopped command's stubborn grandchild is killed") {
  stop_switch stop;
  stop_at_first_word watch{stop};
  const os_outcome end =
      run_command(sh("trap 'exit 0' TERM; sh -c 'trap \"\" TERM; echo $$; exec sleep 1000' & wait"),
                  {.output = watch, .stop = &stop, .grace_ns = for_ever});
  CHECK(end.stopped);
  CHECK(ends(std::stoi(watch.text)));
}

TEST_CASE("os_command: who ignores the request is killed after the grace") {
  stop_switch stop;
  stop_at_first_word watch{stop};
  const os_outcome end = run_command(sh("trap '' TERM; echo ready; while :; do sleep 1000; done"),
                                     {.output = watch, .stop = &stop, .grace_ns = 1'000'000});
  CHECK(end.stopped);
  CHECK(end.how == os_outcome::kind::signalled);
  CHECK(end.code == SIGKILL);
}

TEST_CASE("os_command: kill() does not wait for the grace") {
  stop_switch stop;
  stop_at_first_word watch{stop, true};
  const os_outcome end = run_command(sh("trap '' TERM; echo ready; while :; do sleep 1000; done"),
                                     {.output = watch, .stop = &stop, .grace_ns = for_ever});
  CHECK(end.stopped);
  CHECK(end.code == SIGKILL);
}

TEST_CASE("os_command: a command that has suspended itself can be stopped") {
  stop_switch stop;
  stop_at_first_word watch{stop};
  const os_outcome end = run_command(sh("echo ready; kill -STOP $$"),
                                     {.output = watch, .stop = &stop, .grace_ns = for_ever});
  CHECK(end.stopped);
  CHECK(end.code == SIGTERM);
}

TEST_CASE("os_command: stopped before it began") {
  stop_switch stop;
  stop.stop();
  const os_outcome end = run_command({"true"}, {.stop = &stop});
  CHECK(end.stopped);
  CHECK(end.how == os_outcome::kind::not_started);
  CHECK(end.text() == "stopped before it began");
}

TEST_CASE("os_command: one that runs too long is stopped, whatever it makes of it") {
  constexpr std::int64_t ms = 1'000'000;
  const os_outcome plain = run_command({"sleep", "1000"}, {.timeout_ns = ms});
  CHECK(plain.timed_out);
  CHECK(!plain.stopped);
  CHECK(!plain.ok());
  CHECK(plain.text() == "timed out");
  CHECK(plain.signal_name() == "SIGTERM");

  const os_outcome polite =
      run_command(sh("trap 'exit 0' TERM; while :; do sleep 0.01; done"), {.timeout_ns = 300 * ms});
  CHECK(polite.timed_out);
  CHECK(!polite.ok());
  CHECK(polite.text() == "timed out (ok)");

  const os_outcome stubborn = run_command(sh("trap '' TERM; while :; do sleep 0.01; done"),
                                          {.grace_ns = ms, .timeout_ns = 300 * ms});
  CHECK(stubborn.timed_out);
  CHECK(stubborn.signal_name() == "SIGKILL");

  const os_outcome quick = run_command({"true"}, {.timeout_ns = for_ever});
  CHECK(!quick.timed_out);
  CHECK(quick.ok());
}

TEST_CASE("os_command: a command that is stopped before its timeout was stopped") {
  stop_switch stop;
  stop_at_first_word watch{stop};
  const os_outcome end =
      run_command(sh("echo ready; sleep 1000"),
                  {.output = watch, .stop = &stop, .grace_ns = for_ever, .timeout_ns = for_ever});
  CHECK(end.stopped);
  CHECK(!end.timed_out);
}

TEST_CASE("os_command: a sink that throws ends the command and nothing is left") {
  const auto before = open_descriptors();
  auto fail = [](output_stream, std::string_view) { throw std::runtime_error("no more paper"); };
  CHECK_THROWS_WITH(run_command(sh("echo hi; sleep 1000"), {.output = fail}), "no more paper");
  CHECK(open_descriptors() == before);
  CHECK(!has_children());
}

TEST_CASE("os_command: many threads at once, no zombie, no leaked descriptor") {
  const auto before = open_descriptors();
  std::vector<std::thread> threads;
  std::vector<int> right(4);
  for (std::size_t t = 0; t < right.size(); ++t) {
    threads.emplace_back([&right, t] {
      for (int i = 0; i < 25; ++i) {
        collected seen;
        const std::string code = std::to_string(i);
        const os_outcome end = run_command(sh("echo " + code + "; exit " + code), {.output = seen});
        if (end.code == i && seen.out == code + "\n") ++right[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == std::vector<int>{25, 25, 25, 25});
  CHECK(open_descriptors() == before);
  CHECK(!has_children());
}
