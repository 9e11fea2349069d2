// SPDX-License-Identifier: Apache-2.0
//
// Equality and order of terms. Nested values are compared with a stack on the heap, so that depth
// is bounded by memory only.
#include <algorithm>
#include <forward_list>
#include <tuple>
#include <vector>

#include "beamish/term/big_integer.hpp"
#include "beamish/term/term.hpp"
#include "beamish/term/term_access.hpp"

namespace beamish::inline v0 {

using detail::term_access;

namespace {

constexpr int list_rank = 9;

int rank(const term& t) noexcept {
  switch (t.kind()) {
    case term_kind::integer:
    case term_kind::big_integer:
    case term_kind::floating:
      return 0;
    case term_kind::atom:
      return 1;
    case term_kind::reference:
      return 2;
    case term_kind::function:
      return 3;
    case term_kind::opaque:
      return 4;
    case term_kind::port:
      return 5;
    case term_kind::pid:
      return 6;
    case term_kind::tuple:
      return 7;
    case term_kind::map:
    case term_kind::structure:
      return 8;
    case term_kind::list:
      return list_rank;
    case term_kind::binary:
    case term_kind::bitstring:
      return 10;
  }
  return 11;
}

// Two rows of terms that remain to be compared, `stride` apart, and what holds if all are equal.
struct row_pair {
  const term* a;
  const term* b;
  std::size_t left;
  std::size_t stride;
  bool exact;
  std::weak_ordering verdict;
};

class comparison {
 public:
  explicit comparison(bool equality_only) : equality_only_(equality_only) {}

  std::weak_ordering run(const term& a, const term& b, bool exact) {
    auto order = visit(a, b, exact);
    while (order == 0 && !pending_.empty()) {
      row_pair& top = pending_.back();
      if (top.left == 0) {
        order = top.verdict;
        pending_.pop_back();
        continue;
      }
      const term& x = *top.a;
      const term& y = *top.b;
      bool exact_here = top.exact;
      if (--top.left != 0) {
        top.a += top.stride;
        top.b += top.stride;
      }
      order = visit(x, y, exact_here);
    }
    return order;
  }

 private:
  // Settles what can be settled at once, and leaves the inside of equally long rows pending.
  std::weak_ordering visit(const term& a, const term& b, bool exact) {
    if (term_access::cell_of(a).same_words(term_access::cell_of(b)))
      return std::weak_ordering::equivalent;
    if (int ra = rank(a), rb = rank(b); ra != rb) return ra <=> rb;
    switch (a.kind()) {
      case term_kind::integer:
      case term_kind::big_integer:
      case term_kind::floating:
        return numbers(a, b, exact);
      case term_kind::atom:
        return *a.as_atom() <=> *b.as_atom();
      case term_kind::reference:
        return *a.as_reference() <=> *b.as_reference();
      case term_kind::port:
        return *a.as_port() <=> *b.as_port();
      case term_kind::pid:
        return *a.as_pid() <=> *b.as_pid();
      case term_kind::function:
      case term_kind::tuple:
        return rows(a, b, exact);
      case term_kind::list:
        return lists(a, b, exact);
      case term_kind::map:
      case term_kind::structure:
        return maps(a, b, exact);
      case term_kind::opaque:
        return term_access::cell_of(a).text_view() <=> term_access::cell_of(b).text_view();
      case term_kind::binary:
      case term_kind::bitstring:
        return bits(a, b);
    }
    return std::weak_ordering::equivalent;
  }

  static std::weak_ordering numbers(const term& a, const term& b, bool exact) noexcept {
    auto order = detail::compare_numbers(a, b);
    if (order != 0 || !exact) return order;
    return a.is_float() <=> b.is_float();
  }

  std::weak_ordering rows(const term& a, const term& b, bool exact) {
    auto x = term_access::terms_of(a);
    auto y = term_access::terms_of(b);
    if (x.size() != y.size()) return x.size() <=> y.size();
    if (x.empty()) return std::weak_ordering::equivalent;
    push(x.data(), y.data(), x.size(), 1, exact);
    return std::weak_ordering::equivalent;
  }

