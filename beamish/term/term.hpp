// SPDX-License-Identifier: Apache-2.0
//
// A value of any Erlang shape: what exit reasons, start arguments, and messages to other nodes are.
//
// ```cpp
// term t = tuple(atom("ok"), list(1, 2.5, "three"), map({{atom("limit"), 2}}));
// t;                                                  //=> {:ok, [1, 2.5, "three"], %{limit: 2}}
// t.elements()[0] == atom("ok");                      //=> true
// t.elements()[2].find(atom("limit"))->as_integer();  //=> 2
// t.elements()[1].as_integer().has_value();           //=> false
// equals_loosely(term(1), term(1.0));                 //=> true
// ```
//
// 16 bytes, immutable, cheap to copy: short atoms and binaries, integers, floats, pids and ports
// are in place, everything else is one counted heap block per level. A default or moved-from term
// is nil.
//
// Guarantees: operators compare exactly (as === and map keys do); compare() and equals_loosely()
// are Erlang's `<` and `==`, for which 1 and 1.0 are equal: number < atom < reference < function <
// port < pid < tuple < map < list < binary. Floats are finite: NaN and the infinities become the
// atoms nan, infinity and neg_infinity.
//
// Errors: copying, moving and destroying never fail and never allocate; builders throw
// std::bad_alloc; looking for another shape gives an empty optional or null. Threads: copies may be
// used and destroyed by any thread.
//
// Mirrors Erlang's terms. When not to use it: for data whose type is known; use that type, which
// converts by itself where a term is needed (conversion.hpp).
#pragma once

#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "beamish/term/atom.hpp"
#include "beamish/term/cell.hpp"
#include "beamish/term/identifiers.hpp"

namespace beamish::inline v0 {

class term;
struct term_entry;

namespace detail {
class term_access;

// What converts to this converts to anything, and is not known to be a text.
struct unrelated {};

template <class T>
inline constexpr bool is_text = std::is_convertible_v<const T&, std::string_view> &&
                                !std::is_convertible_v<const T&, unrelated> &&
                                !std::is_same_v<T, atom> && !std::is_same_v<T, term>;
bool equal_blocks(const term& a, const term& b);
}  // namespace detail

class term {
 public:
  constexpr term() noexcept = default;
  constexpr term(atom value) noexcept : cell_(static_cast<detail::cell&&>(value.cell_)) {}

  template <class T>
    requires std::is_same_v<T, bool>
  constexpr term(T value) noexcept
      : cell_(detail::cell::text_in_place(term_kind::atom, value ? "true" : "false")) {}

  template <class T>
    requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
  constexpr term(T value)
      : cell_(term_kind::integer, static_cast<std::uint64_t>(static_cast<std::int64_t>(value))) {
    if constexpr (std::is_unsigned_v<T> && sizeof(T) == 8) {
      if (value >> 63 != 0) cell_ = unsigned_cell(value);
    }
  }

  template <class T>
    requires std::is_floating_point_v<T>
  term(T value) : cell_(float_cell(static_cast<double>(value))) {}

  // Text is a binary, as "text" is in Elixir. REQUIRES: a pointer is not null.
  template <class T>
    requires detail::is_text<T>
  constexpr term(const T& text) : cell_(detail::cell::text(term_kind::binary, text)) {}
  term(std::nullptr_t) = delete;

  constexpr term(pid value) noexcept
      : cell_(term_kind::pid, value.node | static_cast<std::uint64_t>(value.id) << 32,
              value.serial) {}
  constexpr term(port_id value) noexcept : cell_(term_kind::port, value.id, value.node) {}
  term(const reference& value);

  constexpr term_kind kind() const noexcept { return cell_.kind(); }

  bool is_atom() const noexcept { return kind() == term_kind::atom; }
  bool is_atom(std::string_view name) const noexcept {
    return is_atom() && cell_.text_view() == name;
  }
  bool is_nil() const noexcept { return cell_.same_words(detail::cell()); }
  bool is_integer() const noexcept {
    return kind() == term_kind::integer || kind() == term_kind::big_integer;
  }
  bool is_float() const noexcept { return kind() == term_kind::floating; }
  bool is_number() const noexcept { return is_integer() || is_float(); }
  bool is_binary() const noexcept { return kind() == term_kind::binary; }
  bool is_bitstring() const noexcept { return is_binary() || kind() == term_kind::bitstring; }
  bool is_tuple() const noexcept { return kind() == term_kind::tuple; }
  bool is_list() const noexcept { return kind() == term_kind::list; }
  bool is_proper_list() const noexcept { return is_list() && !is_improper(); }
  // A struct is a map, as in Elixir.
  bool is_map() const noexcept { return kind() == term_kind::map || is_struct(); }
  bool is_struct() const noexcept { return kind() == term_kind::structure; }
  bool is_pid() const noexcept { return kind() == term_kind::pid; }
  bool is_reference() const noexcept { return kind() == term_kind::reference; }
  bool is_port() const noexcept { return kind() == term_kind::port; }
  bool is_function() const noexcept { return kind() == term_kind::function; }
  bool is_opaque() const noexcept { return kind() == term_kind::opaque; }

