// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <stdlib.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "beamish/runtime/blocking.hpp"
#include "beamish/runtime/file.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/spawn.hpp"
#include "beamish/runtime/thread_body.hpp"
#include "beamish/sim/disk.hpp"
#include "beamish/sim/simulation.hpp"

using namespace beamish;
using sim::disk_call;
using sim::disk_fault;
using sim::disk_operation;

namespace {

// Each call of that kind meets the next fault of the list, and none when it is over.
sim::disks::rule first_ones(disk_call call, std::vector<disk_fault> faults) {
  return [call, faults = std::move(faults),
          next = std::size_t{0}](const disk_operation& about) mutable {
    if (about.call != call || next == faults.size()) return disk_fault::none;
    return faults[next++];
  };
}

// Runs the body on a node whose disk has that fault.
template <class Body>
void on_disk(sim::disks::rule rule, Body body, std::uint64_t seed = 1) {
  sim::simulation s(seed);
  s.disks().set_rule(std::move(rule));
  bool done = false;
  s.node("a@sim").spawn([&] {
    body();
    done = true;
  });
  CHECK(s.run() == sim::outcome::ended);
  CHECK(done);
}

}  // namespace

TEST_CASE("disk: a write that fails says so, and a part of it may be there") {
  std::map<std::string, int> left;
  for (const auto& [fault, name] :
       {std::pair(disk_fault::broken, "eio"), std::pair(disk_fault::full, "enospc")}) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
      on_disk(
          first_ones(disk_call::write, {fault}),
          [&] {
            auto log = file::open("log", open_mode::append);
            const auto written = log->append("abc");
            CHECK(written.error().name() == name);
            CHECK(written.error().what == "write(\"log\")");
            ++left[*log->read_all()];
          },
          seed);
    }
  }
  CHECK(left.size() == 4);
  CHECK(left.count("ab") == 1);
}

TEST_CASE("disk: short writes, short reads and signals are gone on with") {
  for (const disk_call call : {disk_call::write, disk_call::read}) {
    on_disk(first_ones(call, std::vector<disk_fault>{5, disk_fault::part}), [] {
      auto log = file::open("log", open_mode::append);
      CHECK(log->append("a longer text").ok());
      CHECK(log->append(", and more").ok());
      CHECK(*log->read_all() == "a longer text, and more");
    });
  }
  const std::vector<disk_fault> signals(3, disk_fault::interrupted);
  for (const disk_call call :
       {disk_call::open, disk_call::write, disk_call::read, disk_call::sync, disk_call::truncate,
        disk_call::rename, disk_call::remove, disk_call::list, disk_call::sync_directory}) {
    on_disk(first_ones(call, signals), [] {
      auto log = file::open("log", open_mode::append);
      CHECK(log->append("text").ok());
      CHECK(log->sync().ok());
      CHECK(log->truncate(2).ok());
      CHECK(*log->read_all() == "te");
      CHECK(rename_file("log", "other").ok());
      CHECK(sync_directory("/").ok());
      CHECK(list_directory("/")->size() == 1);
      CHECK(remove_file("other").ok());
    });
  }
}

TEST_CASE("disk: a sync that failed is not made good by one that succeeds") {
  sim::simulation s(1);
  s.disks().set_rule(first_ones(disk_call::sync, {disk_fault::broken}));
  s.node("a@sim").spawn([] {
    auto log = file::open("/log", open_mode::append);
    CHECK(sync_directory("/").ok());
    CHECK(log->append("abc").ok());
    CHECK(log->sync().error().name() == "eio");
    CHECK(log->sync().ok());
    CHECK(*log->read_all() == "abc");
  });
  s.run();
  CHECK(s.disks().durable("a@sim", "/log") == "");
  s.crash_disk("a@sim");
  CHECK(s.disks().read("a@sim", "/log") == "");
}

TEST_CASE("disk: without power every call fails until a node of that name begins anew") {
  sim::simulation s(1);
  std::optional<file> old;
  const auto name_of_failure = [](const char* path) {
    return file::open(path, open_mode::write).error().name();
  };
  s.node("a@sim").spawn([&] {
    old = *file::open("/log", open_mode::append);
    CHECK(old->append("kept").ok());
    CHECK(old->sync().ok());
    CHECK(sync_directory("/").ok());
  });
  s.run();
  s.crash_disk("a@sim");
  CHECK(s.disks().is_off("a@sim"));
  CHECK(s.disks().off() == std::vector<std::string>{"a@sim"});
  s.node("a@sim").spawn([&] {
    CHECK(name_of_failure("/log") == "eio");
    CHECK(old->append("x").error().name() == "eio");
    CHECK(!file_exists("/log"));
  });
  s.node("b@sim").spawn([&] { CHECK(name_of_failure("/log") == "ok"); });  // has its own
  s.run();
  s.stop_node("a@sim");
  s.node("a@sim").spawn([&] {
    CHECK(*read_file("/log") == "kept");
    CHECK(old->append("x").error().name() == "eio");  // of the life before
  });
  s.run();
  CHECK(s.disks().off().empty());
}

