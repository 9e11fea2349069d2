// SPDX-License-Identifier: Apache-2.0
//
// The disks of a simulated world: one for each name of a node, in memory, that can fail and lose
// what was not synced.
//
// ```cpp
// #include "beamish/beamish.hpp"
// #include "beamish/sim/disk.hpp"
// #include "beamish/sim/simulation.hpp"
//
// sim::simulation s(42);
// s.node("a@sim").spawn([] { file::open("log", open_mode::append)->append("one\n").ok(); });
// s.run() == sim::outcome::ended;                    //=> true
// s.disks().read("a@sim", "/log").value_or("?");     //=> "one\n"
// s.crash_disk("a@sim");                             // neither the data nor the name was synced
// s.disks().is_off("a@sim");                         //=> true
// ```
//
// User code reaches it by file.hpp, without naming it. A disk outlives its node: the next node of
// that name finds what is on it. Ending a node (stop_node) is the end of a program: what it wrote
// stays. crash_disk is a power cut: every call fails with "eio" until a node of that name begins
// anew, which finds
//
// - each sector (512 bytes) of a file as it was after some write to it since the last sync, any of
//   them, or as it was synced; so writes are kept, lost, torn, and overtake each other;
// - the size that the file had after some write since the last sync; what never arrived below it
//   reads as zeros;
// - of the changes of directories since their last sync some, independent ones in any order. What
//   stands on a lost one (the same name, or the same file) is lost, too. A rename is atomic;
//   syncing one of its two directories makes it durable, both sides of it.
//
// Faults are drawn from rates, told by a rule of the test's own, or are those of the simulation
// (faults.hpp), whose crashes of nodes also come between two calls to a disk. A sync that fails
// leaves nothing that a later one could make durable: what it should have synced is read back as
// long as the power stays, and lost then.
//
// Not simulated: permissions, links, space (ENOSPC is a fault, not a count), a disk that returns
// wrong data or loses what was synced.
//
// Threads: those of the simulation. Units: bytes; rates are in a million. Mirrors nothing in OTP.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace beamish::inline v0::detail {
class disk;
}

namespace beamish::inline v0::sim {

enum class disk_call : std::uint8_t {
  open,
  read,
  write,
  truncate,
  sync,
  rename,
  remove,
  create_directory,
  remove_directory,
  list,
  sync_directory,
  look,  // exists, size
};

constexpr bool is_sync(disk_call call) noexcept {
  return call == disk_call::sync || call == disk_call::sync_directory;
}
constexpr bool is_read(disk_call call) noexcept {
  return call == disk_call::read || call == disk_call::list || call == disk_call::look;
}

enum class disk_fault : std::uint8_t {
  none,
  broken,       // "eio"; of a write any part may have been made
  full,         // "enospc", likewise
  part,         // a read or write takes only a part, and whoever wants more has to ask again
  interrupted,  // "eintr": nothing was done, a signal came
  power_cut,    // as crash_disk, at this moment
};

struct disk_operation {
  std::string_view node;
  disk_call call;
  std::string_view path;  // as it was given
};

// How many in a million. What changes a disk is a write, a truncate, and every change of a
// directory.
struct disk_faults {
  std::uint32_t broken_reads = 0;
  std::uint32_t broken_writes = 0;  // of what changes a disk
  std::uint32_t broken_syncs = 0;
  std::uint32_t full = 0;         // of what needs space
  std::uint32_t parts = 0;        // of reads and writes
  std::uint32_t interrupted = 0;  // of all
  std::uint32_t power_cuts = 0;   // of all
};

class simulated_disk;

class disks {
 public:
  // A number below `options`, from the world's oracle. 0: nothing goes wrong.
  using chooser = std::function<std::uint32_t(std::uint32_t options)>;
  // For the trace: what was done to which path.
  using note = std::function<void(std::string_view what, std::string_view path)>;
  using rule = std::function<disk_fault(const disk_operation&)>;

  // `world`: asked where neither a rule nor a rate of the test says something.
  disks(chooser choose, note told, rule world = {});
  // Files that are still open fail from now on.
  ~disks();
  disks(const disks&) = delete;
  disks& operator=(const disks&) = delete;

  // Of that node; made, empty, when it is first asked for.
  detail::disk& of(std::string_view node);
  // Without power for ever: of blocking functions whose node has ended.
  detail::disk& of_nobody();

  // From now on, for all nodes.
  void set_faults(const disk_faults& rates);
  // Asked at every call, in place of the rates; an empty one gives them back their place.
  void set_rule(rule ask);

  void crash(std::string_view node);
  void power_on(std::string_view node);
  bool is_off(std::string_view node) const;
  bool all_on() const noexcept { return off_.empty(); }
  // In the order in which they were cut.
  std::vector<std::string> off() const;

  // For tests: what a program would read there; and what would be left if all that was not synced
  // were lost. No faults, also without power.
  std::optional<std::string> read(std::string_view node, const std::string& path) const;
  std::optional<std::string> durable(std::string_view node, const std::string& path) const;

 private:
  friend class simulated_disk;
  disk_fault ask(const disk_operation& about);
  disk_fault drawn(disk_call call);
  bool happens(std::uint32_t in_a_million);
  simulated_disk* find(std::string_view node) const noexcept;

  chooser choose_;
  note note_;
  rule world_;
  rule rule_;
  disk_faults rates_;
  std::vector<std::shared_ptr<simulated_disk>> all_;
  std::shared_ptr<simulated_disk> nobodys_;
  std::vector<std::string> off_;
};

}  // namespace beamish::inline v0::sim
