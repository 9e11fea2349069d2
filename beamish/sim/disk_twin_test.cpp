// SPDX-License-Identifier: Apache-2.0
//
// A simulated disk does what the machine's does: the same calls, drawn at random, answer the same.
#include <doctest/doctest.h>
#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "beamish/runtime/disk.hpp"
#include "beamish/sim/disk.hpp"
#include "beamish/sim/oracle.hpp"

using namespace beamish;
using detail::disk_result;

namespace {

// A few names, so that they meet; some with turns and slashes.
constexpr const char* paths[] = {"a",   "b",   "d",     "d/a",  "d/b",    "e",
                                 "e/a", "d/e", "d/e/a", "./a",  "d/../b", "d//a",
                                 "d/",  "a/",  "d/.",   "no/a", "d/./e/a"};

// Draws a call and makes it on one disk; what it answered as text. Two twins of one seed draw
// alike.
class twin {
 public:
  twin(detail::disk& on, std::string root, std::uint64_t seed)
      : on_(on), root_(std::move(root)), draw_(seed) {}

  std::string next() {
    switch (below(10)) {
      case 0:
        return "list " + list(path());
      case 1:
        return number("mkdir", on_.create_directory(path()));
      case 2:
        return number("rmdir", on_.remove_directory(path()));
      case 3:
        return number("remove", on_.remove(path()));
      case 4:
        return number("exists", on_.exists(path()));
      case 5:
        return number("sync", on_.sync_directory(path()));
      case 6: {
        const std::string from = path();
        return number("rename", on_.rename(from, path()));
      }
      case 7:
        return open();
      default:
        return use();
    }
  }
  void clear(const std::string& folder) {
    std::vector<std::string> names;
    if (on_.list(folder, names) < 0) return;
    for (const std::string& name : names) {
      const std::string full = folder + "/" + name;
      if (on_.remove(full) < 0) clear(full);
    }
    on_.remove_directory(folder);
  }

 private:
  std::uint32_t below(std::uint32_t options) { return draw_.choose(sim::choice::random, options); }
  std::string path() { return root_ + "/" + paths[below(std::size(paths))]; }
  static std::string number(const char* what, disk_result result) {
    return std::string(what) + " " + std::to_string(result);
  }

  std::string list(const std::string& folder) {
    std::vector<std::string> names;
    std::string text = std::to_string(on_.list(folder, names));
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) text += " " + name;
    return text;
  }

  std::string open() {
    const std::string at = path();
    const auto how = static_cast<open_mode>(below(5));
    std::unique_ptr<detail::open_file> opened;
    const disk_result result = on_.open(at, how, opened);
    if (result == 0) {
      files_.push_back(std::move(opened));
      modes_.push_back(how);
    }
    return number("open", result);
  }

  std::string use() {
    if (files_.empty()) return "";
    const std::uint32_t which = below(static_cast<std::uint32_t>(files_.size()));
    detail::open_file& f = *files_[which];
    const std::uint32_t offset = below(2000);
    const std::uint32_t count = 1 + below(1500);
    const std::string bytes(count, static_cast<char>('a' + below(26)));
    switch (below(5)) {
      case 0: {
        std::string got(count, '?');
        const disk_result read = f.read_at(got.data(), count, offset);
        return number("read", read) + got;
      }
      case 1:
        return number("size", f.size());
      case 2:
        if (modes_[which] == open_mode::read) return "";
        return number("truncate", f.truncate(offset));
      case 3:
        return number("sync", f.sync());
      default:
        if (modes_[which] == open_mode::append) return number("append", f.append(&bytes[0], count));
        if (modes_[which] == open_mode::read) return "";
        return number("write", f.write_at(bytes.data(), count, offset));
    }
  }

  detail::disk& on_;
  std::string root_;
  sim::oracle draw_;
  std::vector<std::unique_ptr<detail::open_file>> files_;
  std::vector<open_mode> modes_;
};

}  // namespace

TEST_CASE("disk: 30,000 random calls answer as the machine's do, errors and all") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    char pattern[] = "/tmp/beamish_twin_XXXXXX";
    REQUIRE(::mkdtemp(pattern) != nullptr);
    sim::disks all([](std::uint32_t) { return 0u; }, [](std::string_view, std::string_view) {});
    twin machine(detail::real_disk(), pattern, seed);
    CHECK(all.of("a").create_directory("/root") == 0);
    twin simulated(all.of("a"), "/root", seed);
    for (int i = 0; i < 300; ++i) {
      const std::string expected = machine.next();
      const std::string got = simulated.next();
      REQUIRE_MESSAGE((got == expected), "seed ", seed, " call ", i, ": ", got.substr(0, 200),
                      " instead of ", expected.substr(0, 200));
    }
    machine.clear(pattern);
  }
}
