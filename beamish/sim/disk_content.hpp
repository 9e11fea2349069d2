// SPDX-License-Identifier: Apache-2.0
//
// What is on a simulated disk: for files and directories, what programs see and what is durable.
//
//     file_content f;
//     f.write(0, "abc");
//     f.durable();         // "": nothing was synced
//     f.lose_power(choose);
//     f.data();            // "abc", "", or "\0\0\0"
//
// A file remembers what was done to it since the last sync. At a power cut each run of sectors
// shows the file after some of the writes to it, and the size is that after some change: what a
// disk below a page cache can show, whose sectors are whole and go out at any time and in any
// order.
//
// Threads: none. Units: bytes.
// tested in: disk_content_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace beamish::inline v0::sim {

// One of 0 … options-1; 0 is what happens on a good day.
using fate_chooser = std::function<std::uint32_t(std::uint32_t options)>;

class file_content {
 public:
  static constexpr std::uint64_t sector = 512;

  const std::string& data() const noexcept { return data_; }
  const std::string& durable() const noexcept { return durable_; }
  // Changes since the last sync.
  std::size_t pending() const noexcept { return changes_.size(); }

  void write(std::uint64_t offset, std::string_view bytes);
  void truncate(std::uint64_t size);
  void sync();
  // What is pending never becomes durable, unless it is written again, or something in its sector.
  void fail_sync() noexcept;
  void lose_power(const fate_chooser& choose);

 private:
  struct change {
    bool cuts;  // to `offset` bytes; otherwise `bytes` are written there
    std::uint64_t offset;
    std::string bytes;
    std::uint64_t end() const noexcept { return offset + bytes.size(); }
  };
  // Sectors from `first` up to `last` that the same changes wrote to, and how many of those arrive.
  struct run {
    std::uint64_t first, last;
    std::size_t arrive;
  };
  static void apply(std::string& to, const change& c, std::uint64_t from, std::uint64_t up_to);
  void note(change c);
  std::vector<run> runs(std::size_t before) const;
  std::size_t writes_to(std::uint64_t sector_number, std::size_t before) const noexcept;
  void decide(std::vector<run>& all, std::size_t before, const fate_chooser& choose) const;
  std::string outcome(std::size_t size_after, std::size_t before, std::vector<run> arriving) const;

  std::string data_;
  std::string durable_;
  std::vector<change> changes_;
  bool failed_ = false;  // a sync did: data_ is not what durable_ and changes_ make
};

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
