// SPDX-License-Identifier: Apache-2.0
#include "apps/batch_report.hpp"

#include <doctest/doctest.h>
#include <signal.h>

using namespace beamish;
using namespace beamish::apps;

namespace {

constexpr std::int64_t ms = 1'000'000;

batch_entry ended(std::string command, os_outcome::kind how, int code, std::int64_t duration) {
  batch_entry entry{std::move(command), true};
  entry.end.how = how;
  entry.end.code = code;
  entry.end.started_ns = 1000 * ms;
  entry.end.ended_ns = 1000 * ms + duration;
  return entry;
}

std::vector<batch_entry> some() {
  using kind = os_outcome::kind;
  std::vector<batch_entry> all{
      ended("echo hi", kind::exited, 0, 12 * ms),
      ended("sh -c 'exit 3'", kind::exited, 3, 1250 * ms),
      ended("sh -c 'kill -9 $$'", kind::signalled, SIGKILL, 2 * ms),
      ended("no-such", kind::not_started, 2, 0),
      ended("sleep 100", kind::signalled, SIGTERM, 2000 * ms),
      ended("trap", kind::exited, 7, 2000 * ms),
      {"never"},
  };
  all[3].end.problem = "command not found: no-such";
  all[4].end.stopped = true;
  all[5].end.stopped = true;
  return all;
}

}  // namespace

TEST_CASE("batch_report: the summary") {
  CHECK(summary_text(some(), 2, 3500 * ms, {}) ==
        "#  status                         time  command\n"
        "1  ok                          12.0 ms  echo hi\n"
        "2  exit 3                       1.25 s  sh -c 'exit 3'\n"
        "3  killed by SIGKILL            2.0 ms  sh -c 'kill -9 $$'\n"
        "4  command not found: no-such        -  no-such\n"
        "5  stopped                      2.00 s  sleep 100\n"
        "6  stopped (exit 7)             2.00 s  trap\n"
        "7  not run                           -  never\n"
        "7 commands, at most 2 at a time: 1 ok, 3 failed, 2 stopped, 1 not run; 3.50 s for 5.26 s "
        "of work\n");
}

TEST_CASE("batch_report: a terminal gets lines that fit, and colours") {
  std::vector<batch_entry> one{
      ended("a-command-that-is-really-quite-long", os_outcome::kind::exited, 1, ms)};
  const std::string text = summary_text(
      one, 1, ms, {.out_is_terminal = true, .out_color = true, .ascii = true, .width = 40});
  CHECK(text ==
        "#  status    time  command\n"
        "1  \x1B[31mexit 1\x1B[0m  1.0 ms  a-command-that-is-...\n"
        "1 command, at most 1 at a time: 0 ok, 1 failed; 1.0 ms for 1.0 ms of work\n");
}

TEST_CASE("batch_report: a command cannot break its row") {
  std::vector<batch_entry> one{ended("echo 'a\x1B[2J\tb'", os_outcome::kind::exited, 0, ms)};
  CHECK(summary_text(one, 1, ms, {}).find("echo 'a\\x1B[2J\\x09b'\n") != std::string::npos);
}

TEST_CASE("batch_report: what was stopped before it began was not run") {
  std::vector<batch_entry> one{ended("x", os_outcome::kind::not_started, 0, 0)};
  one[0].end.stopped = true;
  CHECK(status_text(one[0]) == "not run");
  CHECK(totals_of(one).not_run == 1);
  CHECK(!totals_of(one).all_ok());
}

TEST_CASE("batch_report: totals") {
  const batch_totals totals = totals_of(some());
  CHECK(totals.total == 7);
  CHECK(totals.ok == 1);
  CHECK(totals.failed == 3);
  CHECK(totals.stopped == 2);
  CHECK(totals.not_run == 1);
  CHECK(!totals.all_ok());
  CHECK(totals_of({}).all_ok());
}

TEST_CASE("batch_report: progress") {
  CHECK(progress_text({.total = 10}) == "0 of 10 done, 0.0 ms");
  CHECK(
      progress_text({.total = 10, .done = 2, .failed = 1, .running = 4, .elapsed_ns = 3000 * ms}) ==
      "2 of 10 done, 1 failed, 4 running, 3.00 s");
}

TEST_CASE("batch_report: the timeline shows what ran") {
  std::vector<batch_entry> two{ended("a", os_outcome::kind::exited, 0, 1000 * ms),
                               {"never"},
                               ended("b", os_outcome::kind::exited, 0, 1000 * ms)};
  two[0].slot = 1;
  two[2].slot = 1;
  two[2].end.started_ns += 1000 * ms;
  two[2].end.ended_ns += 1000 * ms;
  CHECK(batch_timeline(two, 1000 * ms, {.ascii = true, .width = 38}) ==
        "task  slot  0 s       1 s       2 s\n"
        "1 a   1     ##########\n"
        "3 b   1     ..........##########\n");
  CHECK(batch_timeline({{"never"}}, 0, {}).empty());
}
