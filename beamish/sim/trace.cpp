// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/trace.hpp"

#include <algorithm>
#include <charconv>

namespace beamish::inline v0::sim {

void trace::mix(std::uint64_t word) noexcept {
  hash_ = (hash_ ^ word) * 0x9e3779b97f4a7c15ull;
  hash_ ^= hash_ >> 32;
}

void trace::mix(std::string_view text) noexcept {
  std::uint64_t word = text.size();
  int filled = 0;
  for (char c : text) {
    word = (word << 8) | static_cast<unsigned char>(c);
    if (++filled == 7) {
      mix(word);
      word = 0;
      filled = 0;
    }
  }
  mix(word);
}

trace::run_name trace::find(pid p) const noexcept {
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    const node_names& n = nodes_[i];
    if (n.node != p.node) continue;
    const bool known = p.id < n.by_id.size() && n.by_id[p.id].serial == p.serial;
    return known ? run_name{i + 1, n.by_id[p.id].number} : run_name{0, 0};
  }
  return {0, 0};
}

void trace::born(pid p, std::string known_as) {
  auto n = std::find_if(nodes_.begin(), nodes_.end(),
                        [&](const node_names& known) { return known.node == p.node; });
  if (n == nodes_.end()) n = nodes_.insert(n, node_names{p.node, 0, {}});
  if (n->by_id.size() <= p.id) n->by_id.resize(p.id + std::size_t{8});
  n->by_id[p.id] = {p.serial, ++n->born};
  if (keeps_events_) people_.push_back({name(p), std::move(known_as)});
}

void trace::call(pid p, std::string known_as) {
  const std::string n = name(p);
  for (person& who : people_) {
    if (who.name == n) who.known_as = std::move(known_as);
  }
}

std::string trace::name(pid p) const {
  const run_name n = find(p);
  if (n.number == 0) return "-";
  std::string text = "p" + std::to_string(n.number);
  if (n.node > 1) text += "@" + std::to_string(n.node);
  return text;
}

void trace::mark(std::uint64_t step, std::int64_t now, pid who, std::string text) {
  events_.push_back(
      {step, now, "note", name(who), "-", "", trace_event::way::none, std::move(text)});
}

// A pid is printed as #PID<node.id.serial>.
std::string trace::with_names(std::string_view text) const {
  constexpr std::string_view begin = "#PID<";
  std::string plain;
  for (std::size_t at = text.find(begin); at != text.npos; at = text.find(begin)) {
    plain += text.substr(0, at);
    const char* from = text.data() + at + begin.size();
    const char* const end = text.data() + text.size();
    std::uint32_t numbers[3] = {};
    for (std::uint32_t& n : numbers) {
      from = std::from_chars(from, end, n).ptr;
      if (from != end) ++from;
    }
    const std::string known = name(pid{numbers[0], numbers[1], numbers[2]});
    const auto size = static_cast<std::size_t>(from - text.data()) - at;
    plain += known == "-" ? std::string("#PID") : known;
    text.remove_prefix(at + size);
  }
  return plain += text;
}

std::string seconds_text(std::int64_t nanoseconds) {
  std::string digits = std::to_string(nanoseconds);
  if (digits.size() < 10) digits.insert(0, 10 - digits.size(), '0');
  digits.insert(digits.size() - 9, 1, '.');
  return digits;
}

std::string trace_event::text() const {
  std::string line =
      std::to_string(step) + " " + seconds_text(time) + " " + what + " " + who + " " + whom;
  if (!word.empty()) line += " " + word;
  return line;
}

std::string trace::text() const {
  std::string all;
  for (const trace_event& e : events_) all += e.text() + "\n";
  return all;
}

void trace::event(std::uint64_t step, std::int64_t now, std::string_view what, pid who, pid other,
                  std::string_view word) {
  const run_name a = find(who);
  const run_name b = find(other);
  mix(step);
  mix(static_cast<std::uint64_t>(now));
  mix(what);
  mix((std::uint64_t{a.node} << 32) | a.number);
  mix((std::uint64_t{b.node} << 32) | b.number);
  mix(word);
  if (!keeps_events_) return;
  events_.push_back({step, now, std::string(what), name(who), name(other), std::string(word),
                     trace_event::way::none, ""});
}

}  // namespace beamish::inline v0::sim
