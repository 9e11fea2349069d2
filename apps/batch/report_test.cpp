// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/report.hpp"

#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>

using namespace beamish;
using namespace beamish::apps;

namespace {

constexpr std::int64_t ms = 1'000'000;

batch_entry never(std::string command) {
  batch_entry entry;
  entry.command.text = std::move(command);
  return entry;
}

batch_entry ended(std::string command, os_outcome::kind how, int code, std::int64_t duration) {
  batch_entry entry = never(std::move(command));
  entry.ended = true;
  entry.end.how = how;
  entry.end.code = code;
  entry.end.started_ns = 1000 * ms;
  entry.end.ended_ns = 1000 * ms + duration;
  return entry;
}

void number(std::vector<batch_entry>& all) {
  for (std::size_t i = 0; i < all.size(); ++i) all[i].number = i + 1;
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
      never("never"),
  };
  number(all);
  all[3].end.problem = "command not found: no-such";
  all[4].end.stopped = true;
  all[5].end.stopped = true;
  return all;
}

}  // namespace

TEST_CASE("batch_report: the summary") {
  CHECK(summary_text(some(), {.limit = 2, .elapsed_ns = 3500 * ms}, {}) ==
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
  number(one);
  const std::string text =
      summary_text(one, {.elapsed_ns = ms},
                   {.out_is_terminal = true, .out_color = true, .ascii = true, .width = 40});
  CHECK(text ==
        "#  status    time  command\n"
        "1  \x1B[31mexit 1\x1B[0m  1.0 ms  a-command-that-is-...\n"
        "1 command, at most 1 at a time: 0 ok, 1 failed; 1.0 ms for 1.0 ms of work\n");
}

TEST_CASE("batch_report: a command cannot break its row") {
  std::vector<batch_entry> one{ended("echo 'a\x1B[2J\tb'", os_outcome::kind::exited, 0, ms)};
  CHECK(summary_text(one, {}, {}).find("echo 'a\\x1B[2J\\x09b'\n") != std::string::npos);
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
  CHECK(progress_text({.total = 10}) == "0 of 10 done");
  const batch_progress some{
      .total = 10, .done = 3, .failed = 1, .running = 4, .limit = 5, .elapsed_ns = 3000 * ms};
  CHECK(progress_text(some) == "3 of 10 done, 1 failed");
  CHECK(progress_details(some) == "limit 5, 4 running, 3 waiting, 1.0/s, 3.00 s");
  CHECK(progress_details({.total = 10, .limit = 5}) ==
        "limit 5, 0 running, 10 waiting, 0.0/s, 0.0 ms");
}

TEST_CASE("batch_report: the timeline shows what ran") {
  std::vector<batch_entry> two{ended("a", os_outcome::kind::exited, 0, 1000 * ms), never("never"),
                               ended("b", os_outcome::kind::exited, 0, 1000 * ms)};
  number(two);
  two[0].slot = 1;
  two[2].slot = 1;
  two[2].end.started_ns += 1000 * ms;
  two[2].end.ended_ns += 1000 * ms;
  CHECK(batch_timeline(two, 1000 * ms, {.ascii = true, .width = 38}) ==
        "task  slot  0 s       1 s       2 s\n"
        "1 a   1     ##########\n"
        "3 b   1     ..........##########\n");
  CHECK(batch_timeline({never("never")}, 0, {}).empty());
}

TEST_CASE("batch_report: the rows that are asked for") {
  using rows = batch_request::summary_rows;
  const auto lines = [](std::size_t count, rows which) {
    std::vector<batch_entry> all(count, ended("a", os_outcome::kind::exited, 0, ms));
    all[1].end.code = 1;
    number(all);
    const std::string text = summary_text(all, {.rows = which}, {});
    return std::count(text.begin(), text.end(), '\n');
  };
  CHECK(lines(100, rows::automatic) == 102);
  CHECK(lines(101, rows::automatic) == 3);
  CHECK(lines(101, rows::all) == 103);
  CHECK(lines(3, rows::failed) == 3);
  CHECK(lines(3, rows::none) == 1);
}

TEST_CASE("batch_report: retries and timeouts are told") {
  std::vector<batch_entry> one{ended("a", os_outcome::kind::signalled, SIGTERM, 2 * ms)};
  one[0].end.timed_out = true;
  one[0].earlier = {one[0].end, one[0].end};
  number(one);
  CHECK(status_text(one[0]) == "timed out, attempt 3");
  const std::string text = summary_text(one, {.elapsed_ns = ms}, {});
  CHECK(text.ends_with("0 ok, 1 failed, 2 retries; 1.0 ms for 6.0 ms of work\n"));
}

TEST_CASE("batch_report: a label stands for the number") {
  std::vector<batch_entry> one{ended("make", os_outcome::kind::exited, 0, ms)};
  one[0].command.label = "build";
  number(one);
  CHECK(summary_text(one, {.elapsed_ns = ms}, {}).find("\nbuild  ok ") != std::string::npos);
}

TEST_CASE("batch_report: the time that is left is guessed from what has ended") {
  CHECK(estimate_left(10, 2, 2, 20, {}) == -1);
  CHECK(estimate_left(10, 2, 10, 100, {}) == -1);
  CHECK(estimate_left(10, 2, 4, 40, {}) == 30);
  CHECK(estimate_left(10, 2, 4, 40, {5, 20}) == 22);  // 4 * 10 + 5 + 0, by two
  CHECK(estimate_left(10, 100, 9, 90, {4}) == 6);     // the one that runs
  CHECK(estimate_left(10, 100, 9, 90, {10}) == -1);   // it takes longer than the others
  CHECK(progress_text({.total = 10, .done = 4, .elapsed_ns = 20 * ms, .left_ns = 30 * ms}) ==
        "4 of 10 done, about 30.0 ms left");
}
