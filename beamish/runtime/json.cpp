// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/json.hpp"

#include "beamish/term/inspect.hpp"
#include "beamish/term/quoting.hpp"

namespace beamish::inline v0::detail {

namespace {

void write_escaped(std::string& out, char c) {
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '"':
    case '\\':
      out += '\\';
      out += c;
      return;
    default:
      out += "\\u00";
      out += "0123456789abcdef"[c >> 4];
      out += "0123456789abcdef"[c & 15];
  }
}

}  // namespace

void write_json(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto [character, bytes] = decode_utf8(text);
    if (bytes == 0)
      out += "\xef\xbf\xbd";
    else if (character < 0x20 || character == '"' || character == '\\')
      write_escaped(out, text[0]);
    else
      out += text.substr(0, bytes);
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  out += '"';
}

namespace {

bool is_keyword_list(const term& value) {
  if (!value.is_proper_list() || value.elements().empty()) return false;
  for (const term& entry : value.elements()) {
    if (!entry.is_tuple() || entry.size() != 2 || !entry.elements()[0].is_atom()) return false;
  }
  return true;
}

void write_array(std::string& out, const term& value) {
  out += '[';
  bool first = true;
  for (const term& one : value.elements()) {
    if (!first) out += ',';
    first = false;
    write_json_term(out, one);
  }
  out += ']';
}

}  // namespace

void write_json_members(std::string& out, const term& keywords) {
  json_object o(out);
  for (const term& entry : keywords.elements())
    write_json_term(o.member(*entry.elements()[0].atom_name()), entry.elements()[1]);
  o.end();
}

void write_json_term(std::string& out, const term& value) {
  if (value.is_nil())
    out += "null";
  else if (value.is_number() || value.as_boolean())
    out += inspect(value);
  else if (const auto text = value.as_binary())
    write_json(out, *text);
  else if (const auto name = value.atom_name())
    write_json(out, *name);
  else if (is_keyword_list(value))
    write_json_members(out, value);
  else if (value.is_proper_list())
    write_array(out, value);
  else
    write_json(out, inspect(value));
}

std::string& json_object::member(std::string_view key) {
  if (!empty_) out_ += ',';
  empty_ = false;
  write_json(out_, key);
  return out_ += ':';
}

json_object& json_object::text(std::string_view key, std::string_view value) {
  write_json(member(key), value);
  return *this;
}

json_object& json_object::text_or_null(std::string_view key, std::string_view value) {
  if (!value.empty()) return text(key, value);
  member(key) += "null";
  return *this;
}

json_object& json_object::number(std::string_view key, std::uint64_t value) {
  member(key) += std::to_string(value);
  return *this;
}

}  // namespace beamish::inline v0::detail
