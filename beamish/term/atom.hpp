// SPDX-License-Identifier: Apache-2.0
//
// An Erlang atom: a name that is a value.
//
// ```cpp
// atom ok("ok");
// ok.name();                              //=> "ok"
// ok == atom("ok");                       //=> true
// elixir_module("TaskHandler").name();    //=> "Elixir.TaskHandler"
// atom(std::string(256, 'a'));            //=> throws
// ```
//
// 16 bytes. Names of up to 14 bytes are held in place and can be constants of the program; longer
// ones are one counted heap block.
//
// Guarantees: there is no table of atoms, so nothing is ever full or leaks. Order is that of the
// names' bytes, as in Erlang. A default atom is nil. Errors: names have at most 255 characters of
// UTF-8, more throws std::length_error; a long name may throw std::bad_alloc. Threads: copies may
// be used and destroyed by any thread.
//
// Mirrors atom(). When not to use it: for text that people write (std::string), or for the
// alternatives within one program (an enum, which converts to an atom).
#pragma once

#include <compare>
#include <cstddef>
#include <string_view>

#include "beamish/term/cell.hpp"

namespace beamish::inline v0 {

class term;

class atom {
 public:
  static constexpr std::size_t characters_max = 255;

  constexpr atom() noexcept = default;
  template <std::size_t N>
  constexpr atom(const char (&name)[N]) : atom(std::string_view(name)) {}
  explicit constexpr atom(std::string_view name)
      : cell_(name.size() <= detail::cell::text_in_place_max
                  ? detail::cell::text_in_place(term_kind::atom, name)
                  : long_name(name)) {}

  // Lives as long as this atom stays where it is.
  std::string_view name() const noexcept { return cell_.text_view(); }

  friend bool operator==(const atom& a, const atom& b) noexcept {
    if (a.cell_.same_words(b.cell_)) return true;
    return a.cell_.is_heap() && b.cell_.is_heap() && a.name() == b.name();
  }
  friend std::strong_ordering operator<=>(const atom& a, const atom& b) noexcept {
    return a.name() <=> b.name();
  }

 private:
  friend class term;
  explicit atom(detail::cell c) noexcept : cell_(static_cast<detail::cell&&>(c)) {}
  static detail::cell long_name(std::string_view name);

  detail::cell cell_;
};

// The atom that Elixir writes as `Name`: :"Elixir.Name".
atom elixir_module(std::string_view name);

}  // namespace beamish::inline v0
