// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/disk.hpp"

#include <algorithm>
#include <utility>

#include "beamish/sim/simulated_disk.hpp"

namespace beamish::inline v0::sim {

namespace {

constexpr bool needs_space(disk_call call) noexcept {
  return call == disk_call::open || call == disk_call::write || call == disk_call::truncate ||
         call == disk_call::rename || call == disk_call::create_directory;
}
constexpr bool takes_parts(disk_call call) noexcept {
  return call == disk_call::read || call == disk_call::write;
}

}  // namespace

disks::disks(chooser choose, note told, rule world)
    : choose_(std::move(choose)), note_(std::move(told)), world_(std::move(world)) {}

disks::~disks() {
  for (const auto& d : all_) d->detach();
}

simulated_disk* disks::find(std::string_view node) const noexcept {
  const auto at =
      std::find_if(all_.begin(), all_.end(), [&](const auto& d) { return d->node() == node; });
  return at == all_.end() ? nullptr : at->get();
}

detail::disk& disks::of(std::string_view node) {
  if (simulated_disk* known = find(node)) return *known;
  return *all_.emplace_back(std::make_shared<simulated_disk>(*this, node));
}

detail::disk& disks::of_nobody() {
  if (nobodys_ == nullptr) {
    nobodys_ = std::make_shared<simulated_disk>(*this, "");
    nobodys_->detach();
  }
  return *nobodys_;
}

void disks::set_faults(const disk_faults& rates) { rates_ = rates; }
void disks::set_rule(rule ask) { rule_ = std::move(ask); }

bool disks::happens(std::uint32_t in_a_million) {
  constexpr std::uint32_t million = 1'000'000;
  return in_a_million != 0 && choose_(million) >= million - std::min(in_a_million, million);
}

disk_fault disks::drawn(disk_call call) {
  if (happens(rates_.power_cuts)) return disk_fault::power_cut;
  if (happens(rates_.interrupted)) return disk_fault::interrupted;
  if (takes_parts(call) && happens(rates_.parts)) return disk_fault::part;
  if (needs_space(call) && happens(rates_.full)) return disk_fault::full;
  const std::uint32_t broken = is_sync(call)   ? rates_.broken_syncs
                               : is_read(call) ? rates_.broken_reads
                                               : rates_.broken_writes;
  return happens(broken) ? disk_fault::broken : disk_fault::none;
}

disk_fault disks::ask(const disk_operation& about) {
  if (rule_) return rule_(about);
  const disk_fault own = drawn(about.call);
  return own != disk_fault::none || !world_ ? own : world_(about);
}

void disks::crash(std::string_view node) {
  of(node);
  find(node)->cut_power();
}

void disks::power_on(std::string_view node) {
  if (simulated_disk* known = find(node)) known->power_on();
}

bool disks::is_off(std::string_view node) const {
  const simulated_disk* known = find(node);
  return known != nullptr && known->is_off();
}

std::vector<std::string> disks::off() const { return off_; }

std::optional<std::string> disks::read(std::string_view node, const std::string& path) const {
  const simulated_disk* known = find(node);
  if (known == nullptr) return std::nullopt;
  const disk_tree::place at = known->tree().find(path);
  if (at.error != 0 || at.node == nullptr || at.node->is_directory) return std::nullopt;
  return at.node->file.data();
}

std::optional<std::string> disks::durable(std::string_view node, const std::string& path) const {
  const simulated_disk* known = find(node);
  if (known == nullptr) return std::nullopt;
  const disk_tree::place at = known->tree().find(path, true);
  if (at.error != 0 || at.node == nullptr || at.node->is_directory) return std::nullopt;
  return at.node->file.durable();
}

}  // namespace beamish::inline v0::sim
