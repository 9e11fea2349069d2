// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/disk_content.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "beamish/sim/disk_tree.hpp"

using namespace beamish;
using sim::disk_tree;
using sim::file_content;

namespace {

// All outcomes of a power cut: every list of choices, one after the other.
template <class Outcome, class Make>
std::set<Outcome> all_outcomes(Make play) {
  std::set<Outcome> seen;
  std::vector<std::uint32_t> chosen, options;
  for (bool more = true; more;) {
    std::size_t at = 0;
    seen.insert(play([&](std::uint32_t count) {
      if (at == chosen.size()) {
        chosen.push_back(0);
        options.push_back(count);
      }
      return chosen[at++];
    }));
    while (!chosen.empty() && chosen.back() + 1 == options.back()) {
      chosen.pop_back();
      options.pop_back();
    }
    more = !chosen.empty();
    if (more) ++chosen.back();
  }
  return seen;
}

std::set<std::string> after_cut(const std::function<void(file_content&)>& use) {
  return all_outcomes<std::string>([&](const sim::fate_chooser& choose) {
    file_content f;
    use(f);
    f.lose_power(choose);
    CHECK((f.data() == f.durable()));
    CHECK(f.pending() == 0);
    return f.data();
  });
}

std::string zeros(std::size_t n) { return std::string(n, '\0'); }
std::string filled(std::size_t n, char c) { return std::string(n, c); }

using texts = std::set<std::string>;

}  // namespace

TEST_CASE("disk: an un-synced write is kept, lost, or its size alone is kept") {
  CHECK(after_cut([](file_content& f) { f.write(0, "abc"); }) == texts{"abc", "", zeros(3)});
}

TEST_CASE("disk: what was synced is there, and what was written over it is there or isn't") {
  CHECK(after_cut([](file_content& f) {
          f.write(0, "abc");
          f.sync();
        }) == texts{"abc"});
  CHECK(after_cut([](file_content& f) {
          f.write(0, "abc");
          f.sync();
          f.write(1, "X");
        }) == texts{"abc", "aXc"});
}

TEST_CASE("disk: two writes to one sector arrive in their order, to two in any") {
  CHECK(after_cut([](file_content& f) {
          f.write(0, "--");
          f.sync();
          f.write(0, "a");
          f.write(1, "b");
        }) == texts{"--", "a-", "ab"});
  const std::string both = filled(512, 'a') + filled(512, 'b');
  CHECK(after_cut([](file_content& f) {
          f.write(0, zeros(1024));
          f.sync();
          f.write(0, filled(512, 'a'));
          f.write(512, filled(512, 'b'));
        }) ==
        texts{zeros(1024), both, filled(512, 'a') + zeros(512), zeros(512) + filled(512, 'b')});
}

TEST_CASE("disk: a write across sectors is torn at their borders, and nowhere else") {
  const texts seen = after_cut([](file_content& f) {
    f.write(0, filled(1536, '-'));
    f.sync();
    f.write(500, filled(600, 'x'));
  });
  std::string whole = filled(1536, '-');
  whole.replace(500, 600, filled(600, 'x'));
  const auto torn = [&](std::size_t from, std::size_t up_to) {
    std::string t = filled(1536, '-');
    return t.replace(from, up_to - from, whole, from, up_to - from);
  };
  CHECK(seen == texts{filled(1536, '-'), whole, torn(500, 512), torn(500, 1024), torn(512, 1100),
                      torn(1024, 1100)});
}

TEST_CASE("disk: a truncate is kept or lost, and what was written behind it goes with it") {
  CHECK(after_cut([](file_content& f) {
          f.write(0, "abcdef");
          f.sync();
          f.truncate(2);
        }) == texts{"abcdef", "ab"});
  const texts seen = after_cut([](file_content& f) {
    f.write(0, "abcdef");
    f.sync();
    f.truncate(2);
    f.write(2, "XY");
  });
  CHECK(seen == texts{"abcdef", "ab", "abXY", "ab" + zeros(2)});
}

