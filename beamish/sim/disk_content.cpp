// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/disk_content.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace beamish::inline v0::sim {

namespace {

constexpr std::uint64_t everything = std::numeric_limits<std::uint64_t>::max();

std::uint64_t sector_of(std::uint64_t offset) noexcept { return offset / file_content::sector; }
std::uint64_t sector_after(std::uint64_t end) noexcept {
  return (end + file_content::sector - 1) / file_content::sector;
}

}  // namespace

std::uint32_t choose_below(const fate_chooser& choose, std::uint64_t options) {
  return choose(static_cast<std::uint32_t>(std::min<std::uint64_t>(options, 1u << 31)));
}

// The part of the change that lies between two offsets.
void file_content::apply(std::string& to, const change& c, std::uint64_t from,
                         std::uint64_t up_to) {
  if (c.cuts) {
    to.resize(c.offset);
    return;
  }
  const std::uint64_t first = std::max(c.offset, from);
  const std::uint64_t last = std::min(c.end(), up_to);
  if (first >= last) return;
  if (to.size() < last) to.resize(last);
  to.replace(first, last - first, c.bytes, first - c.offset, last - first);
}

void file_content::note(change c) {
  apply(data_, c, 0, everything);
  if (failed_ && !c.cuts) {
    // The cache goes out in whole sectors, with what the failed sync left in them.
    const std::uint64_t first = sector_of(c.offset) * sector;
    const std::uint64_t last =
        std::min<std::uint64_t>(sector_after(c.end()) * sector, data_.size());
    c = {false, first, data_.substr(first, last - first)};
  }
  changes_.push_back(std::move(c));
}

void file_content::write(std::uint64_t offset, std::string_view bytes) {
  if (!bytes.empty()) note({false, offset, std::string(bytes)});
}

void file_content::truncate(std::uint64_t size) { note({true, size, {}}); }

void file_content::sync() {
  for (const change& c : changes_) apply(durable_, c, 0, everything);
  changes_.clear();
}

void file_content::fail_sync() noexcept {
  failed_ = failed_ || !changes_.empty();
  changes_.clear();
}

std::size_t file_content::writes_to(std::uint64_t number, std::size_t before) const noexcept {
  const auto touches = [&](const change& c) {
    return !c.cuts && sector_of(c.offset) <= number && number < sector_after(c.end());
  };
  return static_cast<std::size_t>(std::count_if(
      changes_.begin(), changes_.begin() + static_cast<std::ptrdiff_t>(before), touches));
}

// Between two borders of writes, all sectors have seen the same ones.
std::vector<file_content::run> file_content::runs(std::size_t before) const {
  std::vector<std::uint64_t> borders;
  for (std::size_t i = 0; i < before; ++i) {
    const change& c = changes_[i];
    if (c.cuts) continue;
    borders.push_back(sector_of(c.offset));
    borders.push_back(sector_after(c.end()));
  }
  std::sort(borders.begin(), borders.end());
  borders.erase(std::unique(borders.begin(), borders.end()), borders.end());
  std::vector<run> all;
  for (std::size_t i = 0; i + 1 < borders.size(); ++i) {
    all.push_back({borders[i], borders[i + 1], writes_to(borders[i], before)});
  }
  return all;
}

// A run of several sectors may be torn once.
void file_content::decide(std::vector<run>& all, std::size_t before,
                          const fate_chooser& choose) const {
  std::vector<run> torn;
  for (run& r : all) {
    const std::size_t most = writes_to(r.first, before);
    const auto some = [&] { return most - choose_below(choose, most + 1); };
    if (most != 0 && r.last - r.first > 1 && choose(2) == 1) {
      const std::uint64_t border = r.first + 1 + choose_below(choose, r.last - r.first - 1);
      torn.push_back({border, r.last, some()});
      r.last = border;
    }
    r.arrive = some();
  }
  all.insert(all.end(), torn.begin(), torn.end());
}

// `size_after`: so many changes count for the size. Of the first `before` changes the runs say
// which arrive.
std::string file_content::outcome(std::size_t size_after, std::size_t before,
                                  std::vector<run> arriving) const {
  std::string image = durable_;
  std::uint64_t size = durable_.size();
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const change& c = changes_[i];
    if (i < size_after) size = c.cuts ? c.offset : std::max(size, c.end());
    if (c.cuts) {
      if (i < size_after && image.size() > c.offset) image.resize(c.offset);
      continue;
    }
    if (i >= before) continue;
    for (run& r : arriving) {
      const bool touches = sector_of(c.offset) < r.last && r.first < sector_after(c.end());
      if (!touches || r.arrive == 0) continue;
      --r.arrive;
      apply(image, c, r.first * sector, r.last * sector);
    }
  }
  image.resize(size);
  return image;
}

void file_content::lose_power(const fate_chooser& choose) {
  const std::size_t count = changes_.size();
  std::uint32_t chosen = all_kept;
  if (count != 0) chosen = choose(fates);
  std::size_t sized = count;
  if (chosen == all_lost) sized = 0;
  if (chosen >= first_ones_kept) sized = count - choose_below(choose, count + 1);
  std::size_t before = sized;
  std::vector<run> arriving;
  if (chosen == each_on_its_own) {
    // What was written after a truncate that is lost is lost, too: its room was given then.
    while (before < count && !changes_[before].cuts) ++before;
    arriving = runs(before);
    decide(arriving, before, choose);
  } else {
    arriving = runs(before);
  }
  durable_ = outcome(sized, before, std::move(arriving));
  data_ = durable_;
  changes_.clear();
  failed_ = false;
}

}  // namespace beamish::inline v0::sim
