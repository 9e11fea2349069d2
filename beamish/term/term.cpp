// SPDX-License-Identifier: Apache-2.0
#include "beamish/term/term.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>
#include <vector>

#include "beamish/term/big_integer.hpp"
#include "beamish/term/term_access.hpp"

namespace beamish::inline v0 {

using detail::block;
using detail::cell;
using detail::term_access;

term::term(const beamish::reference& value) {
  block* b = detail::allocate_block(sizeof value, false);
  std::memcpy(b + 1, &value, sizeof value);
  cell_ = cell(term_kind::reference, b);
}

cell term::unsigned_cell(std::uint64_t value) {
  std::uint32_t digits[] = {static_cast<std::uint32_t>(value),
                            static_cast<std::uint32_t>(value >> 32)};
  return big_integer(std::span<const std::uint32_t>(digits), false).cell_;
}

cell term::float_cell(double value) {
  if (std::isnan(value)) return cell::text_in_place(term_kind::atom, "nan");
  if (std::isinf(value)) {
    return cell::text_in_place(term_kind::atom, value > 0 ? "infinity" : "neg_infinity");
  }
  return cell(term_kind::floating, std::bit_cast<std::uint64_t>(value));
}

std::optional<atom> term::as_atom() const noexcept {
  if (!is_atom()) return std::nullopt;
  return atom(cell(cell_));
}

std::optional<bool> term::as_boolean() const noexcept {
  if (is_atom("true")) return true;
  if (is_atom("false")) return false;
  return std::nullopt;
}

std::optional<std::int64_t> term::as_integer() const noexcept {
  if (kind() != term_kind::integer) return std::nullopt;
  return static_cast<std::int64_t>(cell_.low());
}

std::optional<double> term::as_float() const noexcept {
  if (!is_float()) return std::nullopt;
  return std::bit_cast<double>(cell_.low());
}

std::optional<pid> term::as_pid() const noexcept {
  if (!is_pid()) return std::nullopt;
  return pid{static_cast<std::uint32_t>(cell_.low()), static_cast<std::uint32_t>(cell_.low() >> 32),
             cell_.third_word()};
}

std::optional<reference> term::as_reference() const noexcept {
  if (!is_reference()) return std::nullopt;
  beamish::reference value;
  std::memcpy(&value, cell_.heap_data(), sizeof value);
  return value;
}

std::optional<port_id> term::as_port() const noexcept {
  if (!is_port()) return std::nullopt;
  return port_id{cell_.third_word(), cell_.low()};
}

std::optional<atom> term::struct_module() const noexcept {
  if (!is_struct()) return std::nullopt;
  return entries()[0].value.as_atom();
}

std::optional<std::string_view> term::atom_name() const& noexcept {
  if (!is_atom()) return std::nullopt;
  return cell_.text_view();
}

std::optional<std::string_view> term::as_binary() const& noexcept {
  if (!is_binary()) return std::nullopt;
  return cell_.text_view();
}

std::span<const term> term::elements() const& noexcept {
  if (!is_tuple() && !is_list()) return {};
  auto all = term_access::terms_of(*this);
  return is_improper() ? all.first(all.size() - 1) : all;
}

const term* term::improper_tail() const& noexcept {
  if (!is_list() || !is_improper()) return nullptr;
  return &term_access::terms_of(*this).back();
}

std::span<const term_entry> term::entries() const& noexcept {
  if (!is_map()) return {};
  auto all = term_access::terms_of(*this);
  static_assert(sizeof(term_entry) == 2 * sizeof(term));
  return {reinterpret_cast<const term_entry*>(all.data()), all.size() / 2};
}

const term* term::find(const term& key) const& noexcept {
  auto all = entries();
  if (is_struct()) {
    auto found = std::ranges::find(all, key, &term_entry::key);
    return found == all.end() ? nullptr : &found->value;
  }
  auto found = std::ranges::lower_bound(all, key, {}, &term_entry::key);
  return found == all.end() || found->key != key ? nullptr : &found->value;
}

std::size_t term::size() const noexcept {
  if (is_binary()) return cell_.text_view().size();
  if (is_map()) return entries().size();
  return elements().size();
}

namespace detail {

row::~row() {
  if (block_ == nullptr) return;
  block_->size = used_;
  release(block_);
}

void row::push(term value) noexcept {
  ::new (reinterpret_cast<term*>(block_ + 1) + used_) term(static_cast<term&&>(value));
  ++used_;
}

term row::finish(bool improper) noexcept {
  if (block_ == nullptr) return term_access::make(cell(kind_, std::uint64_t{0}));
  block* done = block_;
  block_ = nullptr;
  done->improper = improper;
  return term_access::make(cell(kind_, done));
}

}  // namespace detail

using detail::row;

term tuple_from(std::span<const term> elements) {
  row r(term_kind::tuple, elements.size());
  for (const term& t : elements) r.push(t);
  return r.finish();
}

term list_from(std::span<const term> elements) {
  row r(term_kind::list, elements.size());
  for (const term& t : elements) r.push(t);
  return r.finish();
}

term list_from(std::span<const term> elements, const term& tail) {
  if (elements.empty()) return tail;
  bool improper = !tail.is_proper_list();
  // The raw terms of a list as tail end with its own tail, if it has one.
  auto rest = tail.is_list() ? term_access::terms_of(tail) : std::span(&tail, 1);
  row r(term_kind::list, elements.size() + rest.size());
  for (const term& t : elements) r.push(t);
  for (const term& t : rest) r.push(t);
  return r.finish(improper);
}

term map(std::initializer_list<term_entry> entries) { return map_from(entries); }

term map_from(std::span<const term_entry> entries) {
  std::vector<const term_entry*> sorted;
  sorted.reserve(entries.size());
  for (const term_entry& e : entries) sorted.push_back(&e);
  std::ranges::sort(sorted, [](const term_entry* a, const term_entry* b) {
    auto order = a->key <=> b->key;
    return order < 0 || (order == 0 && a < b);
  });
  // Of equal keys, the last in the order given stands last.
  std::size_t kept = 0;
  for (const term_entry* e : sorted) {
    if (kept != 0 && sorted[kept - 1]->key == e->key) --kept;
    sorted[kept++] = e;
  }
  row r(term_kind::map, 2 * kept);
  for (std::size_t i = 0; i < kept; ++i) {
    r.push(sorted[i]->key);
    r.push(sorted[i]->value);
  }
  return r.finish();
}

term keyword(std::initializer_list<keyword_entry> entries) {
  row r(term_kind::list, entries.size());
  for (const keyword_entry& e : entries) r.push(tuple(e.key, e.value));
  return r.finish();
}

term structure(atom module, std::initializer_list<keyword_entry> fields) {
  return structure_from(module, fields);
}

term structure_from(atom module, std::span<const keyword_entry> fields) {
  row r(term_kind::structure, 2 + 2 * fields.size());
  r.push(atom("__struct__"));
  r.push(module);
  for (const keyword_entry& f : fields) {
    r.push(f.key);
    r.push(f.value);
  }
  return r.finish();
}

term bitstring(std::string_view bytes, unsigned bits) {
  if (bits == 8 || bytes.empty()) return term(bytes);
  block* b = detail::allocate_block(bytes.size() + 1, false);
  auto* data = reinterpret_cast<unsigned char*>(b + 1);
  std::memcpy(data, bytes.data(), bytes.size());
  data[bytes.size() - 1] &= static_cast<unsigned char>(0xff00u >> bits);
  data[bytes.size()] = static_cast<unsigned char>(bits);
  return term_access::make(cell(term_kind::bitstring, b));
}

term function(atom module, atom name, unsigned arity) {
  return detail::make_row(term_kind::function, module, name, arity);
}

term opaque(std::string_view printed) {
  return term_access::make(cell::text(term_kind::opaque, printed));
}

}  // namespace beamish::inline v0
