#include <cstdlib>
#include <new>

#include <malloc.h>
#include <string.h>

/// In this program whatever is deleted is overwritten first: what a search of the memory finds is in a live object.

namespace {

void* try_to_allocate(std::size_t size) noexcept { return std::malloc(size == 0 ? 1 : size); }

void* allocate(std::size_t size) {
  if (void* const memory = try_to_allocate(size))
    return memory;
  throw std::bad_alloc();
}

void wipe_and_free(void* memory) noexcept {
  if (memory == nullptr)
    return;
  ::explicit_bzero(memory, ::malloc_usable_size(memory));
  std::free(memory);
}

} // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return try_to_allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return try_to_allocate(size); }
void operator delete(void* memory) noexcept { wipe_and_free(memory); }
void operator delete[](void* memory) noexcept { wipe_and_free(memory); }
void operator delete(void* memory, std::size_t) noexcept { wipe_and_free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { wipe_and_free(memory); }
