// SPDX-License-Identifier: Apache-2.0
// The CAF programs of the comparison: `peer ROW WORKERS N` measures one row and prints one JSON
// line. Written against CAF 0.17, the version that Debian 12 ships.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "peer.hpp"

namespace peer {

result rate(std::int64_t n, elapsed took, std::string checked) {
  return {took, static_cast<double>(n) / took.seconds, "per_second", std::move(checked)};
}

std::string expect(const std::string& what, std::int64_t got, std::int64_t want) {
  if (got != want) {
    std::cerr << "wrong " << what << ": got " << got << ", want " << want << '\n';
    std::_Exit(1);
  }
  return what + ' ' + std::to_string(got);
}

std::int64_t status(const std::string& field) {
  std::ifstream in("/proc/self/status");
  std::string line;
  while (std::getline(in, line))
    if (line.rfind(field + ":", 0) == 0) return std::stoll(line.substr(field.size() + 1));
  std::cerr << "no field " << field << '\n';
  std::_Exit(1);
}

namespace {

result measure(caf::actor_system& system, const std::string& row, std::int64_t n) {
  if (row == "call") return calls(system, 1, n);
  if (row == "call8") return calls(system, 8, n);
  if (row == "cast") return casts(system, 1, n);
  if (row == "cast8") return casts(system, 8, n);
  if (row == "spawn") return spawns(system, n);
  if (row == "idle") return idle(system, n);
  if (row == "ring") return ring(system, n);
  if (row == "skynet") return skynet(system, n);
  if (row == "timers") return timers(system, n);
  if (row == "tasks") return tasks(system, n);
  if (row == "backlog") return backlog(system, n);
  if (row == "loops") return beside_endless_loops(system, n);
  if (row == "loops_await") return beside_yielding_loops(system, n);
  if (row == "hello") return hello(system, n);
  std::cerr << "no such row: " << row << '\n';
  std::_Exit(2);
}

void print(const std::string& row, std::int64_t n, const result& r) {
  std::string details;
  for (const auto& pair : r.details) {
    char number[32];
    std::snprintf(number, sizeof number, "%.9g", pair.second);
    details += (details.empty() ? "\"" : ",\"") + std::string(pair.first) + "\":" + number;
  }
  std::printf(
      "{\"row\":\"%s\",\"n\":%lld,\"seconds\":%.9f,\"cpu_seconds\":%.6f,\"figure\":%.9g,\"unit\":"
      "\"%s\",\"checked\":\"%s\",\"rss_peak_kib\":%lld,\"starved\":%.9g,\"details\":{%s}}\n",
      row.c_str(), static_cast<long long>(n), r.took.seconds, r.took.cpu_seconds, r.figure,
      r.unit.c_str(), r.checked.c_str(), static_cast<long long>(status("VmHWM")), r.starved,
      details.c_str());
  std::fflush(stdout);
}

}  // namespace
}  // namespace peer

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: peer ROW WORKERS N\n";
    return 2;
  }
  const std::string row = argv[1];
  const auto workers = std::stoull(argv[2]);
  const auto n = std::stoll(argv[3]);
  caf::actor_system_config config;
  config.set("scheduler.max-threads", static_cast<std::size_t>(workers));
  // By default an actor that sends itself messages never gives its worker up.
  if (row == "loops_await") config.set("scheduler.max-throughput", std::size_t{100});
  caf::actor_system system{config};
  peer::expect("worker threads", static_cast<std::int64_t>(system.scheduler().num_workers()),
               static_cast<std::int64_t>(workers));
  peer::print(row, n, peer::measure(system, row, n));
  std::_Exit(0);  // Taking a million actors down is no part of any row.
}