TEST_CASE("disk: after a sync that failed no later one makes its data durable") {
  CHECK(after_cut([](file_content& f) {
          f.write(0, "abc");
          f.fail_sync();
          f.sync();
        }) == texts{""});
  // But the sector goes out whole with the next write to it.
  CHECK(after_cut([](file_content& f) {
          f.write(0, "abc");
          f.fail_sync();
          f.write(3, "d");
          f.sync();
        }) == texts{"abcd"});
  const texts apart = after_cut([](file_content& f) {
    f.write(0, filled(512, 'a'));
    f.fail_sync();
    f.write(512, "d");
    f.sync();
    CHECK((f.data() == filled(512, 'a') + "d"));  // the cache still has it
  });
  CHECK((apart == texts{zeros(512) + "d"}));
}

// ---- directories

namespace {

// What is found: "a=1 b=2 d/ d/x=3".
void describe(const disk_tree& t, const std::string& path, std::string& text) {
  const auto here = t.find(path.empty() ? "/" : path);
  for (const auto& [name, node] : here.node->entries) {
    const std::string full = path + "/" + name;
    text += full.substr(1) + (node->is_directory ? "/" : "=" + node->file.data()) + " ";
    if (node->is_directory) describe(t, full, text);
  }
}

void make(disk_tree& t, const char* path, const char* synced) {
  const auto node = t.create(t.find(path), false);
  node->file.write(0, synced);
  node->file.sync();
}
void move(disk_tree& t, const char* from, const char* to) { t.rename(t.find(from), t.find(to)); }

texts trees_after_cut(const std::function<void(disk_tree&)>& use) {
  return all_outcomes<std::string>([&](const sim::fate_chooser& choose) {
    disk_tree t;
    use(t);
    t.lose_power(choose);
    std::string text;
    describe(t, "", text);
    return text;
  });
}

}  // namespace

TEST_CASE("disk: a rename without a sync of the directory is made or not, and never in half") {
  const auto prepare = [](disk_tree& t) {
    make(t, "a", "old");
    make(t, "new", "new");
    t.sync(*t.find("/").node);
    move(t, "new", "a");
  };
  CHECK(trees_after_cut(prepare) == texts{"a=old new=new ", "a=new "});
  CHECK(trees_after_cut([&](disk_tree& t) {
          prepare(t);
          t.sync(*t.find("/").node);
        }) == texts{"a=new "});
}

TEST_CASE("disk: independent changes of a directory are lost in any order, others in theirs") {
  CHECK(trees_after_cut([](disk_tree& t) {
          make(t, "a", "1");
          make(t, "b", "2");
        }) == texts{"", "a=1 ", "b=2 ", "a=1 b=2 "});
  CHECK(trees_after_cut([](disk_tree& t) {
          make(t, "a", "1");
          move(t, "a", "b");
          move(t, "b", "c");
        }) == texts{"", "a=1 ", "b=1 ", "c=1 "});
  CHECK(trees_after_cut([](disk_tree& t) {
          make(t, "a", "1");
          t.sync(*t.find("/").node);
          t.remove(t.find("a"));
          make(t, "a", "2");
        }) == texts{"a=1 ", "", "a=2 "});
}

TEST_CASE("disk: a rename between directories becomes durable with either of them") {
  for (const char* which : {"/d", "/"}) {
    CHECK(trees_after_cut([&](disk_tree& t) {
            t.create(t.find("d"), true);
            make(t, "a", "1");
            t.sync(*t.find("/").node);
            move(t, "a", "d/b");
            t.sync(*t.find(which).node);
          }) == texts{"d/ d/b=1 "});
  }
  // With what it stands on, whose directory nobody synced.
  CHECK(trees_after_cut([](disk_tree& t) {
          t.create(t.find("d"), true);
          t.create(t.find("e"), true);
          t.sync(*t.find("/").node);
          make(t, "a", "1");
          move(t, "a", "d/b");
          move(t, "d/b", "e/c");
          t.sync(*t.find("e").node);
        }) == texts{"d/ e/ e/c=1 "});
}

TEST_CASE("disk: what is in a directory that is lost is lost with it") {
  CHECK(trees_after_cut([](disk_tree& t) {
          t.create(t.find("d"), true);
          make(t, "d/x", "1");
          t.sync(*t.find("d").node);
        }) == texts{"", "d/ d/x=1 "});
}
