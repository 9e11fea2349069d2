// SPDX-License-Identifier: Apache-2.0
// tested in: disk_faults_test.cpp
#include "beamish/sim/simulated_disk.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace beamish::inline v0::sim {

namespace {

constexpr std::string_view word_of(disk_call call) noexcept {
  switch (call) {
    case disk_call::open:
      return "open";
    case disk_call::read:
      return "read";
    case disk_call::write:
      return "write";
    case disk_call::truncate:
      return "truncate";
    case disk_call::sync:
      return "sync";
    case disk_call::rename:
      return "rename";
    case disk_call::remove:
      return "remove";
    case disk_call::create_directory:
      return "mkdir";
    case disk_call::remove_directory:
      return "rmdir";
    case disk_call::list:
      return "list";
    case disk_call::sync_directory:
      return "sync_directory";
    case disk_call::look:
      return "look";
  }
  return "";
}

}  // namespace

void simulated_disk::cut_power() {
  if (off_) return;
  off_ = true;
  tree_.lose_power(all_->choose_);
  all_->off_.push_back(node_);
  all_->note_("power_cut", node_);
}

// What was opened before is of another life.
void simulated_disk::power_on() {
  if (!std::exchange(off_, false)) return;
  ++life_;
  std::erase(all_->off_, node_);
}

void simulated_disk::detach() noexcept {
  off_ = true;
  all_ = nullptr;
}

std::uint32_t simulated_disk::choose(std::uint64_t options) {
  return choose_below(all_->choose_, options);
}

disk_result simulated_disk::begin(disk_call call, const std::string& path, disk_fault& fault) {
  if (off_) return -EIO;
  all_->note_(word_of(call), path);
  fault = all_->ask({node_, call, path});
  if (fault == disk_fault::none || fault == disk_fault::part) return 0;
  if (fault == disk_fault::power_cut) {
    cut_power();
    return -EIO;
  }
  all_->note_("fault", path);
  if (fault == disk_fault::interrupted) return -EINTR;
  return fault == disk_fault::full ? -ENOSPC : -EIO;
}

disk_result simulated_disk::begin(disk_call call, const std::string& path) {
  disk_fault unused{};
  return begin(call, path, unused);
}

namespace {

class simulated_file final : public detail::open_file {
 public:
  simulated_file(std::shared_ptr<simulated_disk> on, node_ref node, std::string path)
      : on_(std::move(on)), life_(on_->life()), node_(std::move(node)), path_(std::move(path)) {}

  disk_result read_at(char* to, std::size_t bytes, std::uint64_t offset) override {
    disk_fault fault{};
    const disk_result met = begin(disk_call::read, fault);
    if (met < 0) return met;
    const std::string& data = node_->file.data();
    if (offset >= data.size()) return 0;
    std::size_t count = std::min<std::size_t>(bytes, data.size() - offset);
    if (fault == disk_fault::part && count > 1) count = 1 + on_->choose(count - 1);
    data.copy(to, count, offset);
    return static_cast<disk_result>(count);
  }

  disk_result write_at(const char* from, std::size_t bytes, std::uint64_t offset) override {
    disk_fault fault{};
    const disk_result met = begin(disk_call::write, fault);
    if (fault == disk_fault::part && bytes > 1) bytes = 1 + on_->choose(bytes - 1);
    // A power cut finds nothing of it on the disk; an error any part.
    if (fault == disk_fault::broken || fault == disk_fault::full) bytes = on_->choose(bytes + 1);
    if (met == 0 || fault == disk_fault::broken || fault == disk_fault::full) {
      node_->file.write(offset, {from, bytes});
    }
    return met < 0 ? met : static_cast<disk_result>(bytes);
  }
  disk_result append(const char* from, std::size_t bytes) override {
    return write_at(from, bytes, node_->file.data().size());
  }

  disk_result sync() override {
    disk_fault fault{};
    const disk_result met = begin(disk_call::sync, fault);
    if (met == 0) node_->file.sync();
    if (fault == disk_fault::broken || fault == disk_fault::full) node_->file.fail_sync();
    return met;
  }
  disk_result size() override {
    disk_fault fault{};
    const disk_result met = begin(disk_call::look, fault);
    return met < 0 ? met : static_cast<disk_result>(node_->file.data().size());
  }
  disk_result truncate(std::uint64_t size) override {
    disk_fault fault{};
    const disk_result met = begin(disk_call::truncate, fault);
    if (met == 0) node_->file.truncate(size);
    return met;
  }

 private:
  disk_result begin(disk_call call, disk_fault& fault) {
    return on_->works(life_) ? on_->begin(call, path_, fault) : -EIO;
  }

  std::shared_ptr<simulated_disk> on_;
  std::uint32_t life_;
  node_ref node_;
  std::string path_;
};

}  // namespace

