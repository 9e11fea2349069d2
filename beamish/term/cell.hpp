// SPDX-License-Identifier: Apache-2.0
//
// The 16 bytes inside every atom and term: a value in place, or a counted pointer to an immutable
// one.
//
//     bytes 0–7    the number, the first 8 characters, or the address of a heap block
//     bytes 8–13   6 more characters, or the third word of a pid
//     byte  14     length of a text in place
//     byte  15     kind; its highest bit says that bytes 0–7 point to a heap block
//
// Invariants: one value has one form (a text that fits is in place, an empty list is in place,
// unused bytes are 0), so two cells with equal words are equal, and two different cells in place
// differ, floats apart. A heap block never changes after its cell was made, so cells may be copied
// and destroyed by any thread; one cell must not be written by one thread while another reads it.
// Copying, moving and destroying a value in place touches no memory but the cell. A copy never
// allocates. Destruction uses constant stack, however deep the value is nested.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace beamish::inline v0 {

enum class term_kind : std::uint8_t {
  atom,
  integer,
  big_integer,
  floating,
  binary,
  bitstring,
  tuple,
  list,
  map,
  structure,
  pid,
  reference,
  port,
  function,
  opaque,
};

namespace detail {

static_assert(std::endian::native == std::endian::little, "texts in place rely on the byte order");

// What precedes the data of a heap block: bytes, or terms if `holds_terms`.
struct block {
  // While it lives: how many cells point here. While it dies: the next block to destroy.
  std::uint64_t references;
  std::uint64_t size : 56;
  std::uint64_t holds_terms : 1;
  std::uint64_t negative : 1;
  std::uint64_t improper : 1;
};
static_assert(sizeof(block) == 16);

void retain(block* b) noexcept;
void release(block* b) noexcept;

// The data follows uninitialised. Throws std::bad_alloc, or std::length_error beyond 2^56.
block* allocate_block(std::size_t size, bool holds_terms);

class cell {
 public:
  static constexpr std::size_t text_in_place_max = 14;

  constexpr cell() noexcept : low_(nil_text), high_(nil_length) {}
  constexpr cell(term_kind kind, std::uint64_t low, std::uint64_t high = 0) noexcept
      : low_(low), high_(high | static_cast<std::uint64_t>(kind) << 56) {}
  // Takes over one reference to the block.
  cell(term_kind kind, block* owned) noexcept
      : low_(reinterpret_cast<std::uint64_t>(owned)),
        high_(heap_bit | static_cast<std::uint64_t>(kind) << 56) {}

  constexpr cell(const cell& other) noexcept : low_(other.low_), high_(other.high_) {
    if (is_heap()) retain(heap());
  }
  constexpr cell(cell&& other) noexcept : low_(other.low_), high_(other.high_) {
    other.low_ = nil_text;
    other.high_ = nil_length;
  }
  constexpr cell& operator=(const cell& other) noexcept {
    cell copy(other);
    swap(copy);
    return *this;
  }
  constexpr cell& operator=(cell&& other) noexcept {
    cell taken(static_cast<cell&&>(other));
    swap(taken);
    return *this;
  }
  constexpr ~cell() {
    if (is_heap()) release(heap());
  }

  // REQUIRES: at most text_in_place_max bytes.
  static constexpr cell text_in_place(term_kind kind, std::string_view text) noexcept {
    std::array<char, 16> bytes{};
    for (std::size_t i = 0; i < text.size(); ++i) bytes[i] = text[i];
    const auto words = std::bit_cast<std::array<std::uint64_t, 2>>(bytes);
    return cell(kind, words[0], words[1] | static_cast<std::uint64_t>(text.size()) << 48);
  }
  static cell long_text(term_kind kind, std::string_view text);
  static constexpr cell text(term_kind kind, std::string_view text) {
    return text.size() <= text_in_place_max ? text_in_place(kind, text) : long_text(kind, text);
  }

  constexpr term_kind kind() const noexcept { return static_cast<term_kind>((high_ >> 56) & 0x7f); }
  constexpr bool is_heap() const noexcept { return (high_ & heap_bit) != 0; }
  constexpr std::uint64_t low() const noexcept { return low_; }
  // The bits above the third word's 32 hold length and kind.
  constexpr std::uint32_t third_word() const noexcept { return static_cast<std::uint32_t>(high_); }

  // REQUIRES: is_heap().
  block* heap() const noexcept { return reinterpret_cast<block*>(low_); }
  const char* heap_data() const noexcept {
    return reinterpret_cast<const char*>(low_) + sizeof(block);
  }

  // REQUIRES: the kind holds bytes. The view lives as long as this cell stays where it is.
  std::string_view text_view() const noexcept {
    if (is_heap()) return {heap_data(), static_cast<std::size_t>(heap()->size)};
    return {reinterpret_cast<const char*>(this), static_cast<std::size_t>((high_ >> 48) & 0xff)};
  }

  constexpr bool same_words(const cell& other) const noexcept {
    return low_ == other.low_ && high_ == other.high_;
  }

 private:
  static constexpr std::uint64_t heap_bit = std::uint64_t{1} << 63;
  static constexpr std::uint64_t nil_text = 0x6c696e;  // "nil"
  static constexpr std::uint64_t nil_length = std::uint64_t{3} << 48;

  constexpr void swap(cell& other) noexcept {
    std::uint64_t low = low_;
    std::uint64_t high = high_;
    low_ = other.low_;
    high_ = other.high_;
    other.low_ = low;
    other.high_ = high;
  }

  std::uint64_t low_;
  std::uint64_t high_;
};

static_assert(sizeof(cell) == 16 && static_cast<int>(term_kind::atom) == 0);

}  // namespace detail
}  // namespace beamish::inline v0
