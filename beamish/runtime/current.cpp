// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/current.hpp"

#include "beamish/runtime/memory_access.hpp"
#include "beamish/runtime/program.hpp"

namespace beamish::inline v0::detail {

namespace {
thread_local context* current = nullptr;
}

[[gnu::noinline]] context* current_context() noexcept {
  // The barrier keeps link-time optimisation from inlining and caching what this reads.
  asm volatile("" ::: "memory");
  return current;
}

[[gnu::noinline]] context* set_current_context(context* mine) noexcept {
  asm volatile("" ::: "memory");
  context* before = current;
  current = mine;
  return before;
}

void* pool_allocate(std::size_t bytes) {
  if (context* here = current_context()) return here->pool.allocate(bytes);
  return the_program().depot.allocate(bytes);
}

void pool_deallocate(void* block, std::size_t bytes) noexcept {
  if (context* here = current_context()) return here->pool.deallocate(block, bytes);
  the_program().depot.deallocate(block, bytes);
}

}  // namespace beamish::inline v0::detail
