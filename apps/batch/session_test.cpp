// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/session.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "apps/batch/file.hpp"
#include "apps/terminal/text.hpp"
#include "beamish/sim/simulation.hpp"

using namespace beamish;
using namespace beamish::apps;

namespace {

// A session whose output goes to two files that the test looks into.
struct stage {
  int out = make_file();
  int err = make_file();
  console screen{out, err, {}};
  batch_session session;

  explicit stage(const std::string& script, bool fail_fast = false)
      : stage(script, {.limit = 2, .grace_ns = 1, .fail_fast = fail_fast}) {}
  stage(const std::string& script, const batch_request& how)
      : session(parse_command_file("test", script), how, screen) {}
  ~stage() {
    close(out);
    close(err);
  }

  static int make_file() {
    char name[] = "/tmp/beamish-session-XXXXXX";
    const int fd = mkstemp(name);
    REQUIRE(fd >= 0);
    unlink(name);
    return fd;
  }

  static std::string text(int fd) {
    std::string all(1 << 16, '\0');
    const ssize_t size = pread(fd, all.data(), all.size(), 0);
    all.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return all;
  }
};

}  // namespace

TEST_CASE("batch_session: output says whose it is, a failure is told at once") {
  stage s("printf 'one\\ntwo'\nsh -c 'echo oops >&2; exit 3'\n");
  REQUIRE(s.session.size() == 2);
  s.session.record(s.session.perform(0, 1));
  s.session.record(s.session.perform(1, 1));
  CHECK(stage::text(s.out) == "[1] one\n[1] two\n");
  CHECK(stage::text(s.err) == "[2] ! oops\n[2] failed: exit 3: sh -c 'echo oops >&2; exit 3'\n");
  const auto& entries = s.session.entries();
  CHECK(entries[0].end.ok());
  CHECK(entries[0].slot == 1);
  CHECK(entries[1].end.code == 3);
  CHECK(entries[1].slot == 1);
  CHECK(entries[1].end.started_ns >= entries[0].end.ended_ns);
}

TEST_CASE("batch_session: commands at the same time have different slots") {
  // Each waits for the other's file to appear as a sign that it runs, too.
  char folder[] = "/tmp/beamish-session-XXXXXX";
  REQUIRE(mkdtemp(folder) != nullptr);
  const std::string wait_for = "until test -e " + std::string(folder) + "/";
  const std::string touch = "touch " + std::string(folder) + "/";
  stage s("sh -c '" + touch + "a; " + wait_for + "b; do :; done'\nsh -c '" + touch + "b; " +
          wait_for + "a; do :; done'\n");
  batch_ended first;
  std::thread other([&] { first = s.session.perform(0, 1); });
  const batch_ended second = s.session.perform(1, 1);
  other.join();
  CHECK(first.slot + second.slot == 3);
  CHECK(system(("rm -r " + std::string(folder)).c_str()) == 0);
}

TEST_CASE("batch_session: a command that was never performed is told with its reason") {
  stage s("echo hi\n", true);
  batch_ended lost;
  lost.end.problem = "no thread could be started for it";
  CHECK(!s.session.record(lost));
  CHECK(stage::text(s.err) == "[1] failed: no thread could be started for it: echo hi\n");
  CHECK(status_text(s.session.entries()[0]) == "no thread could be started for it");
  CHECK(s.session.stopped());  // it has failed for good
}

TEST_CASE("batch_session: with jitter a world's chance decides how long to wait for a retry") {
  const auto wait_in_world = [](std::uint64_t seed) {
    stage s("false\n",
            {.limit = 1, .grace_ns = 1, .retries = 1, .backoff_ns = 1'000'000'000, .jitter = 0.5});
    std::int64_t wait = -1;
    sim::simulation world(seed);
    world.node("a@sim").spawn([&] { wait = s.session.record(s.session.perform(0, 1)).value(); });
    CHECK(world.run() == sim::outcome::ended);
    // It is told as it will be.
    CHECK(stage::text(s.err) ==
          "[1] failed: exit 1; retry 1 of 1 in " + duration_text(wait) + ": false\n");
    return wait;
  };
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::int64_t wait = wait_in_world(seed);
    CHECK(wait >= 500'000'000);
    CHECK(wait <= 1'500'000'000);
    CHECK(wait == wait_in_world(seed));
    CHECK(wait != wait_in_world(seed + 1));
  }
}

TEST_CASE("batch_session: after a stop nothing begins") {
  stage s("echo hi\n");
  s.session.stop();
  s.session.record(s.session.perform(0, 1));
  CHECK(stage::text(s.out).empty());
  CHECK(stage::text(s.err).empty());
  CHECK(status_text(s.session.entries()[0]) == "not run");
}

TEST_CASE("batch_session: when nobody can read the output, the command is stopped") {
  const auto old = signal(SIGPIPE, SIG_IGN);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  close(ends[0]);
  console screen(ends[1], ends[1], {});
  batch_session session(parse_command_file("test", "yes"), {.limit = 1, .grace_ns = 1}, screen);
  session.record(session.perform(0, 1));
  CHECK(session.stopped());
  CHECK(session.entries()[0].end.stopped);
  close(ends[1]);
  signal(SIGPIPE, old);
}
