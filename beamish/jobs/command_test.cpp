// SPDX-License-Identifier: Apache-2.0
#include "beamish/jobs/command.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "beamish/jobs/task_handler.hpp"
#include "beamish/runtime/blocking.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

using words = std::vector<std::string>;

words sh(std::string program) { return {"sh", "-c", std::move(program)}; }

// A pipe with a name, through which a command says that it runs, and who it is.
struct letterbox {
  std::string path;

  letterbox() {
    char folder[] = "/tmp/beamish-command-XXXXXX";
    REQUIRE(mkdtemp(folder) != nullptr);
    path = std::string(folder) + "/box";
    REQUIRE(system(("mkfifo " + path).c_str()) == 0);
  }
  ~letterbox() {
    unlink(path.c_str());
    rmdir(path.substr(0, path.size() - 4).c_str());
  }

  // Blocks until somebody has written a number.
  int take() const {
    FILE* const file = std::fopen(path.c_str(), "r");
    REQUIRE(file != nullptr);
    int number = 0;
    CHECK(std::fscanf(file, "%d", &number) == 1);
    std::fclose(file);
    return number;
  }
};

// Waits for a process that is no child of ours. False if it is still there after a long time.
bool ends(int pid) {
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return errno == ESRCH;
  pollfd ended{fd, POLLIN, 0};
  const bool gone = poll(&ended, 1, 20'000) == 1;
  close(fd);
  return gone;
}

task<task_handler> handler_of(std::size_t limit) {
  task_handler_options options;
  options.task_limit = limit;
  options.name = "";
  co_return co_await task_handler::start_link(options);
}

}  // namespace

TEST_CASE("command: its end and its output are the response") {
  sim::in_real_world(
      []() -> task<> {
        const task_handler handler = co_await handler_of(2);
        auto job = handler.submit(command(sh("echo hi; echo oops >&2; exit 3")));
        auto response = co_await job;
        REQUIRE(response.ok());
        CHECK(response->end.text() == "exit 3");
        CHECK(response->out == "hi\n");
        CHECK(response->err == "oops\n");
        CHECK(!response->cut);
        CHECK(response->end.ended_ns >= response->end.started_ns);
        CHECK(response->end.started_ns > 0);
      },
      {.leftovers = true});
}

TEST_CASE("command: one that does not start is a response, too") {
  sim::in_real_world(
      []() -> task<> {
        const task_handler handler = co_await handler_of(1);
        auto job = handler.submit(command({"/no/such/file"}));
        auto response = co_await job;
        REQUIRE(response.ok());
        CHECK(response->end.text() == "no such file: /no/such/file");
      },
      {.leftovers = true});
}

TEST_CASE("command: one that runs into its timeout is stopped, and says so") {
  sim::in_real_world(
      []() -> task<> {
        const task_handler handler = co_await handler_of(1);
        command_options options;
        options.timeout = std::chrono::milliseconds(1);
        auto job = handler.submit(command(sh("sleep 1000"), options));
        auto response = co_await job;
        REQUIRE(response.ok());
        CHECK(response->end.timed_out);
        CHECK(response->end.text() == "timed out");
      },
      {.leftovers = true});
}

TEST_CASE("command: of a flood only the beginning is kept") {
  sim::in_real_world(
      []() -> task<> {
        const task_handler handler = co_await handler_of(1);
        command_options options;
        options.keep = 10;
        auto job = handler.submit(command(sh("echo 1234567890123; echo abc >&2"), options));
        auto response = co_await job;
        REQUIRE(response.ok());
        CHECK(response->out == "1234567890");
        CHECK(response->err == "abc\n");
        CHECK(response->cut);
      },
      {.leftovers = true});
}

TEST_CASE("command: a cancelled one is stopped and its slot is free again") {
  const letterbox box;
  sim::in_real_world(
      [&box]() -> task<> {
        const task_handler handler = co_await handler_of(1);
        const task_id id =
            co_await handler.enqueue(command(sh("echo $$ > " + box.path + "; sleep 1000")));
        auto take = blocking([&box] { return box.take(); });
        const int child = co_await take;
        const bool cancelled = co_await handler.cancel(id);
        CHECK(cancelled);
        // The limit is 1, so this one runs only when the other has left its slot.
        auto next = handler.submit(command({"echo", "next"}));
        auto response = co_await next;
        REQUIRE(response.ok());
        CHECK(response->out == "next\n");
        CHECK(ends(child));
      },
      {.leftovers = true});
}

TEST_CASE("command: when its handler ends, it is stopped") {
  const letterbox box;
  int child = 0;
  sim::in_real_world(
      [&box, &child]() -> task<> {
        const task_handler handler = co_await handler_of(1);
        handler.add_task(command(sh("echo $$ > " + box.path + "; sleep 1000")));
        auto take = blocking([&box] { return box.take(); });
        child = co_await take;
      },
      {.leftovers = true});
  CHECK(child > 0);
  CHECK(ends(child));
}
