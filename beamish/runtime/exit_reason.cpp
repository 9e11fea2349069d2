// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/exit_reason.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <typeinfo>

#include "beamish/runtime/activity.hpp"
#include "beamish/runtime/crash_report.hpp"
#include "beamish/runtime/current.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0 {

namespace {

std::string readable(const char* mangled) {
  int status = 0;
  char* text = abi::__cxa_demangle(mangled, nullptr, nullptr, &status);
  std::string result = status == 0 ? text : mangled;
  std::free(text);
  // The inline namespaces of the standard library say nothing to a reader.
  for (std::string_view noise : {"__cxx11::", "beamish::v0::"}) {
    for (auto at = result.find(noise); at != std::string::npos; at = result.find(noise)) {
      result.replace(at, noise.size(), noise == "beamish::v0::" ? "beamish::" : "");
    }
  }
  return result;
}

term stack_term(const exception_info& info) {
  std::vector<term> lines;
  for (const code_place& place : info.stack) lines.emplace_back(inspect(place));
  return list_from(lines);
}

// {{:nocatch, value}, stack}, for what is thrown and is no std::exception.
term thrown(const exception_info& info, term value) {
  return tuple(tuple(atom("nocatch"), std::move(value)), stack_term(info));
}

term raised(const exception_info& info) {
  return tuple(structure(elixir_module(info.type), {{"message", term(info.what)}}),
               stack_term(info));
}

// Rethrows and finds out what it is; fills in type, what, and the term of the reason.
term examine(const std::exception_ptr& failure, exception_info& info) {
  info.stack = detail::stack_of(failure);
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    info.type = readable(typeid(e).name());
    info.what = e.what();
    return raised(info);
  } catch (const term& value) {
    info.type = "beamish::term";
    info.what = inspect(value);
    return thrown(info, value);
  } catch (const atom& value) {
    info.type = "beamish::atom";
    info.what = inspect(term(value));
    return thrown(info, term(value));
  } catch (int value) {
    info.type = "int";
    info.what = std::to_string(value);
    return thrown(info, term(value));
  } catch (const char* value) {
    info.type = "const char*";
    info.what = value;
    return thrown(info, term(std::string_view(value)));
  } catch (const std::string& value) {
    info.type = "std::string";
    info.what = value;
    return thrown(info, term(value));
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    info.type = type == nullptr ? "unknown" : readable(type->name());
    info.what = "a value of type " + info.type;
    return thrown(info, term(info.what));
  }
}

}  // namespace

exit_reason exit_reason::from_exception(std::exception_ptr failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const exited& e) {
    return e.reason();
  } catch (...) {
  }
  try {
    auto* info = new exception_info;
    exit_reason reason;
    reason.info_ = info;
    reason.value_ = examine(failure, *info);
    info->awaiting = detail::trail_of(failure);
    detail::complete_exception_info(*info);
    return reason;
  } catch (const std::bad_alloc&) {
    return exit_reason(atom("system_limit"));
  }
}

const server_activity* exit_reason::server_was() const noexcept {
  if (info_ == nullptr || info_->from != detail::reason_info::source::late_call) return nullptr;
  return &static_cast<const detail::late_call_info*>(info_)->server;
}

void exit_reason::end_info() noexcept {
  if (info_->from == detail::reason_info::source::exception)
    delete static_cast<const exception_info*>(info_);
  else
    delete static_cast<const detail::late_call_info*>(info_);
}

bool exit_reason::is_expected() const noexcept {
  if (is_normal() || is("shutdown")) return true;
  return value_.is_tuple() && value_.size() == 2 && value_.elements()[0].is_atom("shutdown");
}

std::string inspect(const code_place& place) {
  if (place.file.empty()) return place.function;
  return place.function + " at " + place.file + ":" + std::to_string(place.line);
}

std::string inspect(const exit_reason& reason) { return inspect(reason.value()); }

struct exited::state {
  std::atomic<std::uint32_t> references{1};
  std::atomic<bool> looked_at{false};
  exit_reason reason;
};

exited::exited(exit_reason reason) : state_(new state) { state_->reason = std::move(reason); }

exited::exited(const exited& other) noexcept : state_(other.state_) {
  if (state_ != nullptr) state_->references.fetch_add(1, std::memory_order_relaxed);
}

exited::~exited() {
  if (state_ == nullptr || state_->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  detail::context* here = detail::current_context();
  if (!state_->looked_at.load(std::memory_order_relaxed) && here != nullptr &&
      here->current != nullptr) {
    here->swallowed_by = here->current;
    here->swallowed = state_->reason;
  }
  delete state_;
}

const exit_reason& exited::reason() const noexcept {
  state_->looked_at.store(true, std::memory_order_relaxed);
  return state_->reason;
}

}  // namespace beamish::inline v0
