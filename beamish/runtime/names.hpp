// SPDX-License-Identifier: Apache-2.0
//
// Names of one node: one process per name, one name per process.
//
//     names.insert("library", p)   // name_result::done, unless the name is taken or `p` has
//     another names.find("library")        // the pid, or an empty one
//
// Threads: any. A name is removed before anybody is told of its holder's death.
#pragma once

#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "beamish/term/identifiers.hpp"

namespace beamish::inline v0::detail {

enum class name_result : std::uint8_t { done, name_taken, has_name };

class name_table {
 public:
  name_result insert(std::string_view name, pid holder);
  // Only if `holder` holds it; true if it was removed.
  bool erase(std::string_view name, pid holder) noexcept;
  pid find(std::string_view name) const noexcept;
  // Whatever name `holder` has.
  void forget(pid holder) noexcept;
  std::string name_of(pid holder) const;  // empty if it has none
  std::vector<std::string> all() const;   // sorted
  std::size_t size() const noexcept;
  void clear() noexcept;

 private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const noexcept {
      return std::hash<std::string_view>{}(s);
    }
  };
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, pid, text_hash, std::equal_to<>> pids_;
  std::map<pid, std::string> names_;
};

}  // namespace beamish::inline v0::detail
