// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/tasks.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <string>
#include <utility>

#include "apps/batch/file.hpp"

using namespace beamish;
using namespace beamish::apps;

namespace {

// A session of a script, whose output nobody reads.
struct play {
  int nowhere = open("/dev/null", O_WRONLY);
  console screen{nowhere, nowhere, {}};
  batch_session session;
  std::promise<void> promise;
  std::atomic<int> finished = 0;

  explicit play(const std::string& script, batch_request how = {})
      : session(parse_command_file("test", script), with_limit(std::move(how)), screen) {}
  static batch_request with_limit(batch_request how) {
    how.limit = 2;
    how.grace_ns = 1;
    return how;
  }
  ~play() { close(nowhere); }

  std::function<void()> tell() {
    return [this] {
      if (++finished == 1) promise.set_value();
    };
  }
};

std::string repeat(const std::string& line, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += line;
  return text;
}

}  // namespace

TEST_CASE("batch_tasks: every command gets its response") {
  play p(repeat("true\nfalse\n/no/such/file\n", 30));
  {
    const batch_tasks tasks(p.session, 4, p.tell());
    p.promise.get_future().wait();
  }
  const batch_totals totals = totals_of(p.session.entries());
  CHECK(totals.ok == 30);
  CHECK(totals.failed == 60);
  CHECK(totals.not_run == 0);
  CHECK(p.finished == 1);
}

TEST_CASE("batch_tasks: the limit is kept and the queue is in order") {
  play p(repeat("true\n", 40));
  {
    const batch_tasks tasks(p.session, 1, p.tell());
    p.promise.get_future().wait();
  }
  std::int64_t last = 0;
  for (const batch_entry& entry : p.session.entries()) {
    CHECK(entry.slot == 1);
    CHECK(entry.end.started_ns >= last);
    last = entry.end.ended_ns;
  }
}

TEST_CASE("batch_tasks: after a stop the queue is not run, and what ran is waited for") {
  play p("sleep 1000\nsleep 1000\n" + repeat("true\n", 100));
  {
    batch_tasks tasks(p.session, 2, p.tell());
    p.session.stop();
    tasks.stop();
    tasks.stop();
    p.promise.get_future().wait();
  }
  const batch_totals totals = totals_of(p.session.entries());
  CHECK(totals.ok == 0);
  CHECK(totals.failed == 0);
  CHECK(totals.stopped + totals.not_run == 102);
  CHECK(p.finished == 1);
}

TEST_CASE("batch_tasks: what has failed is tried again, and what did not start is not") {
  char folder[] = "/tmp/beamish-tasks-XXXXXX";
  REQUIRE(mkdtemp(folder) != nullptr);
  const std::string third_time =
      "sh -c 'echo x >> " + std::string(folder) + "/n; test $(wc -l < " + folder + "/n) = 3'\n";
  play p(third_time + "false\n/no/such/file\n", {.retries = 2, .backoff_ns = 1});
  {
    const batch_tasks tasks(p.session, 2, p.tell());
    p.promise.get_future().wait();
  }
  const auto& entries = p.session.entries();
  CHECK(entries[0].end.ok());
  CHECK(entries[0].earlier.size() == 2);
  CHECK(entries[1].earlier.size() == 2);
  CHECK(entries[1].end.code == 1);
  CHECK(entries[2].earlier.empty());
  CHECK(totals_of(entries).failed == 2);
  CHECK(system(("rm -r " + std::string(folder)).c_str()) == 0);
}

TEST_CASE("batch_tasks: a stop does not wait for a retry") {
  play p("false\n", {.retries = 1, .backoff_ns = 1'000'000'000'000});
  {
    batch_tasks tasks(p.session, 2, p.tell());
    // Whether it comes before the end of the first attempt or after it.
    p.session.stop();
    tasks.stop();
    p.promise.get_future().wait();
  }
  CHECK(totals_of(p.session.entries()).ok == 0);
}

TEST_CASE("batch_tasks: with fail-fast the first failure stops the rest") {
  play p("sleep 1000\nfalse\n" + repeat("sleep 1000\n", 100), {.fail_fast = true});
  {
    const batch_tasks tasks(p.session, 2, p.tell());
    p.promise.get_future().wait();
  }
  const batch_totals totals = totals_of(p.session.entries());
  CHECK(totals.failed == 1);
  CHECK(totals.stopped + totals.not_run == 101);
}
