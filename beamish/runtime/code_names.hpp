// SPDX-License-Identifier: Apache-2.0
//
// The names of functions that are known by their address alone, for people.
//
//     code_names names;
//     names.name_of(address)    // "library_loop(int)", or "" if nobody knows it
//
// A lambda or an object has a type, and the compiler writes that; a pointer to a function has none
// that says which. Its name stands in the program's symbols: of exported functions the dynamic
// linker knows it, of all others the debug information, if beamish::stacktrace is linked.
//
// Threads: any. Looking one up for the first time may take milliseconds; names are kept.
#pragma once

#include <map>
#include <mutex>
#include <string>

namespace beamish::inline v0::detail {

class code_names {
 public:
  // Empty if it doesn't know.
  using source = std::string (*)(const void* code);

  // Asked before the dynamic linker; null: nobody is.
  void ask_first(source s);
  std::string name_of(const void* code);

 private:
  std::mutex mutex_;
  source source_ = nullptr;
  std::map<const void*, std::string> known_;
};

// As the compiler writes a symbol's name in source.
std::string demangled(const char* symbol);

}  // namespace beamish::inline v0::detail
