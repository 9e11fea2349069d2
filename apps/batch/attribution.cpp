// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/attribution.hpp"

#include <utility>

namespace beamish::apps {
namespace {

constexpr std::string_view mark = " [cut: a line of more than 65536 bytes]";
static_assert(attribution::longest == 65536, "the mark names the limit");

// A cut in the middle of a character would leave a broken one.
void drop_half_character(std::string& line) {
  std::size_t at = line.size();
  while (at > 0 && line.size() - at < 3 && (static_cast<unsigned char>(line[at - 1]) >> 6) == 2) {
    --at;
  }
  if (at > 0 && (static_cast<unsigned char>(line[at - 1]) >> 6) == 3) line.resize(at - 1);
}

}  // namespace

attribution::attribution(line_prefixes prefixes)
    : out_{std::move(prefixes.out)}, err_{std::move(prefixes.err)} {}

std::string_view attribution::take(output_stream stream, std::string_view bytes) {
  text_.clear();
  side& s = of(stream);
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    add(s, bytes.substr(0, newline));
    if (newline == std::string_view::npos) break;
    end_line(s);
    bytes.remove_prefix(newline + 1);
  }
  return text_;
}

std::string_view attribution::finish(output_stream stream) {
  text_.clear();
  side& s = of(stream);
  if (!s.begun.empty()) end_line(s);
  return text_;
}

void attribution::add(side& s, std::string_view part) {
  if (s.cut) return;
  const std::size_t room = longest - s.begun.size();
  s.begun.append(part.substr(0, room));
  if (part.size() <= room) return;
  drop_half_character(s.begun);
  s.begun += mark;
  s.cut = true;
}

void attribution::end_line(side& s) {
  if (!s.cut && s.begun.ends_with('\r')) s.begun.pop_back();
  text_.append(s.prefix).append(s.begun).push_back('\n');
  s.begun.clear();
  s.cut = false;
}

}  // namespace beamish::apps
