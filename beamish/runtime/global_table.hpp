// SPDX-License-Identifier: Apache-2.0
//
// Names that hold for all nodes of the program: any term, any number per process.
//
//     table.insert(atom("archive"), p)    // false: taken
//     table.find(atom("archive"))         // the pid, or an empty one
//
// Threads: any. Names are removed before anybody is told of their holder's death.
// tested in: global_test.cpp
#pragma once

#include <map>
#include <mutex>

#include "beamish/term/identifiers.hpp"
#include "beamish/term/term.hpp"

namespace beamish::inline v0::detail {

class global_table {
 public:
  bool insert(const term& name, pid holder);
  void erase(const term& name) noexcept;
  pid find(const term& name) const noexcept;
  // All names of `holder`.
  void forget(pid holder) noexcept;
  std::size_t size() const noexcept;

 private:
  mutable std::mutex mutex_;
  std::map<term, pid> pids_;
};

}  // namespace beamish::inline v0::detail