  std::weak_ordering lists(const term& a, const term& b, bool exact) {
    auto x = a.elements();
    auto y = b.elements();
    std::size_t common = std::min(x.size(), y.size());
    const term* tail_a = x.size() == common ? a.improper_tail() : nullptr;
    const term* tail_b = y.size() == common ? b.improper_tail() : nullptr;
    if (tail_a != nullptr && tail_b != nullptr) push(tail_a, tail_b, 1, 1, exact);
    auto verdict = std::weak_ordering::equivalent;
    if (tail_a == nullptr || tail_b == nullptr) {
      // At least one goes on as a list, which is then [] or not, and the other may be no list
      // there.
      auto rank_a = tail_a != nullptr ? 2 * rank(*tail_a) : 2 * list_rank + (x.size() > common);
      auto rank_b = tail_b != nullptr ? 2 * rank(*tail_b) : 2 * list_rank + (y.size() > common);
      verdict = rank_a <=> rank_b;
    }
    if (common == 0) return verdict;
    push(x.data(), y.data(), common, 1, exact, verdict);
    return std::weak_ordering::equivalent;
  }

  // By size, then all keys exactly, then all values.
  std::weak_ordering maps(const term& a, const term& b, bool exact) {
    if (a.size() != b.size()) return a.size() <=> b.size();
    if (a.size() == 0) return std::weak_ordering::equivalent;
    bool same_shape = equality_only_ && a.kind() == b.kind();
    auto x = same_shape ? a.entries() : sorted_entries(a);
    auto y = same_shape ? b.entries() : sorted_entries(b);
    if (same_shape && !std::ranges::equal(x, y, {}, &term_entry::key, &term_entry::key)) {
      x = sorted_entries(a);
      y = sorted_entries(b);
    }
    push(&x[0].value, &y[0].value, x.size(), 2, exact);
    push(&x[0].key, &y[0].key, x.size(), 2, true);
    return std::weak_ordering::equivalent;
  }

  // A struct's entries stand in the order of declaration.
  std::span<const term_entry> sorted_entries(const term& t) {
    if (!t.is_struct()) return t.entries();
    return sorted_.emplace_front(map_from(t.entries())).entries();
  }

  static std::weak_ordering bits(const term& a, const term& b) noexcept {
    auto x = bytes_of(a);
    auto y = bytes_of(b);
    return std::tie(x.bytes, x.bits) <=> std::tie(y.bytes, y.bits);
  }

  struct bit_view {
    std::string_view bytes;
    unsigned bits;
  };
  static bit_view bytes_of(const term& t) noexcept {
    auto bytes = term_access::cell_of(t).text_view();
    if (t.is_binary()) return {bytes, 8};
    auto used = static_cast<unsigned>(static_cast<unsigned char>(bytes.back()));
    bytes.remove_suffix(1);
    return {bytes, used};
  }

  void push(const term* a, const term* b, std::size_t count, std::size_t stride, bool exact,
            std::weak_ordering verdict = std::weak_ordering::equivalent) {
    pending_.push_back({a, b, count, stride, exact, verdict});
  }

  bool equality_only_;
  std::vector<row_pair> pending_;
  std::forward_list<term> sorted_;
};

}  // namespace

std::weak_ordering compare(const term& a, const term& b) {
  return comparison(false).run(a, b, false);
}

bool equals_loosely(const term& a, const term& b) { return comparison(true).run(a, b, false) == 0; }

std::strong_ordering operator<=>(const term& a, const term& b) {
  auto order = comparison(false).run(a, b, true);
  return order < 0   ? std::strong_ordering::less
         : order > 0 ? std::strong_ordering::greater
                     : std::strong_ordering::equal;
}

bool detail::equal_blocks(const term& a, const term& b) {
  return comparison(true).run(a, b, true) == 0;
}

}  // namespace beamish::inline v0
