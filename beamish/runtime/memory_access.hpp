// SPDX-License-Identifier: Apache-2.0
//
// Memory for messages, frames and bodies, from the current thread's magazines or, elsewhere, the
// depot.
//
//     void* block = pool_allocate(48);
//     pool_deallocate(block, 48);          // any thread may give it back
//
// Throws std::bad_alloc, and then nothing has happened.
// tested in: memory_test.cpp
#pragma once

#include <cstddef>
#include <new>
#include <utility>

namespace beamish::inline v0::detail {

void* pool_allocate(std::size_t bytes);
void pool_deallocate(void* block, std::size_t bytes) noexcept;

template <class T, class... Args>
T* pool_new(Args&&... args) {
  void* memory = pool_allocate(sizeof(T));
  try {
    return ::new (memory) T(std::forward<Args>(args)...);
  } catch (...) {
    pool_deallocate(memory, sizeof(T));
    throw;
  }
}

template <class T>
void pool_delete(T* object) noexcept {
  object->~T();
  pool_deallocate(object, sizeof(T));
}

// Objects of such a class come from the pool, but for those that want a larger alignment than its.
struct from_pool {
  static void* operator new(std::size_t bytes) { return pool_allocate(bytes); }
  static void operator delete(void* block, std::size_t bytes) noexcept {
    pool_deallocate(block, bytes);
  }
  static void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return ::operator new(bytes, alignment);
  }
  static void operator delete(void* block, std::size_t, std::align_val_t alignment) noexcept {
    ::operator delete(block, alignment);
  }
};

// For the standard library: std::allocate_shared<T>(pool_allocator<T>(), ...).
template <class T>
struct pool_allocator {
  using value_type = T;
  pool_allocator() noexcept = default;
  template <class U>
  pool_allocator(const pool_allocator<U>&) noexcept {}
  T* allocate(std::size_t count) { return static_cast<T*>(pool_allocate(count * sizeof(T))); }
  void deallocate(T* block, std::size_t count) noexcept {
    pool_deallocate(block, count * sizeof(T));
  }
  friend bool operator==(const pool_allocator&, const pool_allocator&) noexcept { return true; }
};

}  // namespace beamish::inline v0::detail
