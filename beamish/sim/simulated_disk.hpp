// SPDX-License-Identifier: Apache-2.0
//
// One disk of a simulated world: the calls of the seam, on a tree in memory.
//
//     simulated_disk d(disks, "a@sim");
//     d.open("/log", open_mode::append, file);    // asks `disks` for a fault first
//     d.cut_power();                              // "eio" from now on
//
// The public face is disk.hpp. Threads: those of the simulation.
// tested in: disk_faults_test.cpp
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "beamish/runtime/disk.hpp"
#include "beamish/sim/disk.hpp"
#include "beamish/sim/disk_tree.hpp"

namespace beamish::inline v0::sim {

using detail::disk_result;

class simulated_disk final : public detail::disk,
                             public std::enable_shared_from_this<simulated_disk> {
 public:
  simulated_disk(disks& all, std::string_view node) : all_(&all), node_(node) {}

  std::string_view node() const noexcept { return node_; }
  disk_tree& tree() noexcept { return tree_; }
  const disk_tree& tree() const noexcept { return tree_; }
  bool is_off() const noexcept { return off_; }
  // Which time this is that the disk has power: a file that was opened before is stale.
  std::uint32_t life() const noexcept { return life_; }
  bool works(std::uint32_t life) const noexcept { return !off_ && life == life_; }

  void cut_power();
  void power_on();
  // The world has ended.
  void detach() noexcept;

  std::uint32_t choose(std::uint64_t options);
  // What the call meets: 0, or -errno. `fault` is what remains for the call itself to do.
  disk_result begin(disk_call call, const std::string& path, disk_fault& fault);
  disk_result begin(disk_call call, const std::string& path);

  disk_result open(const std::string& path, open_mode how,
                   std::unique_ptr<detail::open_file>& opened) override;
  disk_result rename(const std::string& from, const std::string& to) override;
  disk_result remove(const std::string& path) override;
  disk_result create_directory(const std::string& path) override;
  disk_result remove_directory(const std::string& path) override;
  disk_result list(const std::string& path, std::vector<std::string>& names) override;
  disk_result sync_directory(const std::string& path) override;
  disk_result exists(const std::string& path) override;

 private:
  static int refusal(const disk_tree::place& from, const disk_tree::place& to) noexcept;
  static bool holds(const disk_node& directory, const disk_node* other) noexcept;

  disks* all_;
  std::string node_;
  disk_tree tree_;
  bool off_ = false;
  std::uint32_t life_ = 0;
};

}  // namespace beamish::inline v0::sim