TEST_CASE("disk: a program that ends without a power cut loses nothing that it wrote") {
  sim::simulation s(1);
  s.node("a@sim").spawn([] { file::open("/log", open_mode::append)->append("x").value(); });
  s.run();
  s.stop_node("a@sim");
  CHECK(s.disks().read("a@sim", "/log") == "x");
  CHECK(s.disks().durable("a@sim", "/log") == std::nullopt);
  s.node("a@sim").spawn([] { CHECK(*read_file("/log") == "x"); });
  CHECK(s.run() == sim::outcome::ended);
}

TEST_CASE("disk: a blocking function and a thread body use their node's disk") {
  sim::simulation s(1);
  s.node("a@sim").spawn([]() -> task<> {
    auto job = blocking([] { return file::open("/job", open_mode::write).ok(); });
    bool made = co_await job;
    CHECK(made);
    auto body = spawn_thread_monitor([] { (void)file::open("/thread", open_mode::write).ok(); });
    auto down = co_await receive<down_message>();
    CHECK(down.id == body.id);
  });
  CHECK(s.run() == sim::outcome::ended);
  CHECK(s.disks().read("a@sim", "/job") == "");
  CHECK(s.disks().read("a@sim", "/thread") == "");
}

TEST_CASE("disk: a blocking function whose node has ended reaches no disk") {
  std::string name;
  sim::simulation s(1);
  s.node("a@sim").spawn([&]() -> task<> {
    auto job = blocking([&] { name = file::open("/job", open_mode::write).error().name(); });
    co_await job;
  });
  s.step();
  s.node("b@sim").spawn([]() -> task<> { co_await sleep(std::chrono::seconds(1)); });
  s.stop_node("a@sim");
  s.run();
  CHECK(name == "eio");
  CHECK(s.disks().read("a@sim", "/job") == std::nullopt);
}

TEST_CASE("disk: a file that outlives its simulation fails, and nothing else happens") {
  std::optional<file> last;
  {
    sim::simulation s(1);
    s.node("a@sim").spawn([&] { last = *file::open("/log", open_mode::append); });
    s.run();
  }
  CHECK(last->append("x").error().name() == "eio");
}

// ---- a snapshot that replaces the one before, with a power cut at every call

namespace {

enum class step { none, sync_file, sync_directory };

// True if it was saved. `without` leaves out one step.
bool save(const std::string& text, step without) {
  auto fresh = file::open("/state.new", open_mode::truncate);
  if (!fresh || !fresh->write_at(0, text)) return false;
  if (without != step::sync_file && !fresh->sync()) return false;
  if (!rename_file("/state.new", "/state")) return false;
  return without == step::sync_directory || sync_directory("/").ok();
}

// How often the state is found neither as it was saved last nor as it was being saved.
int wrong_states(step without) {
  int wrong = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    for (int cut_at = 1; cut_at <= 18; ++cut_at) {
      sim::simulation s(seed);
      std::string saved, saving;
      s.disks().set_rule([calls = 0, cut_at](const disk_operation&) mutable {
        return ++calls == cut_at ? disk_fault::power_cut : disk_fault::none;
      });
      s.node("a@sim").spawn([&] {
        for (const char* text : {"first", "the second", "3rd"}) {
          saving = text;
          if (!save(text, without)) return;
          saved = text;
        }
      });
      s.run();
      s.crash_disk("a@sim");
      const std::string found = s.disks().read("a@sim", "/state").value_or("");
      if (found != saved && found != saving) ++wrong;
    }
  }
  return wrong;
}

}  // namespace

TEST_CASE("disk: a snapshot survives a power cut at every call, and not without any of its syncs") {
  CHECK(wrong_states(step::none) == 0);
  CHECK(wrong_states(step::sync_file) > 10);
  CHECK(wrong_states(step::sync_directory) > 10);
}
