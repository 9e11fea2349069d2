// SPDX-License-Identifier: Apache-2.0
//
// For tests of the simulation's command: a directory for its files, and what it says.
//
//     const place p;
//     said s = say_to(scenarios, {"run", "race", "--save", p.path()}, p);
//     has(s.text, "FAILED race")
//
// REQUIRES: one thread.
// tested in: command_test.cpp
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "beamish/sim/command.hpp"

namespace beamish::inline v0::sim {

// A directory of its own, gone at the end.
class place {
 public:
  place() {
    char name[] = "/tmp/beamish_sim_XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~place() { std::filesystem::remove_all(path_); }
  std::string at(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// What a command says on both its outputs, and its exit code.
struct said {
  int code;
  std::string text;
};

inline said say_to(const std::vector<scenario>& all, const std::vector<std::string>& words,
                   const place& p) {
  const std::string file = p.at("said");
  std::fflush(stdout);
  std::fflush(stderr);
  const int out = ::dup(1), err = ::dup(2);
  REQUIRE(std::freopen(file.c_str(), "w", stdout) != nullptr);
  ::dup2(1, 2);
  const int code = command("try", "/bin/try", words, all);
  std::fflush(stdout);
  std::fflush(stderr);
  ::dup2(out, 1);
  ::dup2(err, 2);
  ::close(out);
  ::close(err);
  std::ifstream in(file);
  return {code,
          std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>())};
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace beamish::inline v0::sim
