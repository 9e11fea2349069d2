// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/given_options.hpp"

#include <charconv>
#include <cmath>

namespace beamish::apps {
namespace {

// False if the whole text is not one number.
template <class N>
bool read_number(const std::string& text, N& value) {
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && last == end;
}

}  // namespace

bool given_options::flag(const std::string& option) const {
  const auto at = flags.find(option);
  return at != flags.end() && at->second;
}

std::string given_options::value(const std::string& option) const {
  const auto at = values.find(option);
  return at == values.end() ? std::string() : at->second;
}

std::size_t given_options::whole_number(const std::string& option, std::size_t least,
                                        std::size_t most, std::size_t otherwise) const {
  if (!has(option)) return otherwise;
  std::size_t number = 0;
  if (read_number(value(option), number) && number >= least && number <= most) return number;
  throw usage_problem("--" + option + " wants a whole number from " + std::to_string(least) +
                      " to " + std::to_string(most) + ", not '" + value(option) + "'");
}

std::int64_t given_options::seconds(const std::string& option, std::int64_t otherwise) const {
  if (!has(option)) return otherwise;
  double number = 0;
  if (read_number(value(option), number) && number >= 0 && number <= 1e6)
    return std::llround(number * 1e9);
  throw usage_problem("--" + option + " wants a number of seconds from 0 to 1000000, not '" +
                      value(option) + "'");
}

}  // namespace beamish::apps
