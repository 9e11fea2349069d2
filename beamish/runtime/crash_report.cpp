// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/crash_report.hpp"

#include <atomic>
#include <cstring>

#include "beamish/runtime/log.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::detail {

namespace {

std::string_view file_name(std::string_view path) noexcept {
  const auto slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

std::string name_in_quotes(const std::string& name) {
  return name.empty() ? "" : " (\"" + name + "\")";
}

std::string ancestors_of(const process_slot& slot) {
  std::vector<term> all;
  for (const lineage* l = slot.parents; l != nullptr; l = l->parents) all.emplace_back(l->process);
  return inspect(list_from(all));
}

std::string crash_text(const process_slot& slot, const exit_reason& reason) {
  const pid self = pid_of(slot);
  std::string text = "process " + inspect(term(self)) +
                     name_in_quotes(slot.node->names.name_of(self)) + " terminated";
  if (const exception_info* e = reason.exception()) {
    text += "\n** (" + e->type + ") " + e->what;
    for (const std::string& line : e->stack) text += "\n    " + line;
    for (const std::string& line : e->awaiting) text += "\n    awaited in " + line;
  } else {
    text += "\n** (exit) " + inspect(reason.value());
  }
  text += "\nInitial call: " + std::string(slot.type->initial_call);
  text += "\nAncestors: " + ancestors_of(slot);
  if (slot.extra != nullptr) {
    if (!slot.extra->last_message.empty()) text += "\nLast message: " + slot.extra->last_message;
    if (!slot.extra->last_state.empty()) text += "\nState: " + slot.extra->last_state;
    if (!(slot.extra->label == term())) text += "\nLabel: " + inspect(slot.extra->label);
  }
  return text;
}

}  // namespace

void set_stack_provider(stack_provider p) noexcept {
  the_program().stacks.store(p, std::memory_order_release);
}

// Two exception_ptr are the same exception if they point to the same object: it is all they hold.
const void* identity_of(const std::exception_ptr& failure) noexcept {
  const void* object = nullptr;
  static_assert(sizeof(failure) == sizeof(object));
  std::memcpy(&object, static_cast<const void*>(&failure), sizeof object);
  return object;
}

std::vector<std::string> stack_of(const std::exception_ptr& failure) {
  const stack_provider p = the_program().stacks.load(std::memory_order_acquire);
  return p == nullptr ? std::vector<std::string>() : p(failure);
}

void trail_failure(const std::exception_ptr& failure, const std::source_location& awaited_at,
                   const void* passed, const void* awaiting) noexcept {
  context* here = current_context();
  if (here == nullptr) return;
  // A later exception may lie where an earlier one did: then it begins elsewhere or is another one.
  const void* type = failure.__cxa_exception_type();
  if (here->trail_of != identity_of(failure) || here->trail_type != type ||
      here->trail_goes_to != passed) {
    here->trail_of = identity_of(failure);
    here->trail_type = type;
    here->trail_length = 0;
  }
  here->trail_goes_to = awaiting;
  if (awaited_at.line() == 0 || here->trail_length == std::size(here->trail)) return;
  here->trail[here->trail_length++] = awaited_at;
}

std::vector<std::string> trail_of(const std::exception_ptr& failure) {
  std::vector<std::string> lines;
  const context* here = current_context();
  if (here == nullptr || here->trail_of != identity_of(failure)) return lines;
  for (std::uint32_t i = 0; i < here->trail_length; ++i) {
    const std::source_location& at = here->trail[i];
    lines.push_back(std::string(at.function_name()) + ", " +
                    std::string(file_name(at.file_name())) + ":" + std::to_string(at.line()));
  }
  return lines;
}

void complete_exception_info(exception_info& info) {
  const context* here = current_context();
  if (here == nullptr || here->current == nullptr) return;
  try {
    self_access self;
    info.initial_call = self->type->initial_call;
    if (self->extra != nullptr) info.last_message = self->extra->last_message;
  } catch (const exited&) {
    // The thread of a process that was killed: there is nothing left to look at.
  }
}

void report_crash(process_slot& slot, run_state& run) noexcept {
  if (run.reason.is_expected() || run.by_signal) return;
  try {
    write_log(*slot.node, {log_level::error, pid_of(slot), crash_text(slot, run.reason)});
  } catch (...) {
    // Without memory for the report the exit itself still happens.
  }
}

void report_swallowed_exit(process_slot& slot, const exit_reason& reason) noexcept {
  try {
    write_log(*slot.node,
              {log_level::warning, pid_of(slot),
               "process " + inspect(term(pid_of(slot))) + " caught its exit with reason " +
                   inspect(reason) + " by catch (...) and went on; it ends now. Catch " +
                   "`exited` by its type to handle a failed call"});
  } catch (...) {
  }
}

}  // namespace beamish::inline v0::detail