disk_result simulated_disk::open(const std::string& path, open_mode how,
                                 std::unique_ptr<detail::open_file>& opened) {
  if (const disk_result met = begin(disk_call::open, path); met < 0) return met;
  const disk_tree::place at = tree_.find(path);
  const bool creates = how != open_mode::read;
  if (creates && at.node != nullptr && at.as_directory) return -EISDIR;
  if (at.error != 0) return -at.error;
  if (at.node != nullptr && how == open_mode::create_new) return -EEXIST;
  if (at.node != nullptr && at.node->is_directory) return -EISDIR;
  if (at.node == nullptr && !creates) return -ENOENT;
  if (at.node == nullptr && at.as_directory) return -EISDIR;
  const node_ref node = at.node != nullptr ? at.node : tree_.create(at, false);
  if (how == open_mode::truncate && !node->file.data().empty()) node->file.truncate(0);
  opened = std::make_unique<simulated_file>(shared_from_this(), node, path);
  return 0;
}

bool simulated_disk::holds(const disk_node& directory, const disk_node* other) noexcept {
  if (&directory == other) return true;
  return std::any_of(directory.entries.begin(), directory.entries.end(), [&](const auto& e) {
    return e.second->is_directory && holds(*e.second, other);
  });
}

int simulated_disk::refusal(const disk_tree::place& from, const disk_tree::place& to) noexcept {
  if (from.error != 0 && from.node == nullptr) return from.error;
  if (to.error != 0 && to.node == nullptr) return to.error;
  if (from.parent == nullptr || to.parent == nullptr) return EBUSY;
  if (from.node == nullptr) return ENOENT;
  if (!from.node->is_directory && (from.as_directory || to.as_directory)) return ENOTDIR;
  if (from.node->is_directory && holds(*from.node, to.parent.get())) return EINVAL;
  if (to.node == nullptr || to.node == from.node) return 0;
  if (to.node->is_directory && holds(*to.node, from.parent.get())) return ENOTEMPTY;
  if (from.node->is_directory && !to.node->is_directory) return ENOTDIR;
  if (!from.node->is_directory && to.node->is_directory) return EISDIR;
  return to.node->is_directory && !to.node->entries.empty() ? ENOTEMPTY : 0;
}

disk_result simulated_disk::rename(const std::string& from, const std::string& to) {
  if (const disk_result met = begin(disk_call::rename, from); met < 0) return met;
  const disk_tree::place source = tree_.find(from);
  const disk_tree::place target = tree_.find(to);
  if (const int refused = refusal(source, target); refused != 0) return -refused;
  if (source.node != target.node) tree_.rename(source, target);
  return 0;
}

disk_result simulated_disk::remove(const std::string& path) {
  if (const disk_result met = begin(disk_call::remove, path); met < 0) return met;
  const disk_tree::place at = tree_.find(path);
  if (at.error != 0) return -at.error;
  if (at.node == nullptr) return -ENOENT;
  if (at.node->is_directory) return -EISDIR;
  tree_.remove(at);
  return 0;
}

disk_result simulated_disk::create_directory(const std::string& path) {
  if (const disk_result met = begin(disk_call::create_directory, path); met < 0) return met;
  const disk_tree::place at = tree_.find(path);
  if (at.node != nullptr) return -EEXIST;
  if (at.error != 0) return -at.error;
  tree_.create(at, true);
  return 0;
}

disk_result simulated_disk::remove_directory(const std::string& path) {
  if (const disk_result met = begin(disk_call::remove_directory, path); met < 0) return met;
  const disk_tree::place at = tree_.find(path);
  if (at.error != 0) return -at.error;
  if (at.node == nullptr) return -ENOENT;
  if (!at.node->is_directory) return -ENOTDIR;
  if (at.parent == nullptr) return path.ends_with("..") ? -ENOTEMPTY : -EINVAL;
  if (!at.node->entries.empty()) return -ENOTEMPTY;
  tree_.remove(at);
  return 0;
}

disk_result simulated_disk::list(const std::string& path, std::vector<std::string>& found) {
  if (const disk_result met = begin(disk_call::list, path); met < 0) return met;
  const disk_tree::place at = tree_.find(path);
  if (at.error != 0) return -at.error;
  if (at.node == nullptr) return -ENOENT;
  if (!at.node->is_directory) return -ENOTDIR;
  for (const auto& [name, node] : at.node->entries) found.push_back(name);
  return 0;
}

disk_result simulated_disk::sync_directory(const std::string& path) {
  if (const disk_result met = begin(disk_call::sync_directory, path); met < 0) return met;
  const disk_tree::place at = tree_.find(path);
  if (at.error != 0) return -at.error;
  if (at.node == nullptr) return -ENOENT;
  if (!at.node->is_directory) return -ENOTDIR;
  tree_.sync(*at.node);
  return 0;
}

disk_result simulated_disk::exists(const std::string& path) {
  if (const disk_result met = begin(disk_call::look, path); met < 0) return met;
  const disk_tree::place at = tree_.find(path);
  if (at.error != 0) return -at.error;
  return at.node == nullptr ? -ENOENT : 0;
}

}  // namespace beamish::inline v0::sim
