// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/disk.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "beamish/runtime/blocking.hpp"
#include "beamish/runtime/file.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/spawn.hpp"
#include "beamish/sim/simulation.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

constexpr int seeds = 1500;

sim::simulation_options quiet(std::uint64_t seed) {
  return {.seed = seed, .log = {[](void*, const log_entry&) {}, nullptr}};
}

// ---- a log of records: {length, checksum, text}, each on a line

std::uint32_t checksum(std::string_view text) {
  std::uint32_t sum = 2166136261u;
  for (const char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * 16777619u;
  return sum;
}

std::string framed(const std::string& text) {
  return std::to_string(text.size()) + " " + std::to_string(checksum(text)) + " " + text + "\n";
}

struct recovered {
  std::vector<std::string> records;
  bool rest = false;  // something behind the last whole record
};

recovered read_log(const std::string& log) {
  recovered r;
  std::size_t at = 0;
  while (at < log.size()) {
    std::size_t used = 0;
    try {
      const std::size_t size = std::stoul(log.substr(at, 20), &used);
      std::size_t used_by_sum = 0;
      const std::string sum = log.substr(at + used + 1, 20);
      const auto expected = static_cast<std::uint32_t>(std::stoul(sum, &used_by_sum));
      const std::size_t begin = at + used + 1 + used_by_sum + 1;
      if (begin + size + 1 > log.size() || log[begin + size] != '\n') break;
      std::string text = log.substr(begin, size);
      if (checksum(text) != expected) break;
      r.records.push_back(std::move(text));
      at = begin + size + 1;
    } catch (const std::exception&) {
      break;
    }
  }
  r.rest = at < log.size();
  return r;
}

struct append_record {
  pid from;
  std::string text;
};
struct acknowledged {
  std::string text;
};

enum class habit { syncs_first, never_syncs, acknowledges_first, forgets_directory };

// Appends what it is told to, and acknowledges it. What blocks goes on when the process is killed:
// so it owns what it uses.
task<> log_server(habit how) {
  auto log = std::make_shared<file>(*file::open("/log", open_mode::append));
  if (how != habit::forgets_directory) sync_directory("/").value();
  for (;;) {
    auto order = co_await receive<append_record>();
    auto write = blocking([log, text = framed(order.text)] { return log->append(text); });
    auto written = co_await write;
    if (!written.ok()) throw exited(exit_reason(atom(written.error().name())));
    if (how == habit::acknowledges_first) send(order.from, acknowledged{order.text});
    if (how != habit::never_syncs) {
      auto flush = blocking([log] { return log->sync(); });
      auto flushed = co_await flush;
      if (!flushed.ok()) throw exited(exit_reason(atom(flushed.error().name())));
    }
    if (how != habit::acknowledges_first) send(order.from, acknowledged{order.text});
  }
}

task<> client(pid server, int number, std::vector<std::string>* known) {
  for (int i = 0; i < 8; ++i) {
    const std::string text = std::string(1 + i * number * 90, static_cast<char>('a' + i)) +
                             std::to_string(number) + "." + std::to_string(i);
    send(server, append_record{self(), text});
    auto done = co_await receive<acknowledged>();
    known->push_back(done.text);
  }
}

struct played {
  std::vector<std::string> acknowledged;
  recovered found;
  bool exists = false;
};

// Cuts the power of the server's node after some steps.
played play(habit how, std::uint64_t seed, const sim::disk_faults& faults = {}) {
  played p;
  sim::simulation s(quiet(seed));
  s.disks().set_faults(faults);
  const pid server = s.node("server@sim").spawn(log_server, how);
  for (int i = 1; i <= 3; ++i) s.node("client@sim").spawn(client, server, i, &p.acknowledged);
  const std::uint64_t last = seed * 7919 % 260;
  s.run_until([&] { return s.steps() >= last || s.disks().is_off("server@sim"); });
  s.crash_disk("server@sim");
  s.stop_node("server@sim");
  s.node("server@sim");
  s.run_for(1s);
  const auto log = s.disks().read("server@sim", "/log");
  p.exists = log.has_value();
  if (log) p.found = read_log(*log);
  return p;
}

std::size_t lost(const played& p) {
  return static_cast<std::size_t>(
      std::count_if(p.acknowledged.begin(), p.acknowledged.end(), [&](const std::string& text) {
        return std::find(p.found.records.begin(), p.found.records.end(), text) ==
               p.found.records.end();
      }));
}

}  // namespace

