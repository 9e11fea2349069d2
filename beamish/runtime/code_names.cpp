// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/code_names.hpp"

#include <cxxabi.h>
#include <dlfcn.h>

#include <cstdlib>

namespace beamish::inline v0::detail {

namespace {

std::string exported_name(const void* code) {
  Dl_info about{};
  if (::dladdr(code, &about) == 0 || about.dli_saddr != code) return {};
  return demangled(about.dli_sname);
}

}  // namespace

std::string demangled(const char* symbol) {
  int status = 0;
  char* text = abi::__cxa_demangle(symbol, nullptr, nullptr, &status);
  std::string result = status == 0 ? text : symbol;
  std::free(text);
  return result;
}

void code_names::ask_first(source s) {
  std::lock_guard lock(mutex_);
  source_ = s;
  known_.clear();
}

std::string code_names::name_of(const void* code) {
  std::lock_guard lock(mutex_);
  const auto found = known_.find(code);
  if (found != known_.end()) return found->second;
  std::string name = source_ == nullptr ? std::string() : source_(code);
  if (name.empty()) name = exported_name(code);
  return known_.emplace(code, std::move(name)).first->second;
}

}  // namespace beamish::inline v0::detail
