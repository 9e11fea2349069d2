// SPDX-License-Identifier: Apache-2.0
#include "apps/demo/heal_words.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <charconv>

#include "beamish/runtime/process.hpp"
#include "beamish/runtime/thread_body.hpp"

namespace beamish::apps {
namespace {

constexpr std::array<std::array<std::string_view, 2>, 5> parts{
    {{"h", "handler"}, {"q", "queue"}, {"r", "tasks"}, {"s", "supervisor"}, {"t", "task"}}};

std::string part_named(std::string_view word) {
  for (const auto& [letter, name] : parts) {
    if (word == letter || word == name) return std::string(name);
  }
  return "";
}

std::string_view next_word(std::string_view& line) {
  const std::size_t begin = line.find_first_not_of(" \t\r");
  if (begin == line.npos) return line = {};
  line.remove_prefix(begin);
  const std::string_view word = line.substr(0, line.find_first_of(" \t\r"));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

heal_command heal_command_of(std::string_view line) {
  using kind = heal_command::kind;
  const std::string_view first = next_word(line);
  const std::string_view second = next_word(line);
  if (first.empty()) return {};
  if (first == "quit") return {kind::quit};
  if (first == "help") return {kind::help};
  if (first == "wait") {
    heal_command c{kind::wait};
    const auto read = std::from_chars(second.begin(), second.end(), c.milliseconds);
    const bool good = read.ec == std::errc() && read.ptr == second.end() && c.milliseconds >= 0 &&
                      c.milliseconds <= 60'000;
    return good ? c : heal_command{kind::unknown};
  }
  const std::string part = part_named(first == "kill" ? second : first);
  return part.empty() ? heal_command{kind::unknown} : heal_command{kind::kill, part};
}

void read_commands(pid listener) {
  std::string text;
  while (!stop_requested()) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    // Looks up now and then: nothing else can end a thread that waits for a person.
    if (poll(&input, 1, 100) <= 0) continue;
    std::array<char, 4096> bytes{};
    const ssize_t got = read(STDIN_FILENO, bytes.data(), bytes.size());
    if (got <= 0) break;
    text.append(bytes.data(), static_cast<std::size_t>(got));
    for (std::size_t end = text.find('\n'); end != text.npos; end = text.find('\n')) {
      send(listener, heal_command_of(text.substr(0, end)));
      text.erase(0, end + 1);
    }
  }
  if (!text.empty()) send(listener, heal_command_of(text));
  send(listener, heal_command{heal_command::kind::end});
}

}  // namespace beamish::apps
