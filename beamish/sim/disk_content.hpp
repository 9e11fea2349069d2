// SPDX-License-Identifier: Apache-2.0
//
// What a file of a simulated disk holds: what programs see, and what is durable.
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
#include <string>
#include <string_view>
#include <vector>

namespace beamish::inline v0::sim {

// One of 0 … options-1; 0 is what happens on a good day.
using fate_chooser = std::function<std::uint32_t(std::uint32_t options)>;
// The same for numbers without a bound.
std::uint32_t choose_below(const fate_chooser& choose, std::uint64_t options);

// What becomes of all changes since the last sync together.
enum fate : std::uint8_t { all_kept, all_lost, first_ones_kept, each_on_its_own, fates };

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

}  // namespace beamish::inline v0::sim
