// SPDX-License-Identifier: Apache-2.0
#include "beamish/term/conversion.hpp"

#include <algorithm>
#include <cmath>

#include "beamish/term/big_integer.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0 {

argument_error::~argument_error() = default;

namespace detail {

namespace {

constexpr std::size_t found_max = 120;

std::string found_text(const term& found) {
  std::string text = inspect(found);
  if (text.size() <= found_max) return text;
  std::size_t end = found_max;
  // Not within a character.
  while ((static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

}  // namespace

void throw_argument_error(const std::string& what) { throw argument_error(what); }

term opaque_of(std::string_view type) { return opaque(std::string(type) + "<...>"); }

term module_atom(std::string_view name) { return elixir_module(name); }

std::string decoding::error() const { return path_.empty() ? problem_ : path_ + ": " + problem_; }

bool decoding::fail(std::string_view expected, const term& found) {
  return fail_with("expected " + std::string(expected) + ", found " + found_text(found));
}

bool decoding::fail_with(std::string problem) {
  path_.clear();
  problem_ = std::move(problem);
  return false;
}

bool decoding::at_field(std::string_view name) {
  bool separate = !path_.empty() && path_[0] != '[';
  path_ = std::string(name) + (separate ? "." : "") + path_;
  return false;
}

bool decoding::at_index(std::size_t index) {
  bool separate = !path_.empty() && path_[0] != '[';
  path_ = "[" + std::to_string(index) + "]" + (separate ? "." : "") + path_;
  return false;
}

bool decoding::at_key(const term& key) {
  bool separate = !path_.empty() && path_[0] != '[';
  path_ = "[" + found_text(key) + "]" + (separate ? "." : "") + path_;
  return false;
}

std::string decoding::article(std::string_view name) {
  bool vowel = !name.empty() && std::string_view("aeiouAEIOU").find(name[0]) != name.npos;
  return (vowel ? "an " : "a ") + std::string(name);
}

bool decoding::read_term(const term& from, term& to) {
  to = from;
  return true;
}

bool decoding::read_term(const term& from, atom& to) {
  auto value = from.as_atom();
  if (!value) return fail("an atom", from);
  to = *value;
  return true;
}

bool decoding::read_term(const term& from, pid& to) {
  auto value = from.as_pid();
  if (!value) return fail("a pid", from);
  to = *value;
  return true;
}

bool decoding::read_term(const term& from, reference& to) {
  auto value = from.as_reference();
  if (!value) return fail("a reference", from);
  to = *value;
  return true;
}

bool decoding::read_term(const term& from, port_id& to) {
  auto value = from.as_port();
  if (!value) return fail("a port", from);
  to = *value;
  return true;
}

bool decoding::read_boolean(const term& from, bool& to) {
  auto value = from.as_boolean();
  if (!value) return fail("true or false", from);
  to = *value;
  return true;
}

bool decoding::read_integer_bits(const term& from, integer_range range, std::uint64_t& to) {
  if (!from.is_integer()) return fail("an integer", from);
  bool fits = false;
  if (auto small = from.as_integer()) {
    to = static_cast<std::uint64_t>(*small);
    fits = *small >= range.least && (*small < 0 || to <= range.most);
  } else if (auto big = as_big_integer(from); !big->negative && big->magnitude.size() == 2) {
    to = big->magnitude[0] | static_cast<std::uint64_t>(big->magnitude[1]) << 32;
    fits = to <= range.most;
  }
  return fits || fail("an integer from " + std::to_string(range.least) + " to " +
                          std::to_string(range.most),
                      from);
}

bool decoding::read_double(const term& from, double& to) {
  if (auto value = from.as_float()) {
    to = *value;
    return true;
  }
  if (auto value = from.as_integer()) {
    to = static_cast<double>(*value);
    if (equals_loosely(term(to), from)) return true;
    return fail("a float, or an integer that is one exactly", from);
  }
  if (from.is_atom("nan"))
    to = std::nan("");
  else if (from.is_atom("infinity"))
    to = HUGE_VAL;
  else if (from.is_atom("neg_infinity"))
    to = -HUGE_VAL;
  else
    return fail("a float", from);
  return true;
}

bool decoding::begins_message(const term& from, std::string_view name, std::size_t fields) {
  if (fields == 0) return from.is_atom(name) || fail(inspect(atom(name)), from);
  auto elements = from.elements();
  if (from.is_tuple() && elements.size() == fields + 1 && elements[0].is_atom(name)) return true;
  return fail("{" + inspect(atom(name)) + ", ...} with " + std::to_string(fields) +
                  (fields == 1 ? " field" : " fields"),
              from);
}

bool decoding::begins_struct(const term& from, std::string_view module,
                             std::span<const std::string_view> names) {
  std::string expected = "%" + std::string(module) + "{}";
  if (!from.is_map()) return fail(expected, from);
  const term* tag = from.find(atom("__struct__"));
  if (tag != nullptr && *tag != term(elixir_module(module))) return fail(expected, from);
  for (std::string_view name : names) {
    if (from.find(atom(name)) == nullptr) {
      fail_with("is missing");
      return at_field(name);
    }
  }
  for (const term_entry& e : from.entries()) {
    bool known = e.key.is_atom() && (e.key.is_atom("__struct__") ||
                                     std::ranges::find(names, *e.key.atom_name()) != names.end());
    if (!known) return fail_with("has the unknown key " + found_text(e.key));
  }
  return true;
}

}  // namespace detail
}  // namespace beamish::inline v0
