// SPDX-License-Identifier: Apache-2.0
//
// The directories of a simulated disk: what programs see, and what is durable.
//
//     disk_tree t;
//     t.create(t.find("/log"), false);
//     t.sync(*t.find("/").node);     // now the name "log" is durable
//
// Changes since they were synced are kept in their order. At a power cut some of them are lost, and
// with a change what stands on it: a later one of the same name or about the same file.
//
// Threads: none.
// tested in: disk_content_test.cpp
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "beamish/sim/disk_content.hpp"

namespace beamish::inline v0::sim {

struct disk_node;
using node_ref = std::shared_ptr<disk_node>;

struct disk_node {
  bool is_directory = false;
  file_content file;
  std::map<std::string, node_ref, std::less<>> entries;
  std::map<std::string, node_ref, std::less<>> durable_entries;
};

// The directories of a disk.
class disk_tree {
 public:
  struct place {
    int error = 0;              // an errno, or 0
    node_ref parent;            // null: the path is that of the root, or ends with ".."
    std::string name;           // in its parent
    node_ref node;              // null: there is none
    bool as_directory = false;  // the path ends with a slash
  };

  disk_tree();
  ~disk_tree();
  disk_tree(const disk_tree&) = delete;
  disk_tree& operator=(const disk_tree&) = delete;

  place find(std::string_view path, bool durable = false) const;
  // REQUIRES: `at` has a parent and no node.
  node_ref create(const place& at, bool directory);
  // REQUIRES: both have a parent, `from` a node.
  void rename(const place& from, const place& to);
  // REQUIRES: it has a parent and a node.
  void remove(const place& at);
  void sync(const disk_node& directory);
  void lose_power(const fate_chooser& choose);

 private:
  // After it, `directory` holds `becomes` (if not null) under that name.
  struct entry {
    node_ref directory;
    std::string name;
    node_ref becomes;
  };
  // One call: one entry, or the two of a rename, and the node that it is about.
  struct change {
    std::vector<entry> entries;
    node_ref about;
  };
  void note(change c);
  static bool same_place(const change& a, const change& b) noexcept;
  static void apply(const change& c, bool durably);
  void keep(const std::vector<bool>& kept);
  static void settle(disk_node& from, const fate_chooser& choose);

  node_ref root_;
  std::vector<change> changes_;        // since they were synced, in order
  std::vector<node_ref> directories_;  // all there ever were: they may hold each other
};

}  // namespace beamish::inline v0::sim
