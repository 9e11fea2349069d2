// SPDX-License-Identifier: Apache-2.0
//
// How Elixir 1.14 writes atoms, texts and floats.
//
//     detail::write_atom(out, "ok")             // :ok
//     detail::write_atom(out, "two words")      // :"two words"
//     detail::write_key(out, "two words")       // "two words":
//
// Threads: pure functions; each appends to `out`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace beamish::inline v0::detail {

// The first character of a text and its length; 0 bytes if it is not UTF-8.
// REQUIRES: the text is not empty.
struct utf8_character {
  char32_t character;
  std::size_t bytes;
};
utf8_character decode_utf8(std::string_view text) noexcept;

// As a value: ok → :ok, nil → nil, Elixir.Foo → Foo.
void write_atom(std::string& out, std::string_view name);
// As a key in front of a value: ok → `ok:`.
void write_key(std::string& out, std::string_view name);
// As a function of a module: map → `.map`.
void write_call(std::string& out, std::string_view name);
// Keys that are modules are written with =>.
bool can_be_key(std::string_view name) noexcept;

// Between quotes, at most `limit` characters, then what stands for the rest.
void write_text(std::string& out, std::string_view text, char quote, std::size_t limit);
// Whether the first `limit` characters are UTF-8 that can be shown.
bool is_printable(std::string_view text, std::size_t limit) noexcept;
// Whether a list with this element may be a text.
bool is_printable_ascii(std::int64_t character) noexcept;

void write_float(std::string& out, double value);

}  // namespace beamish::inline v0::detail
