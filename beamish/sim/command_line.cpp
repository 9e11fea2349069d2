// SPDX-License-Identifier: Apache-2.0
// tested in: command_test.cpp
#include "beamish/sim/command_line.hpp"

#include <algorithm>
#include <charconv>

namespace beamish::inline v0::sim {

bool command_line::flag(std::string_view name) {
  return std::erase_if(words_, [&](const std::string& w) { return w == name; }) != 0;
}

bool command_line::take(std::string_view name, std::string& value) {
  const auto at = std::find(words_.begin(), words_.end(), name);
  if (at == words_.end()) return false;
  if (at + 1 == words_.end()) throw usage_error(std::string(name) + " needs a value");
  value = *(at + 1);
  words_.erase(at, at + 2);
  return true;
}

std::string command_line::text(std::string_view name, std::string otherwise) {
  take(name, otherwise);
  return otherwise;
}

std::uint64_t command_line::number(std::string_view name, std::uint64_t otherwise) {
  std::string value;
  if (!take(name, value)) return otherwise;
  std::uint64_t n = 0;
  const char* const end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, n);
  if (read.ec != std::errc() || read.ptr != end) {
    throw usage_error(std::string(name) + " takes a whole number, not '" + value + "'");
  }
  return n;
}

std::vector<std::string> command_line::rest() const {
  for (const std::string& w : words_) {
    if (w.starts_with('-')) throw usage_error("there is no option '" + w + "' here");
  }
  return words_;
}

std::string command_line::only(const char* name) const {
  const std::vector<std::string> words = rest();
  if (words.empty()) throw usage_error(std::string(name) + " is missing");
  if (words.size() > 1) throw usage_error("there is one word too many: '" + words[1] + "'");
  return words[0];
}

}  // namespace beamish::inline v0::sim
