// SPDX-License-Identifier: Apache-2.0
#include "apps/demo/process_tree.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <thread>

#include "beamish/otp/gen_server.hpp"
#include "beamish/runtime/node.hpp"
#include "beamish/runtime/receive.hpp"

using namespace beamish;
using namespace beamish::apps;

namespace {

struct shelf : gen_server<shelf> {
  struct count {
    using reply = int;
  };
  using messages = accepts<count>;
  int handle_call(count&) { return 0; }
};

// Plays on real threads, outside of the test harness for processes, which apps don't link.
template <class F>
void on_a_node(F body) {
  node_options options;
  options.workers = 2;
  node n(options);
  n.start();
  std::atomic<bool> done = false;
  n.spawn([&]() -> task<> {
    co_await body();
    done = true;
    done.notify_all();
  });
  done.wait(false);
  n.stop(std::chrono::seconds(10));
}

const process_row* row_of(const std::vector<process_row>& rows, pid p) {
  const auto at =
      std::find_if(rows.begin(), rows.end(), [&](const process_row& r) { return r.process == p; });
  return at == rows.end() ? nullptr : &*at;
}

}  // namespace

TEST_CASE("process_tree: all processes are asked, and those that ask are not shown") {
  on_a_node([]() -> task<> {
    auto server = co_await start_link<shelf>({.name = "shelf"});
    const pid child = spawn([]() -> task<> { co_await receive<int>(); });
    send(child, 'x');
    auto rows = co_await look_at_processes();
    CHECK(rows.size() == 3);
    const process_row* mine = row_of(rows, self());
    REQUIRE(mine != nullptr);
    CHECK(mine->picture.links == std::vector<pid>{server.process()});
    const process_row* named = row_of(rows, server.process());
    REQUIRE(named != nullptr);
    CHECK(named->picture.registered_name == "shelf");
    CHECK(named->picture.waits_for == "messages");
    const process_row* below = row_of(rows, child);
    REQUIRE(below != nullptr);
    CHECK(below->picture.message_queue_len == 1);
    beamish::exit(child, exit_reason::kill());
  });
}

TEST_CASE("process_tree: one that is busy holds nobody up") {
  auto open = std::make_shared<std::atomic<bool>>(false);
  auto entered = std::make_shared<std::atomic<bool>>(false);
  on_a_node([open, entered]() -> task<> {
    const pid busy = spawn([open, entered]() -> task<> {
      *entered = true;
      while (!*open) std::this_thread::yield();
      co_return;
    });
    while (!*entered) co_await receive<int>(std::chrono::nanoseconds(0));
    auto rows = co_await look_at_processes(std::chrono::milliseconds(20));
    const process_row* row = row_of(rows, busy);
    REQUIRE(row != nullptr);
    CHECK(!row->answered);
    CHECK(draw_processes(rows, true).back().ends_with("busy: has not answered"));
    *open = true;
  });
}

TEST_CASE("process_tree: drawn under those that spawned them") {
  const auto process = [](std::uint32_t id) { return pid{1, id, 0}; };
  std::vector<process_row> rows(4);
  for (std::uint32_t i = 0; i < 4; ++i) {
    rows[i].process = rows[i].picture.process = process(i + 1);
    rows[i].answered = true;
    rows[i].picture.initial_call = "function" + std::to_string(i);
  }
  rows[1].picture.registered_name = "library";
  rows[1].picture.ancestors = {process(1)};
  rows[1].picture.links = {process(1)};
  rows[1].picture.waits_for = "messages";
  // Its parent has ended; the parent's parent has not.
  rows[2].picture.ancestors = {process(77), process(2), process(1)};
  rows[2].picture.status = process_status::hibernating;
  rows[2].picture.waits_for = "a message";
  rows[2].picture.message_queue_len = 12;
  rows[3].picture.ancestors = {process(1)};
  rows[3].picture.label = term(atom("left"));
  rows[3].picture.waits_for = "its thread";
  const auto lines = draw_processes(rows, true);
  REQUIRE(lines.size() == 5);
  CHECK(lines[1].starts_with("#PID<"));
  CHECK(lines[2].starts_with("|- #PID<"));
  CHECK(lines[2].find("library") != std::string::npos);
  CHECK(lines[2].ends_with("waits for messages"));
  CHECK(lines[3].starts_with("|  `- #PID<"));
  CHECK(lines[3].ends_with("12  hibernates, waits for a message"));
  CHECK(lines[4].starts_with("`- #PID<"));
  CHECK(lines[4].find("function3 :left") != std::string::npos);
  CHECK(short_call("(lambda at ../../apps/demo/demo.cpp:101:24)") == "lambda at demo.cpp:101");
  CHECK(short_call("beamish::outer::f(const a&, int (*)(b))::<lambda()>") == "lambda in f");
  CHECK(short_call("o::f(int) const::<lambda(int)>::<lambda()>") == "lambda in f");
  CHECK(short_call("beamish::outer::(anonymous namespace)::worker") == "outer::worker");
  CHECK(short_call("beamish::task<> (*)(std::string)") == "task<> (*)(string)");
  CHECK(lines[4].ends_with("runs on a thread of its own"));
}
