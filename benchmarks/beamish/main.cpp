// SPDX-License-Identifier: Apache-2.0
// Our programs of the comparison: `ours ROW WORKERS N` measures one row and prints one JSON line.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <future>
#include <iostream>
#include <map>

#include "beamish/runtime/node.hpp"
#include "ours.hpp"

namespace ours {

result rate(std::int64_t n, elapsed took, std::string checked) {
  return {took, static_cast<double>(n) / took.seconds, "per_second", std::move(checked)};
}

std::string expect(const char* what, std::int64_t got, std::int64_t want) {
  if (got != want) {
    std::cerr << "wrong " << what << ": got " << got << ", want " << want << std::endl;
    std::_Exit(1);
  }
  return what + (' ' + std::to_string(got));
}

std::int64_t status(const std::string& field) {
  std::ifstream in("/proc/self/status");
  std::string line;
  while (std::getline(in, line))
    if (line.starts_with(field + ":")) return std::stoll(line.substr(field.size() + 1));
  std::cerr << "no field " << field << std::endl;
  std::_Exit(1);
}

// A node, one process, one line from it. Then the end of input is awaited.
beamish::task<result> hello(std::int64_t) {
  std::puts("hello");
  std::fflush(stdout);
  std::getchar();
  std::_Exit(0);
}

namespace {

const std::map<std::string, row*> rows = {
    {"call", calls},
    {"call_queued", calls_queued},
    {"call8", calls8},
    {"cast", casts},
    {"cast_dropped", casts_dropped},
    {"cast_bounded", casts_bounded},
    {"cast8", casts8},
    {"cast8_dropped", casts8_dropped},
    {"cast8_bounded", casts8_bounded},
    {"spawn", spawns},
    {"idle", idle},
    {"ring", ring},
    {"skynet", skynet},
    {"timers", timers},
    {"tasks", tasks},
    {"backlog", backlog_inline},
    {"backlog_queued", backlog_queued},
    {"loops", beside_endless_loops},
    {"loops_await", beside_awaiting_loops},
    {"restarts", restarts},
    {"children", dynamic_starts},
    {"supervised", supervised_dynamic},
    {"supervised_by_id", supervised_by_id},
    {"async", asyncs},
    {"async_many", many_asyncs},
    {"stream", streams},
    {"agent_get", agent_gets},
    {"agent_update", agent_updates},
    {"registry_lookup", registry_lookups},
    {"registry_dispatch", registry_dispatches},
    {"hello", hello},
};

// Runs the row as a process, and gives its result to the main thread.
void start(beamish::node& node, row* chosen, std::int64_t n, std::promise<result>& answer) {
  node.spawn([&answer, chosen, n]() -> beamish::task<> {
    try {
      auto measured = co_await chosen(n);
      answer.set_value(std::move(measured));
    } catch (const beamish::exited& e) {
      std::cerr << "the row exited: " << inspect(e.reason()) << std::endl;
      std::_Exit(1);
    } catch (const std::exception& e) {
      std::cerr << "the row failed: " << e.what() << std::endl;
      std::_Exit(1);
    }
  });
}

void print(const std::string& name, std::int64_t n, const result& r) {
  std::string details;
  for (const auto& [key, value] : r.details) {
    char number[32];
    std::snprintf(number, sizeof number, "%.9g", value);
    details += (details.empty() ? "\"" : ",\"") + std::string(key) + "\":" + number;
  }
  std::printf(
      "{\"row\":\"%s\",\"n\":%lld,\"seconds\":%.9f,\"cpu_seconds\":%.6f,\"figure\":%.9g,\"unit\":"
      "\"%s\",\"checked\":\"%s\",\"rss_peak_kib\":%lld,\"details\":{%s}}\n",
      name.c_str(), static_cast<long long>(n), r.took.seconds, r.took.cpu_seconds, r.figure,
      r.unit.c_str(), r.checked.c_str(), static_cast<long long>(status("VmHWM")), details.c_str());
  std::fflush(stdout);
}

}  // namespace
}  // namespace ours

int main(int argc, char** argv) {
  if (argc != 4 || !ours::rows.contains(argv[1])) {
    std::cerr << "usage: ours ROW WORKERS N\n";
    return 2;
  }
  const auto n = std::stoll(argv[3]);
  std::promise<ours::result> answer;
  beamish::node node({.workers = static_cast<unsigned>(std::stoul(argv[2]))});
  node.start();
  ours::start(node, ours::rows.at(argv[1]), n, answer);
  ours::print(argv[1], n, answer.get_future().get());
  std::_Exit(0);  // Taking a million processes down is no part of any row.
}
