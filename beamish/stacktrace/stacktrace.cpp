// SPDX-License-Identifier: Apache-2.0
#include "beamish/stacktrace/stacktrace.hpp"

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <unistd.h>

#include <memory>
#include <string_view>

#include "beamish/runtime/crash_report.hpp"
#include "beamish/runtime/current.hpp"

namespace beamish::inline v0 {

namespace {

struct session_end {
  void operator()(Dwfl* d) const noexcept { dwfl_end(d); }
};

const Dwfl_Callbacks callbacks{&dwfl_linux_proc_find_elf, &dwfl_standard_find_debuginfo, nullptr,
                               nullptr};

// What elfutils knows of this program; made anew for each report, since libraries come and go.
std::unique_ptr<Dwfl, session_end> open_session() {
  std::unique_ptr<Dwfl, session_end> session(dwfl_begin(&callbacks));
  if (session == nullptr) return session;
  dwfl_report_begin(session.get());
  if (dwfl_linux_proc_report(session.get(), ::getpid()) != 0 ||
      dwfl_report_end(session.get(), nullptr, nullptr) != 0) {
    session.reset();
  }
  return session;
}

// clang writes no table from addresses to compilation units, so each unit is asked in turn.
const char* source_of(Dwfl_Module* module, Dwarf_Addr at, int& number) {
  Dwarf_Addr bias = 0;
  for (Dwarf_Die* unit = dwfl_module_nextcu(module, nullptr, &bias); unit != nullptr;
       unit = dwfl_module_nextcu(module, unit, &bias)) {
    if (dwarf_haspc(unit, at - bias) != 1) continue;
    Dwarf_Line* line = dwarf_getsrc_die(unit, at - bias);
    if (line == nullptr || dwarf_lineno(line, &number) != 0) return nullptr;
    return dwarf_linesrc(line, nullptr, nullptr);
  }
  return nullptr;
}

code_place place_of(Dwfl* session, void* return_address) {
  // A return address is behind the call: one byte less is inside it.
  const auto at = reinterpret_cast<Dwarf_Addr>(return_address) - 1;
  Dwfl_Module* module = session == nullptr ? nullptr : dwfl_addrmodule(session, at);
  code_place place{"unknown", "", 0};
  if (module == nullptr) return place;
  if (const char* name = dwfl_module_addrname(module, at)) place.function = detail::demangled(name);
  int number = 0;
  const char* file = source_of(module, at, number);
  if (file == nullptr) return place;
  std::string_view path = file;
  if (const auto slash = path.rfind('/'); slash != path.npos) path.remove_prefix(slash + 1);
  place.file = path;
  place.line = static_cast<std::uint32_t>(number);
  return place;
}

// Frames of the runtime itself say nothing to the reader of a crash report.
bool ends_the_users_part(const code_place& place) {
  return place.function.find("beamish::v0::detail::drive") != std::string::npos ||
         place.function.find("beamish::v0::detail::run_slot") != std::string::npos;
}

}  // namespace

namespace {

std::string function_at(const void* code) {
  const auto session = open_session();
  const auto at = reinterpret_cast<Dwarf_Addr>(code);
  Dwfl_Module* module = session == nullptr ? nullptr : dwfl_addrmodule(session.get(), at);
  const char* name = module == nullptr ? nullptr : dwfl_module_addrname(module, at);
  return name == nullptr ? std::string() : detail::demangled(name);
}

}  // namespace

void enable_stacktraces() noexcept {
  detail::set_stack_provider(&stacktrace_of);
  detail::the_program().functions.ask_first(&function_at);
}

std::vector<code_place> stacktrace_of(const std::exception_ptr& failure) {
  std::vector<code_place> frames;
  const detail::context* here = detail::current_context();
  if (here == nullptr || here->thrown != detail::identity_of(failure)) return frames;
  const auto session = open_session();
  for (std::uint32_t i = 0; i < here->thrown_depth; ++i) {
    code_place place = place_of(session.get(), here->thrown_at[i]);
    if (ends_the_users_part(place)) break;
    frames.push_back(std::move(place));
  }
  return frames;
}

}  // namespace beamish::inline v0
