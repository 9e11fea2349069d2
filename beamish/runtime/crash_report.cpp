// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/crash_report.hpp"

#include <atomic>
#include <cstring>

#include "beamish/runtime/activity.hpp"
#include "beamish/runtime/json.hpp"
#include "beamish/runtime/log_event.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::detail {

namespace {

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
  report.links = linked_peers(slot);
  report.links_total = report.links.size();
  report.links.resize(std::min(report.links.size(), crash_report::links_kept));
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
    if (slot.extra->notes != nullptr) r.notes = *slot.extra->notes;
    r.label = slot.extra->label;
    r.metadata = slot.extra->log_metadata;
    r.dictionary = slot.extra->dictionary;
  }
  r.mailbox_length = messages_of(slot);
  add_links(r, slot);
  for (pid peer : r.links) {
    if (r.neighbours.size() == crash_report::neighbours_kept) break;
    r.neighbours.push_back(look_at(peer));
  }
  return r;
}

namespace {

std::string reason_text(const crash_report& r) {
  if (r.notes.reason) return "\n** (exit) " + inspect(*r.notes.reason);
  const exception_info* e = r.reason.exception();
  if (e == nullptr) {
    const server_activity* was = r.reason.server_was();
    return "\n** (exit) " + inspect(r.reason.value()) + (was ? "\n    " + inspect(*was) : "");
  }
  std::string text = "\n** (" + e->type + ") " + e->what;
  for (const code_place& place : e->stack) text += "\n    " + inspect(place);
  for (const code_place& place : e->awaiting) text += "\n    awaited in " + awaiting_line(place);
  return text;
}

std::string look_text(const process_look& look) {
  std::string text = inspect(term(look.process)) + name_in_quotes(look.registered_name);
  if (!look.initial_call.empty()) text += " " + look.initial_call;
  text += ": " + std::string(name_of(look.state));
  if (!look.waits_for.empty()) text += " for " + look.waits_for;
  if (look.mailbox_length != 0) text += ", messages: " + std::to_string(look.mailbox_length);
  return text;
}

std::string client_text(const process_look& client) {
  std::string text = "\nClient: " + look_text(client);
  for (const code_place& place : client.stack) text += "\n    called in " + awaiting_line(place);
  return text;
}

std::string dictionary_text(const crash_report& r) {
  std::vector<term> entries;
  for (const auto& [key, value] : r.dictionary) entries.push_back(tuple(key, value));
  return inspect(list_from(entries));
}

// The surroundings, as far as there are any.
std::string around_text(const crash_report& r) {
  std::string text;
  if (!(r.label == term())) text += "\nLabel: " + inspect(r.label);
  if (!(r.metadata == term())) text += "\nMetadata: " + inspect(r.metadata);
  if (!r.dictionary.empty()) text += "\nDictionary: " + dictionary_text(r);
  text += "\nMessages: " + std::to_string(r.mailbox_length);
  if (!r.links.empty()) text += "\nLinks: " + inspect_all(r.links);
  if (r.links_total > r.links.size()) text += " of " + std::to_string(r.links_total);
  if (!r.neighbours.empty()) text += "\nNeighbours:";
  for (const process_look& one : r.neighbours) text += "\n    " + look_text(one);
  return text;
}

}  // namespace

std::string text_of(const crash_report& r) {
  std::string text =
      "process " + inspect(term(r.process)) + name_in_quotes(r.registered_name) + " terminated";
  text += reason_text(r);
  text += "\nInitial call: " + r.initial_call;
  text += "\nAncestors: " + inspect_all(r.ancestors);
  if (!r.notes.last_message.empty()) text += "\nLast message: " + r.notes.last_message;
  if (r.notes.client) text += client_text(*r.notes.client);
  if (!r.notes.last_state.empty()) text += "\nState: " + r.notes.last_state;
  if (!r.notes.log.empty()) text += "\nLog:";
  for (const std::string& event : r.notes.log) text += "\n    " + event;
  return text + around_text(r);
}

namespace {

void write_look(std::string& out, const process_look& look) {
  json_object o(out);
  o.text("pid", inspect(term(look.process)));
  o.text_or_null("registered_name", look.registered_name);
  o.text_or_null("initial_call", look.initial_call).text("state", name_of(look.state));
  o.text_or_null("waits_for", look.waits_for).number("mailbox_length", look.mailbox_length);
  o.list("stack", look.stack, write_place);
  o.end();
}

void write_entry(std::string& out, const std::pair<term, term>& entry) {
  out += '[';
  write_json(out, inspect(entry.first));
  out += ',';
  write_json(out, inspect(entry.second));
  out += ']';
}

void write_client(json_object& o, const std::optional<process_look>& client) {
  std::string& out = o.member("client");
  if (client)
    write_look(out, *client);
  else
    out += "null";
}

}  // namespace

std::string json_of(const crash_report& r, const node_core& node) {
  std::string line;
  json_object o(line);
  begin_json_entry(o, node, "crash_report", log_level::error, r.time);
  o.text("pid", inspect(term(r.process))).text_or_null("registered_name", r.registered_name);
  o.text_or_null("label", r.label == term() ? "" : inspect(r.label));
  o.text("initial_call", r.initial_call).list("ancestors", r.ancestors, write_pid);
  o.text("reason", inspect(r.notes.reason ? *r.notes.reason : r.reason.value()));
  const server_activity* was = r.notes.reason ? nullptr : r.reason.server_was();
  o.text_or_null("server_was", was == nullptr ? "" : inspect(*was));
  write_exception(o, r.notes.reason ? nullptr : r.reason.exception());
  o.text_or_null("last_message", r.notes.last_message).text_or_null("state", r.notes.last_state);
  write_client(o, r.notes.client);
  o.list("log", r.notes.log, [](std::string& out, const std::string& e) { write_json(out, e); });
  write_json_members(o.member("metadata"), r.metadata);
  o.list("dictionary", r.dictionary, write_entry).list("neighbours", r.neighbours, write_look);
  o.number("mailbox_length", r.mailbox_length).list("links", r.links, write_pid);
  o.number("links_total", r.links_total);
  o.end();
  return line;
}

crash_notes& notes_of(process_slot& slot) {
  auto& notes = extra_of(slot).notes;
  if (notes == nullptr) notes = std::make_unique<crash_notes>();
  return *notes;
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
  for (std::uint32_t i = 0; i < here->trail_length; ++i) places.push_back(place_of(here->trail[i]));
  return places;
}

void complete_exception_info(exception_info& info) {
  const context* here = current_context();
  if (here == nullptr || here->current == nullptr) return;
  try {
    self_access self;
    info.initial_call = initial_call_of(*self);
    if (self->extra != nullptr && self->extra->notes != nullptr)
      info.last_message = self->extra->notes->last_message;
  } catch (const exited&) {
    // The thread of a process that was killed: there is nothing left to look at.
  }
}

namespace {
std::string crash_as_json(const log_event& event, const node_core& node) {
  return json_of(*static_cast<const crash_report*>(event.source), node);
}
}  // namespace

void report_crash(process_slot& slot, run_state& run) noexcept {
  if (run.reason.is_expected()) return;
  if (run.by_signal && !slot.has(slot_flag::report_all)) return;
  try {
    if (!logs(*slot.node, log_level::error)) return;
    const crash_report report = make_crash_report(slot, run.reason);
    const std::string text = text_of(report);
    log_event event{log_level::error, "crash_report", report.time, report.process, text};
    event.domain = list(atom("otp"), atom("sasl"));
    event.source = &report;
    event.as_json = &crash_as_json;
    emit(*slot.node, event);
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
