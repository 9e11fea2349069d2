// SPDX-License-Identifier: Apache-2.0
#include "beamish/term/cell.hpp"

#include <atomic>
#include <cstring>
#include <new>
#include <stdexcept>

namespace beamish::inline v0::detail {

void retain(block* b) noexcept {
  std::atomic_ref(b->references).fetch_add(1, std::memory_order_relaxed);
}

namespace {

bool drop_reference(block* b) noexcept {
  std::atomic_ref references(b->references);
  // The only owner needs no read-modify-write: nobody else can be copying it.
  if (references.load(std::memory_order_acquire) == 1) return true;
  return references.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

cell* cells_of(block* b) noexcept { return reinterpret_cast<cell*>(b + 1); }

}  // namespace

// Dead blocks wait in a list that runs through their own headers, so that neither stack nor heap is
// needed to destroy a value of any depth.
void release(block* b) noexcept {
  if (!drop_reference(b)) return;
  b->references = 0;
  block* dying = b;
  while (dying != nullptr) {
    block* current = dying;
    dying = reinterpret_cast<block*>(current->references);
    if (current->holds_terms) {
      cell* cells = cells_of(current);
      for (std::size_t i = 0; i < current->size; ++i) {
        // Each cell's reference is given up here, so the cell itself is never destroyed.
        if (!cells[i].is_heap()) continue;
        block* child = cells[i].heap();
        if (!drop_reference(child)) continue;
        child->references = reinterpret_cast<std::uint64_t>(dying);
        dying = child;
      }
    }
    ::operator delete(current);
  }
}

block* allocate_block(std::size_t size, bool holds_terms) {
  if (size >= std::size_t{1} << 52) throw std::length_error("a term of this size can't exist");
  std::size_t bytes = holds_terms ? size * sizeof(cell) : size;
  void* memory = ::operator new(sizeof(block) + bytes);
  auto* b = ::new (memory) block{};
  b->references = 1;
  b->size = size;
  b->holds_terms = holds_terms;
  return b;
}

cell cell::long_text(term_kind kind, std::string_view text) {
  block* b = allocate_block(text.size(), false);
  std::memcpy(b + 1, text.data(), text.size());
  return cell(kind, b);
}

}  // namespace beamish::inline v0::detail