TEST_CASE("disk: after a power cut at any step, what was acknowledged after a sync is whole") {
  std::size_t acknowledged = 0;
  int torn = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const played p = play(habit::syncs_first, seed);
    REQUIRE_MESSAGE(lost(p) == 0, "seed ", seed);
    acknowledged += p.acknowledged.size();
    torn += p.found.rest;
  }
  CHECK(acknowledged > 1000);
  CHECK(torn > 10);  // the cuts hit: what wasn't acknowledged was there in part
}

TEST_CASE("disk: the same holds while reads and writes fail, are short or interrupted") {
  sim::disk_faults bad;
  bad.broken_writes = 20'000;
  bad.broken_syncs = 20'000;
  bad.full = 20'000;
  bad.parts = 200'000;
  bad.interrupted = 100'000;
  bad.power_cuts = 5'000;
  std::size_t acknowledged = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const played p = play(habit::syncs_first, seed, bad);
    REQUIRE_MESSAGE(lost(p) == 0, "seed ", seed);
    acknowledged += p.acknowledged.size();
  }
  CHECK(acknowledged > 1000);
}

TEST_CASE("disk: a server that never syncs, acknowledges first, or forgets the directory loses") {
  for (const habit how :
       {habit::never_syncs, habit::acknowledges_first, habit::forgets_directory}) {
    int losses = 0;
    int keeps = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
      const played p = play(how, seed);
      (lost(p) != 0 ? losses : keeps) += 1;
    }
    CAPTURE(static_cast<int>(how));
    CHECK(losses > 10);
    CHECK(keeps > 10);
  }
}

TEST_CASE("disk: the same seed tears the same bytes, and the trace names the files") {
  const auto run = [](std::uint64_t seed) {
    sim::simulation s({.seed = seed, .keeps_trace = true});
    const pid server = s.node("server@sim").spawn(log_server, habit::never_syncs);
    std::vector<std::string> known;
    s.node("client@sim").spawn(client, server, 3, &known);
    s.run();
    s.crash_disk("server@sim");
    return s.trace().text() + s.disks().read("server@sim", "/log").value_or("lost");
  };
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::string first = run(seed);
    CHECK((first == run(seed)));
    outcomes.insert(first);
    CHECK(first.find(" open p1 - /log\n") != std::string::npos);
    CHECK(first.find(" sync_directory p1 - /\n") != std::string::npos);
    CHECK(first.find(" write - - /log\n") != std::string::npos);
    CHECK(first.find(" power_cut - - server@sim\n") != std::string::npos);
  }
  CHECK(outcomes.size() == 20);
}

TEST_CASE("disk: the faults of a world reach files: writes, syncs, and crashes between two calls") {
  std::size_t acknowledged = 0;
  sim::fault_counts counts{};
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    std::vector<std::string> known;
    sim::simulation_options o = quiet(seed);
    o.faults = sim::faults().crash_nodes(2e-2, 1s).fail_writes(5e-2).fail_syncs(5e-2);
    sim::simulation s(o);
    pid server;
    s.boot("server@sim", [&](node& n) { server = n.spawn(log_server, habit::syncs_first); });
    for (int i = 1; i <= 3; ++i) s.node("client@sim").spawn(client, server, i, &known);
    s.run_for(10s);
    s.calm();
    s.run_for(1s);
    const auto log = s.disks().read("server@sim", "/log");
    const recovered found = log ? read_log(*log) : recovered{};
    for (const std::string& text : known) {
      const bool there =
          std::find(found.records.begin(), found.records.end(), text) != found.records.end();
      REQUIRE_MESSAGE(there, "seed ", seed);
    }
    acknowledged += known.size();
    for (std::size_t i = 0; i < sim::fault_kinds; ++i) counts[i] += s.fault_count()[i];
  }
  CHECK(acknowledged > 1000);
  for (const sim::fault f :
       {sim::fault::crash_node, sim::fault::fail_write, sim::fault::fail_sync}) {
    CAPTURE(sim::name_of(f));
    CHECK(counts[static_cast<std::size_t>(f)] > 100);
  }
}
