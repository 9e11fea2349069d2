// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal/console.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <thread>
#include <vector>

using namespace beamish;
using namespace beamish::apps;

namespace {

constexpr output_stream out = output_stream::out;
constexpr output_stream err = output_stream::err;

// A file to write to and look into.
struct paper {
  int fd = -1;

  paper() {
    char name[] = "/tmp/beamish-console-XXXXXX";
    fd = mkstemp(name);
    REQUIRE(fd >= 0);
    unlink(name);
  }
  ~paper() { close(fd); }

  std::string text() const {
    std::string all(1 << 22, '\0');
    const ssize_t size = pread(fd, all.data(), all.size(), 0);
    all.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return all;
  }
};

}  // namespace

TEST_CASE("console: each stream gets its lines") {
  const paper first;
  const paper second;
  console screen(first.fd, second.fd, {});
  CHECK(screen.write(out, "a\nb\n"));
  CHECK(screen.write(err, "c\n"));
  screen.set_status({"never seen, for this is no terminal"});
  CHECK(first.text() == "a\nb\n");
  CHECK(second.text() == "c\n");
  CHECK(screen.failure() == 0);
}

TEST_CASE("console: the status makes room") {
  const paper both;
  {
    console screen(both.fd, both.fd,
                   {.out_is_terminal = true, .err_is_terminal = true, .status_line = true});
    screen.set_status({"1 of 2"});
    screen.write(out, "a\n");
    screen.write(out, "b\n");
    screen.set_status({"2 of 2"});
  }
  CHECK(both.text() == "1 of 2\r\x1B[Ja\nb\n2 of 2\r\x1B[J");
}

TEST_CASE("console: a status of several lines is cleared with as many rows as it takes now") {
  const paper terminal;
  {
    // It was drawn when there was more room: 4 and 12 columns take 1 and 2 rows of 8.
    console screen(terminal.fd, terminal.fd,
                   {.err_is_terminal = true, .status_line = true, .width = 8});
    screen.set_status({"abcd", "abcdefghijkl"});
    screen.set_status({});
  }
  CHECK(terminal.text() == "abcd\r\nabcdefghijkl\r\x1B[2A\x1B[J");
}

TEST_CASE("console: a status on the terminal is left alone by output to a file") {
  const paper file;
  const paper terminal;
  console screen(file.fd, terminal.fd, {.err_is_terminal = true, .status_line = true, .width = 8});
  screen.set_status({"1 of 2"});
  screen.write(out, "a\n");
  CHECK(file.text() == "a\n");
  CHECK(terminal.text() == "1 of 2");
}

TEST_CASE("console: lines of many threads are not torn") {
  const paper sheet;
  console screen(sheet.fd, sheet.fd, {});
  std::vector<std::thread> threads;
  for (char c = 'a'; c < 'e'; ++c) {
    threads.emplace_back([&screen, c] {
      for (int i = 0; i < 200; ++i) screen.write(i % 2 == 0 ? out : err, std::string(50, c) + "\n");
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string text = sheet.text();
  REQUIRE(text.size() == std::size_t{4} * 200 * 51);
  for (std::size_t at = 0; at < text.size(); at += 51) {
    CHECK(text.substr(at, 51) == std::string(50, text[at]) + "\n");
  }
}

TEST_CASE("console: a reader that is slow makes us wait, even on a non-blocking pipe") {
  int ends[2];
  REQUIRE(pipe2(ends, O_NONBLOCK) == 0);
  console screen(ends[1], ends[1], {});
  const std::string line = std::string(999, 'x') + "\n";
  std::thread writer([&] {
    for (int i = 0; i < 500; ++i) CHECK(screen.write(out, line));
    close(ends[1]);
  });
  std::size_t total = 0;
  char buffer[4096];
  pollfd readable{ends[0], POLLIN, 0};
  while (poll(&readable, 1, -1) == 1) {
    const ssize_t count = read(ends[0], buffer, sizeof buffer);
    if (count <= 0) break;
    total += static_cast<std::size_t>(count);
  }
  writer.join();
  CHECK(total == 500'000);
  close(ends[0]);
}

TEST_CASE("console: a reader that has gone is noticed and remembered") {
  const auto old = signal(SIGPIPE, SIG_IGN);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  close(ends[0]);
  const paper well;
  console screen(ends[1], well.fd, {});
  CHECK(!screen.write(out, "a\n"));
  CHECK(screen.failure() == EPIPE);
  CHECK(!screen.write(err, "still written\n"));
  CHECK(well.text() == "still written\n");
  close(ends[1]);
  signal(SIGPIPE, old);
}

TEST_CASE("console: a log's errors are told on standard error, as text or as lines of JSON") {
  const paper well;
  console screen(well.fd, well.fd, {});
  const log_function text = errors_to(screen, log_form::text);
  const log_function json = errors_to(screen, log_form::json);
  CHECK(text.form == log_form::text);
  CHECK(json.form == log_form::json);
  text.call(text.user, {log_level::error, {}, "worse"});
  text.call(text.user, {log_level::warning, {}, "bad"});
  json.call(json.user, {log_level::error, {}, "{\"v\":1}"});
  json.call(json.user, {log_level::warning, {}, "{\"v\":2}"});
  CHECK(well.text() == "beamish: worse\n{\"v\":1}\n");
}
