// SPDX-License-Identifier: Apache-2.0
//
// One of the owners of an object that counts them itself: a word where std::shared_ptr takes two,
// and a count in the object where that has a block of its own.
//
//     struct record : from_pool {
//       mutable std::atomic<std::uint32_t> references{0};
//     };
//     counted<record> mine(new record);
//     counted<record> yours = mine;          // the last one to go deletes it
//
// Threads: the object may be owned from several; each owner is a value. Failure: nothing throws.
#pragma once

#include <atomic>
#include <memory>
#include <type_traits>
#include <utility>

namespace beamish::inline v0::detail {

// REQUIRES: Record has a virtual destructor where it is not the object's own type.
template <class Record>
class counted {
 public:
  counted() = default;
  // One owner more.
  explicit counted(Record* r) noexcept : record_(r) { hold(); }
  template <class Derived>
    requires std::is_convertible_v<Derived*, Record*>
  counted(const counted<Derived>& other) noexcept : record_(other.get()) {
    hold();
  }
  // The first one, which nobody can have copied yet.
  template <class Derived>
    requires std::is_convertible_v<Derived*, Record*>
  counted(std::unique_ptr<Derived> made) noexcept : record_(made.release()) {
    if (record_ != nullptr) record_->references.store(1, std::memory_order_relaxed);
  }
  counted(const counted& other) noexcept : record_(other.record_) { hold(); }
  counted(counted&& other) noexcept : record_(other.release()) {}
  counted& operator=(counted other) noexcept {
    std::swap(record_, other.record_);
    return *this;
  }
  ~counted() {
    if (record_ != nullptr && record_->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete record_;
  }

  Record* get() const noexcept { return record_; }
  Record* operator->() const noexcept { return record_; }
  Record& operator*() const noexcept { return *record_; }
  friend bool operator==(const counted& a, const counted& b) noexcept {
    return a.record_ == b.record_;
  }

  // The owner is the caller now, and whoever adopts it from there.
  Record* release() noexcept { return std::exchange(record_, nullptr); }
  static counted adopt(Record* released) noexcept {
    counted owner;
    owner.record_ = released;
    return owner;
  }

 private:
  void hold() const noexcept {
    if (record_ != nullptr) record_->references.fetch_add(1, std::memory_order_relaxed);
  }
  Record* record_ = nullptr;
};

}  // namespace beamish::inline v0::detail
