// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/json.hpp"

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
