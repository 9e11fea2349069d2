// SPDX-License-Identifier: Apache-2.0
//
// The words behind a verb of the simulation's command, taken apart.
//
//     command_line line({"ping", "--seeds", "10", "--quiet"});
//     line.number("--seeds", 10'000)    // 10
//     line.flag("--quiet")              // true
//     line.rest()                       // {"ping"}: what nobody has asked for
//
// Errors: usage_error with a sentence that names the word.
// tested in: command_test.cpp
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace beamish::inline v0::sim {

struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class command_line {
 public:
  explicit command_line(std::vector<std::string> words) : words_(std::move(words)) {}

  bool flag(std::string_view name);
  std::string text(std::string_view name, std::string otherwise);
  std::uint64_t number(std::string_view name, std::uint64_t otherwise);
  // What is left; a word that begins with `-` is an error, since nobody knows it.
  std::vector<std::string> rest() const;
  // The same, if it is just one word, which help calls by that name.
  std::string only(const char* name) const;

 private:
  // The word behind that one; both are taken out. Nothing if it is not there.
  bool take(std::string_view name, std::string& value);

  std::vector<std::string> words_;
};

}  // namespace beamish::inline v0::sim