  std::optional<atom> as_atom() const noexcept;
  std::optional<bool> as_boolean() const noexcept;
  // Nothing for integers beyond 64 bits: see big_integer.hpp.
  std::optional<std::int64_t> as_integer() const noexcept;
  std::optional<double> as_float() const noexcept;
  std::optional<pid> as_pid() const noexcept;
  std::optional<beamish::reference> as_reference() const noexcept;
  std::optional<port_id> as_port() const noexcept;
  // The atom after % in %Name{…}.
  std::optional<atom> struct_module() const noexcept;

  // The views below live as long as this term stays where it is and keeps its value.
  std::optional<std::string_view> atom_name() const& noexcept;
  std::optional<std::string_view> atom_name() && = delete;
  std::optional<std::string_view> as_binary() const& noexcept;
  std::optional<std::string_view> as_binary() && = delete;
  // The items of a tuple or list, without an improper tail; of anything else none.
  std::span<const term> elements() const& noexcept;
  std::span<const term> elements() && = delete;
  // What follows the last element of an improper list; null if the list is proper.
  const term* improper_tail() const& noexcept;
  const term* improper_tail() && = delete;
  // The entries of a map in the order of their keys; of a struct in the order of declaration, after
  // __struct__.
  std::span<const term_entry> entries() const& noexcept;
  std::span<const term_entry> entries() && = delete;
  // The value of a key in a map or struct; null if there is none.
  const term* find(const term& key) const& noexcept;
  const term* find(const term& key) && = delete;

  // Elements of a tuple or list, entries of a map (with __struct__), bytes of a binary; else 0.
  std::size_t size() const noexcept;

  friend bool operator==(const term& a, const term& b) {
    if (a.cell_.same_words(b.cell_)) return true;
    if (a.cell_.is_heap() && b.cell_.is_heap()) return detail::equal_blocks(a, b);
    // 0.0 and -0.0 are the only values in place that have two forms.
    return a.is_float() && b.is_float() &&
           std::bit_cast<double>(a.cell_.low()) == std::bit_cast<double>(b.cell_.low());
  }
  friend std::strong_ordering operator<=>(const term& a, const term& b);

 private:
  friend class detail::term_access;
  constexpr explicit term(detail::cell c) noexcept : cell_(static_cast<detail::cell&&>(c)) {}

  static detail::cell unsigned_cell(std::uint64_t value);
  static detail::cell float_cell(double value);
  bool is_improper() const noexcept { return cell_.is_heap() && cell_.heap()->improper; }

  detail::cell cell_;
};

static_assert(sizeof(term) == 16);

struct term_entry {
  term key;
  term value;

  friend bool operator==(const term_entry&, const term_entry&) = default;
};

struct keyword_entry {
  atom key;
  term value;
};

// Erlang's order, in which 1 and 1.0 are equivalent.
std::weak_ordering compare(const term& a, const term& b);
bool equals_loosely(const term& a, const term& b);

namespace detail {

// Tuples, lists and other rows of terms in the making: they are written once, in place.
class row {
 public:
  row(term_kind kind, std::size_t capacity)
      : kind_(kind), block_(capacity == 0 ? nullptr : allocate_block(capacity, true)) {}
  row(const row&) = delete;
  row& operator=(const row&) = delete;
  ~row();

  // REQUIRES: fewer than `capacity` so far.
  void push(term value) noexcept;
  // REQUIRES: `capacity` were pushed, and if `improper` at least two.
  term finish(bool improper = false) noexcept;

 private:
  term_kind kind_;
  block* block_;
  std::size_t used_ = 0;
};

template <class... T>
term make_row(term_kind kind, T&&... values) {
  row r(kind, sizeof...(T));
  (r.push(term(static_cast<T&&>(values))), ...);
  return r.finish();
}

}  // namespace detail

template <class... T>
  requires(std::is_constructible_v<term, T> && ...)
term tuple(T&&... elements) {
  return detail::make_row(term_kind::tuple, static_cast<T&&>(elements)...);
}

template <class... T>
  requires(std::is_constructible_v<term, T> && ...)
term list(T&&... elements) {
  return detail::make_row(term_kind::list, static_cast<T&&>(elements)...);
}

term tuple_from(std::span<const term> elements);
term list_from(std::span<const term> elements);
// [elements… | tail]; a list as tail continues the list.
term list_from(std::span<const term> elements, const term& tail);

// A key that stands twice keeps its last value.
term map(std::initializer_list<term_entry> entries);
term map_from(std::span<const term_entry> entries);

// [a: 1, b: 2], a list of pairs.
term keyword(std::initializer_list<keyword_entry> entries);

// %Name{a: 1, b: 2}, where module is :"Elixir.Name". REQUIRES: no field stands twice.
term structure(atom module, std::initializer_list<keyword_entry> fields);
term structure_from(atom module, std::span<const keyword_entry> fields);

// The last byte of `bytes` counts with its `bits` highest bits. REQUIRES: 1 <= bits <= 8, and bytes
// unless empty.
term bitstring(std::string_view bytes, unsigned bits);

// A function is known by what it is called; it can't be called through a term. Without a name it
// stands for a closure made in the module.
term function(atom module, atom name, unsigned arity);

// Something that has no term shape, by what it should print as: #name<…>.
term opaque(std::string_view printed);

}  // namespace beamish::inline v0
