// SPDX-License-Identifier: Apache-2.0
// Pooled memory for message nodes and frames: lists of free blocks that one thread owns, refilled
// and emptied 64 blocks at a time through a store that the whole program shares.
//
//   memory_depot depot;
//   magazines mine(depot);                 // one per worker
//   void* block = mine.allocate(48);
//   mine.deallocate(block, 48);            // or the magazines of any other thread
//
//   size_class_of(48)    //=> 1
//   size_class_of(2000)  //=> 255
//
// Threads: the depot is thread-safe, magazines belong to one thread at a time. A block may be given
// back anywhere: a flow from a producer to a consumer returns through the depot, one lock for 64.
// Failure: allocate throws std::bad_alloc and has then changed nothing; deallocate cannot fail.
// Memory of the pool is returned to the system when the depot ends, not before.
// Under AddressSanitizer every block comes from operator new, so that it sees each use after free.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>

namespace beamish::inline v0::detail {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool pooled_memory = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool pooled_memory = false;
#else
inline constexpr bool pooled_memory = true;
#endif
#else
inline constexpr bool pooled_memory = true;
#endif

inline constexpr std::uint8_t large_size_class = 255;
inline constexpr std::size_t size_class_count = 11;
inline constexpr std::uint16_t size_class_bytes[size_class_count] = {32,  48,  64,  96,  128, 192,
                                                                     256, 384, 512, 768, 1024};

// The class for each number of 16-byte units.
struct size_class_table {
  std::uint8_t of[65] = {};
  constexpr size_class_table() {
    std::uint8_t c = 0;
    for (std::size_t units = 0; units < 65; ++units) {
      if (units * 16 > size_class_bytes[c]) ++c;
      of[units] = c;
    }
  }
};
inline constexpr size_class_table size_classes{};

// 0..10, or 255 for what is larger than every class.
constexpr std::uint8_t size_class_of(std::size_t bytes) {
  return bytes <= 1024 ? size_classes.of[(bytes + 15) / 16] : large_size_class;
}

// What a free block holds: its list, and, in the first block of a list that lies in the depot, the
// next list and its own length.
struct free_block {
  free_block* next;
  free_block* next_list;
  std::uint64_t count;
};
static_assert(sizeof(free_block) <= 32);

struct free_list {
  free_block* head = nullptr;
  std::uint32_t count = 0;

  void push(void* memory) noexcept {
    free_block* block = ::new (memory) free_block;
    block->next = head;
    head = block;
    ++count;
  }
  void* pop() noexcept {  // REQUIRES: not empty
    free_block* block = head;
    head = block->next;
    --count;
    return block;
  }
};

class memory_depot {
 public:
  struct statistics {
    std::size_t chunks;          // pieces taken from the system
    std::size_t bytes_reserved;  // their sum
    std::size_t blocks_out;      // blocks in use or in somebody's magazines
  };
  static constexpr std::size_t chunk_bytes = 256 * 1024;
  // After so many of them (16 MiB) a chunk is a huge page.
  static constexpr std::size_t small_chunks = 64;
  static constexpr std::uint32_t magazine_blocks = 64;

  memory_depot() = default;
  memory_depot(const memory_depot&) = delete;
  memory_depot& operator=(const memory_depot&) = delete;
  // REQUIRES: no magazines are left, and no block of the pool is used afterwards.
  ~memory_depot();

  // For threads without magazines of their own; each takes a lock.
  void* allocate(std::size_t bytes);
  void deallocate(void* block, std::size_t bytes) noexcept;

  statistics stats() const;

 private:
  friend class magazines;
  struct shelf {
    free_block* lists = nullptr;  // lists of free blocks, usually of 64
    free_list loose;              // single blocks, until there are 64
  };

  free_list take(std::uint8_t size_class);                        // 1..64 blocks, or bad_alloc
  void give(std::uint8_t size_class, free_list blocks) noexcept;  // any number

  free_list take_locked(std::uint8_t size_class);
  void give_locked(std::uint8_t size_class, free_list blocks) noexcept;
  free_list carve(std::uint8_t size_class);
  void new_chunk();

  mutable std::mutex mutex_;
  shelf shelves_[size_class_count];
  std::byte* carve_at_ = nullptr;
  std::byte* carve_end_ = nullptr;
  std::byte* chunks_ = nullptr;  // each begins with the address of the one before
  std::size_t chunk_count_ = 0;
  std::size_t bytes_reserved_ = 0;
  std::size_t blocks_out_ = 0;
};

class magazines {
 public:
  explicit magazines(memory_depot& depot) : depot_(depot) {}
  magazines(const magazines&) = delete;
  magazines& operator=(const magazines&) = delete;
  ~magazines();  // gives all blocks back to the depot

  // At least `bytes` bytes, aligned to 16.
  void* allocate(std::size_t bytes) {
    const std::uint8_t c = size_class_of(bytes);
    if (!pooled_memory || c == large_size_class) [[unlikely]]
      return allocate_plain(bytes);
    free_list& list = loaded_[c];
    if (list.head == nullptr) [[unlikely]]
      return allocate_slowly(c);
    return list.pop();
  }

  // REQUIRES: `bytes` is what the block was allocated with, from this depot.
  void deallocate(void* memory, std::size_t bytes) noexcept {
    const std::uint8_t c = size_class_of(bytes);
    if (!pooled_memory || c == large_size_class) [[unlikely]]
      return ::operator delete(memory, bytes);
    free_list& list = loaded_[c];
    if (list.count == memory_depot::magazine_blocks) [[unlikely]]
      return deallocate_slowly(memory, c);
    list.push(memory);
  }

  // For tests: the next `allocations` succeed, the one after them throws bad_alloc, later ones
  // succeed again. Sizes of every kind count. While it is armed all allocation is slow.
  void set_fail_after(std::uint64_t allocations);
  void set_fail_never();

 private:
  void* allocate_slowly(std::uint8_t size_class);
  void* allocate_plain(std::size_t bytes);
  void deallocate_slowly(void* memory, std::uint8_t size_class) noexcept;
  void count_down();
  void disarm();

  memory_depot& depot_;
  // Two magazines for each class, so that a thread at the edge of one does not go to the depot at
  // every step. While a failure is armed, each loaded one looks empty to allocate and full to
  // deallocate, which sends both down the slow path; the blocks then all lie in the spare one.
  free_list loaded_[size_class_count];
  free_list spare_[size_class_count];
  bool armed_ = false;
  std::uint64_t fail_after_ = 0;
};

}  // namespace beamish::inline v0::detail
