// SPDX-License-Identifier: Apache-2.0
// The words that a user gave for one verb, by the names of its table, and how to read them.
//
//   given_options given("batch");
//   given.values["limit"] = "4";
//   given.whole_number("limit", 1, 8, 2);     //=> 4
//
// A word that can't be read throws usage_problem, which says what was wanted and what was given.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>

namespace beamish::apps {

struct usage_problem : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct given_options {
  explicit given_options(std::string name) : verb(std::move(name)) {}

  std::string verb;
  std::map<std::string, std::string> values;  // of options and arguments
  std::map<std::string, bool> flags;

  bool has(const std::string& option) const { return values.contains(option); }
  bool flag(const std::string& option) const;
  std::string value(const std::string& option) const;

  // `otherwise` if it was not given.
  std::size_t whole_number(const std::string& option, std::size_t least, std::size_t most,
                           std::size_t otherwise) const;
  // In nanoseconds.
  std::int64_t seconds(const std::string& option, std::int64_t otherwise) const;
};

}  // namespace beamish::apps
