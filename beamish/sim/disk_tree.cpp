// SPDX-License-Identifier: Apache-2.0
// tested in: disk_content_test.cpp
#include "beamish/sim/disk_tree.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace beamish::inline v0::sim {

disk_tree::disk_tree() : root_(std::make_shared<disk_node>()) {
  root_->is_directory = true;
  directories_.push_back(root_);
}

disk_tree::~disk_tree() {
  for (const node_ref& d : directories_) {
    d->entries.clear();
    d->durable_entries.clear();
  }
}

namespace {
disk_tree::place refused(int error) {
  disk_tree::place nowhere;
  nowhere.error = error;
  return nowhere;
}
}  // namespace

disk_tree::place disk_tree::find(std::string_view path, bool durable) const {
  constexpr std::size_t longest_path = 4095, longest_name = 255;
  if (path.empty()) return refused(ENOENT);
  if (path.size() > longest_path) return refused(ENAMETOOLONG);
  std::vector<node_ref> way{root_};
  place at;
  at.node = root_;
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view name = path.substr(begin, end - begin);
    begin = end + 1;
    at.as_directory = end < path.size();
    if (name.empty()) continue;
    if (at.node == nullptr) return refused(ENOENT);
    if (!at.node->is_directory) return refused(ENOTDIR);
    if (name.size() > longest_name) return refused(ENAMETOOLONG);
    if (name == ".") {
      at.parent = nullptr;
      continue;
    }
    if (name == "..") {
      if (way.size() > 1) way.pop_back();
      at.parent = nullptr;
      at.node = way.back();
      continue;
    }
    at.parent = at.node;
    at.name = name;
    const auto& entries = durable ? at.parent->durable_entries : at.parent->entries;
    const auto found = entries.find(name);
    at.node = found == entries.end() ? nullptr : found->second;
    if (at.node != nullptr && at.node->is_directory) way.push_back(at.node);
  }
  if (at.as_directory && at.node != nullptr && !at.node->is_directory) at.error = ENOTDIR;
  return at;
}

void disk_tree::apply(const change& c, bool durably) {
  for (const entry& e : c.entries) {
    auto& entries = durably ? e.directory->durable_entries : e.directory->entries;
    if (e.becomes == nullptr) {
      entries.erase(e.name);
    } else {
      entries[e.name] = e.becomes;
    }
  }
}

void disk_tree::note(change c) {
  apply(c, false);
  changes_.push_back(std::move(c));
}

node_ref disk_tree::create(const place& at, bool directory) {
  auto fresh = std::make_shared<disk_node>();
  fresh->is_directory = directory;
  if (directory) directories_.push_back(fresh);
  note({{{at.parent, at.name, fresh}}, fresh});
  return fresh;
}

void disk_tree::rename(const place& from, const place& to) {
  note({{{from.parent, from.name, nullptr}, {to.parent, to.name, from.node}}, from.node});
}

void disk_tree::remove(const place& at) { note({{{at.parent, at.name, nullptr}}, at.node}); }

bool disk_tree::same_place(const change& a, const change& b) noexcept {
  if (a.about == b.about) return true;
  for (const entry& x : a.entries) {
    for (const entry& y : b.entries) {
      if (x.directory == y.directory && x.name == y.name) return true;
    }
  }
  return false;
}

// Makes some of the changes durable; the others stay.
void disk_tree::keep(const std::vector<bool>& kept) {
  std::vector<change> left;
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    if (kept[i]) {
      apply(changes_[i], true);
    } else {
      left.push_back(std::move(changes_[i]));
    }
  }
  changes_ = std::move(left);
}

// With a change, what it stands on becomes durable, in whatever directory.
void disk_tree::sync(const disk_node& directory) {
  std::vector<bool> kept(changes_.size());
  for (std::size_t i = changes_.size(); i-- > 0;) {
    for (const entry& e : changes_[i].entries) {
      if (e.directory.get() == &directory) kept[i] = true;
    }
    for (std::size_t j = i + 1; j < changes_.size() && !kept[i]; ++j) {
      kept[i] = kept[j] && same_place(changes_[i], changes_[j]);
    }
  }
  keep(kept);
}

void disk_tree::settle(disk_node& from, const fate_chooser& choose) {
  from.entries = from.durable_entries;
  for (auto& [name, node] : from.entries) {
    if (node->is_directory) {
      settle(*node, choose);
    } else {
      node->file.lose_power(choose);
    }
  }
}

void disk_tree::lose_power(const fate_chooser& choose) {
  const std::size_t count = changes_.size();
  std::vector<bool> kept(count, true);
  std::uint32_t chosen = all_kept;
  if (count != 0) chosen = choose(fates);
  const std::size_t first_ones =
      chosen == first_ones_kept ? count - choose_below(choose, count + 1) : count;
  for (std::size_t i = 0; i < count; ++i) {
    if (chosen == all_lost || i >= first_ones) kept[i] = false;
    if (chosen == each_on_its_own) kept[i] = choose(2) == 0;
    for (std::size_t j = 0; j < i && kept[i]; ++j) {
      kept[i] = kept[j] || !same_place(changes_[j], changes_[i]);
    }
  }
  keep(kept);
  changes_.clear();
  settle(*root_, choose);
}

}  // namespace beamish::inline v0::sim
