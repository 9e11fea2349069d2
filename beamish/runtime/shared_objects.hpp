// SPDX-License-Identifier: Apache-2.0
//
// Objects that the processes of a node share, by name: what named ETS tables are to OTP.
//
//     node.shared.put("rooms", table);                 // in the place of an older one
//     node.shared.find("rooms");                       // null if there is none
//     node.shared.erase("rooms", table.get());         // only if it still is this one
//
// An object lives as long as somebody uses it, and who puts it there takes it away (`published`).
// Who kept what was found asks whether it is closed, and then looks the name up again.
//
// Threads: any.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>

namespace beamish::inline v0::detail {

class shared_object {
 public:
  virtual ~shared_object() = default;
  void close() noexcept { closed_.store(true, std::memory_order_release); }
  bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> closed_{false};
};

class shared_objects {
 public:
  void put(std::string_view name, std::shared_ptr<shared_object> object);
  void erase(std::string_view name, const shared_object* which) noexcept;
  std::shared_ptr<shared_object> find(std::string_view name) const noexcept;
  void clear() noexcept;

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::shared_ptr<shared_object>, std::less<>> objects_;
};

// An object is there for others while this lives.
class published {
 public:
  published(shared_objects& where, std::string name, std::shared_ptr<shared_object> object)
      : where_(where), name_(std::move(name)), object_(std::move(object)) {
    where_.put(name_, object_);
  }
  published(const published&) = delete;
  published& operator=(const published&) = delete;
  ~published() {
    object_->close();
    where_.erase(name_, object_.get());
  }

 private:
  shared_objects& where_;
  std::string name_;
  std::shared_ptr<shared_object> object_;
};

}  // namespace beamish::inline v0::detail
