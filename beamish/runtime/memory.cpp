// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/memory.hpp"

#include <sys/mman.h>

#include <cstring>
#include <utility>

namespace beamish::inline v0::detail {

namespace {

constexpr std::size_t huge_page = 2 * 1024 * 1024;
// The first line of a chunk holds this.
struct chunk_start {
  std::byte* before;  // the chunk before it
  std::size_t alignment;
};
constexpr std::size_t chunk_header = 64;

void* plain_new(std::size_t bytes) { return ::operator new(bytes); }
void plain_delete(void* block, std::size_t bytes) noexcept { ::operator delete(block, bytes); }

}  // namespace

// The depot.

memory_depot::~memory_depot() {
  while (chunks_ != nullptr) {
    chunk_start start;
    std::memcpy(&start, chunks_, sizeof start);
    ::operator delete(chunks_, std::align_val_t{start.alignment});
    chunks_ = start.before;
  }
}

void* memory_depot::allocate(std::size_t bytes) {
  const std::uint8_t c = size_class_of(bytes);
  if (!pooled_memory || c == large_size_class) return plain_new(bytes);
  const std::lock_guard lock(mutex_);
  free_list& loose = shelves_[c].loose;
  if (loose.count == 0) loose = take_locked(c);
  ++blocks_out_;
  return loose.pop();
}

void memory_depot::deallocate(void* block, std::size_t bytes) noexcept {
  const std::uint8_t c = size_class_of(bytes);
  if (!pooled_memory || c == large_size_class) return plain_delete(block, bytes);
  const std::lock_guard lock(mutex_);
  free_list one;
  one.push(block);
  give_locked(c, one);
  --blocks_out_;
}

memory_depot::statistics memory_depot::stats() const {
  const std::lock_guard lock(mutex_);
  return {chunk_count_, bytes_reserved_, blocks_out_};
}

free_list memory_depot::take(std::uint8_t size_class) {
  const std::lock_guard lock(mutex_);
  const free_list blocks = take_locked(size_class);
  blocks_out_ += blocks.count;
  return blocks;
}

void memory_depot::give(std::uint8_t size_class, free_list blocks) noexcept {
  if (blocks.count == 0) return;
  const std::lock_guard lock(mutex_);
  blocks_out_ -= blocks.count;
  give_locked(size_class, blocks);
}

free_list memory_depot::take_locked(std::uint8_t size_class) {
  shelf& from = shelves_[size_class];
  if (from.lists != nullptr) {
    free_block* head = from.lists;
    from.lists = head->next_list;
    return {head, magazine_blocks};
  }
  if (from.loose.count > 0) return std::exchange(from.loose, {});
  return carve(size_class);
}

void memory_depot::give_locked(std::uint8_t size_class, free_list blocks) noexcept {
  shelf& to = shelves_[size_class];
  const auto shelve = [&to](free_list full) {
    full.head->next_list = to.lists;
    to.lists = full.head;
  };
  if (blocks.count == magazine_blocks) return shelve(blocks);
  while (blocks.count > 0) {
    to.loose.push(blocks.pop());
    if (to.loose.count == magazine_blocks) shelve(std::exchange(to.loose, {}));
  }
}

// Fresh blocks, linked in the order of their addresses; fewer than 64 at the end of a chunk.
free_list memory_depot::carve(std::uint8_t size_class) {
  const std::size_t bytes = size_class_bytes[size_class];
  if (static_cast<std::size_t>(carve_end_ - carve_at_) < bytes) new_chunk();
  const std::size_t left = static_cast<std::size_t>(carve_end_ - carve_at_) / bytes;
  const std::size_t count = left < magazine_blocks ? left : magazine_blocks;
  free_list blocks;
  for (std::size_t i = count; i-- > 0;) blocks.push(carve_at_ + i * bytes);
  carve_at_ += count * bytes;
  return blocks;
}

// A pool that has grown large goes on in huge pages, if the system has them: what lies far apart in
// it is then found without a walk through the page tables, which costs more than the access itself.
void memory_depot::new_chunk() {
  const bool large = bytes_reserved_ >= small_chunks * chunk_bytes;
  const std::size_t bytes = large ? huge_page : chunk_bytes;
  const std::size_t alignment = large ? huge_page : chunk_header;
  auto* chunk = static_cast<std::byte*>(::operator new(bytes, std::align_val_t{alignment}));
  if (large) ::madvise(chunk, bytes, MADV_HUGEPAGE);  // refused: small pages do as well
  const chunk_start start{chunks_, alignment};
  std::memcpy(chunk, &start, sizeof start);
  chunks_ = chunk;
  ++chunk_count_;
  bytes_reserved_ += bytes;
  carve_at_ = chunk + chunk_header;
  carve_end_ = chunk + bytes;
}

// The magazines of one thread.

magazines::~magazines() {
  if (armed_) disarm();
  for (std::uint8_t c = 0; c < size_class_count; ++c) {
    depot_.give(c, loaded_[c]);
    depot_.give(c, spare_[c]);
  }
}

void* magazines::allocate_slowly(std::uint8_t size_class) {
  if (armed_) count_down();
  free_list& spare = spare_[size_class];
  free_list& loaded = loaded_[size_class];
  if (armed_) {
    if (spare.count == 0) spare = depot_.take(size_class);
    return spare.pop();
  }
  loaded = spare.count > 0 ? std::exchange(spare, {}) : depot_.take(size_class);
  return loaded.pop();
}

void* magazines::allocate_plain(std::size_t bytes) {
  if (armed_) count_down();
  return plain_new(bytes);
}

void magazines::deallocate_slowly(void* memory, std::uint8_t size_class) noexcept {
  free_list& spare = spare_[size_class];
  free_list& loaded = loaded_[size_class];
  if (armed_) return spare.push(memory);
  depot_.give(size_class, spare);
  spare = std::exchange(loaded, {});
  loaded.push(memory);
}

void magazines::set_fail_after(std::uint64_t allocations) {
  if (!armed_ && pooled_memory) {
    for (std::uint8_t c = 0; c < size_class_count; ++c) {
      while (loaded_[c].count > 0) spare_[c].push(loaded_[c].pop());
      loaded_[c].count = memory_depot::magazine_blocks;
    }
  }
  armed_ = true;
  fail_after_ = allocations;
}

void magazines::set_fail_never() {
  if (armed_) disarm();
}

void magazines::count_down() {
  if (fail_after_ > 0) {
    --fail_after_;
    return;
  }
  disarm();
  throw std::bad_alloc();
}

void magazines::disarm() {
  armed_ = false;
  for (std::uint8_t c = 0; c < size_class_count; ++c) {
    loaded_[c] = {};
    depot_.give(c, std::exchange(spare_[c], {}));
  }
}

}  // namespace beamish::inline v0::detail
