// SPDX-License-Identifier: Apache-2.0
//
// Writes JSON objects, for what the log hands to other programs.
//
//     std::string out;
//     json_object o(out);
//     o.text("title", "Emma \"2\"").number("pages", 474).text_or_null("shelf", "");
//     o.end();
//     out;    //=> "{\"title\":\"Emma \\\"2\\\"\",\"pages\":474,\"shelf\":null}"
//
// One line without blanks; members stand as they were added. Text that is not UTF-8 is written with
// U+FFFD for each byte that is wrong: the line is valid JSON whatever it tells of.
// Threads: none; one owner. Errors: std::bad_alloc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "beamish/term/term.hpp"

namespace beamish::inline v0::detail {

void write_json(std::string& out, std::string_view text);
// A term as JSON: numbers, booleans, nil and texts as such, atoms as texts, keyword lists as
// objects, other lists as arrays; anything else as the text that inspect shows.
void write_json_term(std::string& out, const term& value);
// A keyword list, as an object; nil as an empty one.
void write_json_members(std::string& out, const term& keywords);

class json_object {
 public:
  explicit json_object(std::string& out) : out_(out) { out_ += '{'; }

  // The value is written to what this returns.
  std::string& member(std::string_view key);
  json_object& text(std::string_view key, std::string_view value);
  // An empty value is null.
  json_object& text_or_null(std::string_view key, std::string_view value);
  json_object& number(std::string_view key, std::uint64_t value);
  // `write(out, item)` writes one.
  template <class Items, class Write>
  json_object& list(std::string_view key, const Items& items, Write write) {
    std::string& out = member(key);
    out += '[';
    bool first = true;
    for (const auto& item : items) {
      if (!first) out += ',';
      first = false;
      write(out, item);
    }
    out += ']';
    return *this;
  }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  bool empty_ = true;
};

}  // namespace beamish::inline v0::detail
