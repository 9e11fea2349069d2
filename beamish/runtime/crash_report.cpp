// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/crash_report.hpp"

#include <atomic>
#include <cstring>

#include "beamish/runtime/activity.hpp"
#include "beamish/runtime/json.hpp"
#include "beamish/runtime/log.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/relations.hpp"
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

std::string inspect_all(const std::vector<pid>& pids) {
  const std::vector<term> all(pids.begin(), pids.end());
  return inspect(list_from(all));
}

std::string awaiting_line(const code_place& place) {
  return place.function + ", " + place.file + ":" + std::to_string(place.line);
}

void write_pid(std::string& out, pid p) { write_json(out, inspect(term(p))); }

void write_place(std::string& out, const code_place& place) {
  json_object o(out);
  o.text("function", place.function).text_or_null("file", place.file);
  if (place.line != 0)
    o.number("line", place.line);
  else
    o.text_or_null("line", "");
  o.end();
}

void write_exception(json_object& report, const exception_info* e) {
  std::string& out = report.member("exception");
  if (e == nullptr) {
    out += "null";
    return;
  }
  json_object o(out);
  o.text("type", e->type).text("message", e->what);
  o.list("awaiting", e->awaiting, write_place).list("stack", e->stack, write_place);
  o.end();
}

// What came since the last fetch is still in the mailbox.
std::size_t messages_of(const process_slot& slot) {
  std::size_t count = 0;
  for (const signal* s = slot.queue; s != nullptr; s = s->next) ++count;
  slot.box.look([&count](const signal& s) {
    if (s.type->kind != signal_kind::control && s.type->kind != signal_kind::reply) ++count;
  });
  return count;
}

void add_links(crash_report& report, const process_slot& slot) {
  for (const link_record* l = slot.links; l != nullptr;) {
    const int mine = l->side(0) == report.process ? 0 : 1;
    if (++report.links_total <= crash_report::links_kept) report.links.push_back(l->side(1 - mine));
    l = l->next[mine];
  }
}

}  // namespace

crash_report make_crash_report(const process_slot& slot, const exit_reason& reason) {
  crash_report r;
  r.time = slot.node->wall_clock();
  r.process = pid_of(slot);
  r.registered_name = slot.node->names.name_of(r.process);
  r.reason = reason;
  r.initial_call = initial_call_of(slot);
  for (const lineage* l = slot.parents; l != nullptr; l = l->parents)
    r.ancestors.push_back(l->process);
  if (slot.extra != nullptr) {
    r.last_message = slot.extra->last_message;
    r.last_state = slot.extra->last_state;
    r.label = slot.extra->label;
  }
  r.mailbox_length = messages_of(slot);
  add_links(r, slot);
  return r;
}

std::string text_of(const crash_report& r) {
  std::string text =
      "process " + inspect(term(r.process)) + name_in_quotes(r.registered_name) + " terminated";
  if (const exception_info* e = r.reason.exception()) {
    text += "\n** (" + e->type + ") " + e->what;
    for (const code_place& place : e->stack) text += "\n    " + inspect(place);
    for (const code_place& place : e->awaiting) text += "\n    awaited in " + awaiting_line(place);
  } else {
    text += "\n** (exit) " + inspect(r.reason.value());
    if (const server_activity* was = r.reason.server_was()) text += "\n    " + inspect(*was);
  }
  text += "\nInitial call: " + r.initial_call;
  text += "\nAncestors: " + inspect_all(r.ancestors);
  if (!r.last_message.empty()) text += "\nLast message: " + r.last_message;
  if (!r.last_state.empty()) text += "\nState: " + r.last_state;
  if (!(r.label == term())) text += "\nLabel: " + inspect(r.label);
  return text;
}

std::string json_of(const crash_report& r, const node_core& node) {
  std::string line;
  json_object o(line);
  begin_json_entry(o, node, "crash_report", log_level::error, r.time);
  o.text("pid", inspect(term(r.process))).text_or_null("registered_name", r.registered_name);
  o.text_or_null("label", r.label == term() ? "" : inspect(r.label));
  o.text("initial_call", r.initial_call).list("ancestors", r.ancestors, write_pid);
  o.text("reason", inspect(r.reason.value()));
  const server_activity* was = r.reason.server_was();
  o.text_or_null("server_was", was == nullptr ? "" : inspect(*was));
  write_exception(o, r.reason.exception());
  o.text_or_null("last_message", r.last_message).text_or_null("state", r.last_state);
  o.number("mailbox_length", r.mailbox_length).list("links", r.links, write_pid);
  o.number("links_total", r.links_total);
  o.end();
  return line;
}

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

std::vector<code_place> stack_of(const std::exception_ptr& failure) {
  const stack_provider p = the_program().stacks.load(std::memory_order_acquire);
  return p == nullptr ? std::vector<code_place>() : p(failure);
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

void forget_trail() noexcept {
  if (context* here = current_context()) here->trail_of = nullptr;
}

std::vector<code_place> trail_of(const std::exception_ptr& failure) {
  std::vector<code_place> places;
  const context* here = current_context();
  if (here == nullptr || here->trail_of != identity_of(failure)) return places;
  for (std::uint32_t i = 0; i < here->trail_length; ++i) {
    const std::source_location& at = here->trail[i];
    places.push_back({at.function_name(), std::string(file_name(at.file_name())), at.line()});
  }
  return places;
}

void complete_exception_info(exception_info& info) {
  const context* here = current_context();
  if (here == nullptr || here->current == nullptr) return;
  try {
    self_access self;
    info.initial_call = initial_call_of(*self);
    if (self->extra != nullptr) info.last_message = self->extra->last_message;
  } catch (const exited&) {
    // The thread of a process that was killed: there is nothing left to look at.
  }
}

void report_crash(process_slot& slot, run_state& run) noexcept {
  if (run.reason.is_expected()) return;
  if (run.by_signal && !slot.has(slot_flag::report_all)) return;
  try {
    node_core& node = *slot.node;
    if (node.log == nullptr) return;
    const crash_report report = make_crash_report(slot, run.reason);
    const bool as_json = node.log->function.form == log_form::json;
    hand_to_sink(node, {log_level::error, report.process,
                        as_json ? json_of(report, node) : text_of(report)});
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
