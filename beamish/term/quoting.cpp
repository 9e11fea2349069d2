// SPDX-License-Identifier: Apache-2.0
//
// tested in: inspect_test.cpp
#include "beamish/term/quoting.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>

namespace beamish::inline v0::detail {

utf8_character decode_utf8(std::string_view text) noexcept {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {0, 0};
  char32_t c = lead & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {0, 0};
    c = c << 6 | (byte(i) & 0x3fu);
  }
  constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (c < smallest[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) return {0, 0};
  return {c, length};
}

namespace {

// Atoms that are operators need no quotes; some that look alike do.
constexpr std::string_view operators[] = {
    "!",   "!=",   "!==", "%",    "%{}", "&",  "&&",  "&&&", "*",    "**",  "+",  "++",
    "+++", "-",    "--",  "---",  "->",  ".",  "..",  "...", "..//", "/",   "<",  "<-",
    "<<<", "<<>>", "<<~", "<=",   "<>",  "<~", "<~>", "=",   "==",   "===", "=~", ">",
    ">=",  ">>>",  "@",   "\\\\", "^",   "{}", "|",   "|>",  "||",   "|||", "~>", "~>>"};

struct code_range {
  char32_t first;
  char32_t last;
  char script;
};

// The letters of the most used scripts; atoms with others are quoted. L: Latin, G: Greek, C:
// Cyrillic, E: East Asian.
constexpr code_range letters[] = {
    {0xc0, 0xd6, 'L'},     {0xd8, 0xf6, 'L'},     {0xf8, 0x131, 'L'},   {0x134, 0x13e, 'L'},
    {0x141, 0x148, 'L'},   {0x14a, 0x17e, 'L'},   {0x386, 0x386, 'G'},  {0x388, 0x38a, 'G'},
    {0x38c, 0x38c, 'G'},   {0x38e, 0x3a1, 'G'},   {0x3a3, 0x3ce, 'G'},  {0x400, 0x45f, 'C'},
    {0x3041, 0x3096, 'E'}, {0x30a1, 0x30fa, 'E'}, {0x4e00, 0x9fff, 'E'}};

char script_of(char32_t c) noexcept {
  for (const code_range& r : letters) {
    if (c >= r.first && c <= r.last) return r.script;
  }
  return 0;
}

bool is_ascii_letter(char32_t c) noexcept { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
bool is_digit(char32_t c) noexcept { return c >= '0' && c <= '9'; }

// a1, _x, node@host, empty?, add!
bool is_identifier(std::string_view name) noexcept {
  if (name.ends_with('?') || name.ends_with('!')) name.remove_suffix(1);
  char script = 0;
  bool first = true;
  for (; !name.empty(); first = false) {
    auto [c, bytes] = decode_utf8(name);
    if (bytes == 0) return false;
    name.remove_prefix(bytes);
    char needed = 0;
    if (c >= 0x80) {
      needed = script_of(c);
      if (needed == 0) return false;
    } else if (is_ascii_letter(c)) {
      // Latin letters may stand beside East Asian ones.
      needed = script == 'E' ? 'E' : 'L';
    } else if (c != '_' && (first || (c != '@' && !is_digit(c)))) {
      return false;
    }
    if (needed == 'E' && script == 'L') script = 'E';
    if (needed != 0 && script != 0 && needed != script) return false;
    if (needed != 0) script = needed;
  }
  return !first;
}

// Foo.Bar, given what follows "Elixir."
bool is_module_path(std::string_view path) noexcept {
  bool segment_begins = true;
  for (char ch : path) {
    auto c = static_cast<unsigned char>(ch);
    if (segment_begins) {
      if (c < 'A' || c > 'Z') return false;
      segment_begins = false;
    } else if (c == '.') {
      segment_begins = true;
    } else if (!is_ascii_letter(c) && !is_digit(c) && c != '_') {
      return false;
    }
  }
  return !segment_begins;
}

constexpr std::string_view module_prefix = "Elixir.";

bool needs_no_quotes(std::string_view name) noexcept {
  return is_identifier(name) || std::ranges::binary_search(operators, name);
}

bool is_shown(char32_t c) noexcept {
  return (c >= 0x20 && c <= 0x7e) || (c >= 0xa0 && c <= 0xd7ff) || (c >= 0xe000 && c <= 0xfffd) ||
         (c >= 0x10000 && c <= 0x10ffff);
}

// The letter after the backslash, or 0.
char escape_letter(char32_t c) noexcept {
  switch (c) {
    case 0:
      return '0';
    case '\a':
      return 'a';
    case '\b':
      return 'b';
    case '\t':
      return 't';
    case '\n':
      return 'n';
    case '\v':
      return 'v';
    case '\f':
      return 'f';
    case '\r':
      return 'r';
    case 0x1b:
      return 'e';
    case 0x7f:
      return 'd';
    case '\\':
      return '\\';
    default:
      return 0;
  }
}

void write_hex(std::string& out, char32_t c) {
  char digits[8];
  auto end = std::to_chars(digits, std::end(digits), static_cast<std::uint32_t>(c), 16).ptr;
  std::string text(digits, end);
  std::ranges::transform(text, text.begin(), [](char d) { return d >= 'a' ? char(d - 32) : d; });
  if (c > 0xff) {
    out += "\\x{" + text + "}";
  } else {
    out += text.size() == 1 ? "\\x0" + text : "\\x" + text;
  }
}

void write_character(std::string& out, char32_t c, std::string_view bytes, char quote) {
  if (c == static_cast<char32_t>(quote)) {
    out += '\\';
    out += quote;
  } else if (char letter = escape_letter(c)) {
    out += '\\';
    out += letter;
  } else if (c == 0xfeff) {
    out += "\\uFEFF";
  } else if (is_shown(c)) {
    out += bytes;
  } else {
    write_hex(out, c);
  }
}

}  // namespace

void write_text(std::string& out, std::string_view text, char quote, std::size_t limit) {
  out += quote;
  for (; !text.empty() && limit != 0; --limit) {
    auto [c, bytes] = decode_utf8(text);
    if (bytes == 0) {
      write_hex(out, static_cast<unsigned char>(text[0]));
      bytes = 1;
    } else if (text.starts_with("#{")) {
      // Elixir would read it as the begin of an interpolation.
      out += "\\#";
    } else {
      write_character(out, c, text.substr(0, bytes), quote);
    }
    text.remove_prefix(bytes);
  }
  out += quote;
  if (!text.empty()) out += quote == '\'' ? " ++ ..." : " <> ...";
}

bool is_printable(std::string_view text, std::size_t limit) noexcept {
  for (; !text.empty() && limit != 0; --limit) {
    auto [c, bytes] = decode_utf8(text);
    bool escaped = c == 0x7f || c == 0x1b || (c >= '\a' && c <= '\r');
    if (bytes == 0 || (!is_shown(c) && !escaped)) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

bool is_printable_ascii(std::int64_t c) noexcept {
  return (c >= 0x20 && c <= 0x7e) || (c >= '\a' && c <= '\r') || c == 0x1b;
}

bool can_be_key(std::string_view name) noexcept { return !name.starts_with(module_prefix); }

void write_atom(std::string& out, std::string_view name) {
  constexpr auto everything = std::string_view::npos;
  if (name == "nil" || name == "true" || name == "false" || name == "Elixir") {
    out += name;
  } else if (name.starts_with(module_prefix) && is_module_path(name.substr(module_prefix.size()))) {
    out += name.substr(module_prefix.size());
  } else if (needs_no_quotes(name)) {
    out += ':';
    out += name;
  } else {
    out += ':';
    write_text(out, name, '"', everything);
  }
}

void write_key(std::string& out, std::string_view name) {
  constexpr auto everything = std::string_view::npos;
  if (needs_no_quotes(name) && name != "Elixir")
    out += name;
  else
    write_text(out, name, '"', everything);
  out += ':';
}

void write_call(std::string& out, std::string_view name) {
  out += '.';
  if (needs_no_quotes(name))
    out += name;
  else
    write_text(out, name, '"', std::string_view::npos);
}

void write_float(std::string& out, double value) {
  char buffer[32];
  auto end = std::to_chars(buffer, std::end(buffer), value, std::chars_format::scientific).ptr;
  std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  if (text.starts_with('-')) {
    out += '-';
    text.remove_prefix(1);
  }
  auto e = text.find('e');
  int exponent = 0;
  auto exponent_text = text.substr(text[e + 1] == '+' ? e + 2 : e + 1);
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  std::string digits(1, text[0]);
  if (e > 2) digits += text.substr(2, e - 2);
  // The bounds are those of OTP 25: plain from 0.0001 (one digit), 0.001 (more) to below 1.0e16.
  if (exponent > 15 || exponent < -4 || (exponent == -4 && digits.size() > 1)) {
    out += digits[0];
    out += '.';
    out += digits.size() == 1 ? "0" : digits.substr(1);
    out += 'e';
    out += std::to_string(exponent);
    return;
  }
  if (exponent < 0) {
    out += "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
    return;
  }
  auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) digits += std::string(whole + 1 - digits.size(), '0');
  out += digits.substr(0, whole) + "." + digits.substr(whole);
}

}  // namespace beamish::inline v0::detail
