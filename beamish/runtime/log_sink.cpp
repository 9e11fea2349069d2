// SPDX-License-Identifier: Apache-2.0
//
// The way of an entry to the handlers.
// tested in: logger_test.cpp
#include "beamish/runtime/log_sink.hpp"

#include <algorithm>

#include "beamish/runtime/json.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0 {

using namespace detail;

namespace {

term pids_of(const lineage* l) {
  std::vector<term> all;
  for (; l != nullptr; l = l->parents) all.emplace_back(l->process);
  return list_from(all);
}

// What is known of the process that speaks, which is the current one.
void add_process(std::vector<term>& all, const log_event& e, const process_slot& slot) {
  const std::string name = slot.node->names.name_of(e.process);
  if (!name.empty()) all.push_back(tuple(atom("registered_name"), atom(name)));
  if (slot.parents != nullptr) all.push_back(tuple(atom("ancestors"), pids_of(slot.parents)));
  if (const lineage* l = callers_of(slot)) all.push_back(tuple(atom("callers"), pids_of(l)));
}

term all_metadata(const log_event& e) {
  std::vector<term> all;
  if (!e.domain.is_nil()) all.push_back(tuple(atom("domain"), e.domain));
  if (!e.process) return list_from(all);
  all.push_back(tuple(atom("pid"), e.process));
  const context* here = current_context();
  if (here == nullptr || here->current == nullptr || pid_of(*here->current) != e.process)
    return list_from(all);
  const process_slot& slot = *here->current;
  add_process(all, e, slot);
  if (slot.extra != nullptr)
    for (const term& entry : slot.extra->log_metadata.elements()) all.push_back(entry);
  for (const term& entry : e.given.elements()) all.push_back(entry);
  return list_from(all);
}

}  // namespace

const term& log_event::metadata() const {
  if (!all) all = all_metadata(*this);
  return *all;
}

const term* log_event::find(std::string_view key) const {
  const term* found = nullptr;
  for (const term& entry : metadata().elements()) {
    if (entry.elements()[0].is_atom(key)) found = &entry.elements()[1];
  }
  return found;
}

namespace detail {

namespace {

std::string event_as_json(const log_event& e, const node_core& core) {
  if (e.as_json != nullptr) return e.as_json(e, core);
  std::string line;
  json_object note(line);
  begin_json_entry(note, core, e.kind, e.level, e.time);
  note.text_or_null("pid", e.process ? inspect(term(e.process)) : "");
  std::string& metadata = note.member("metadata");
  std::vector<term> others;
  for (const term& entry : e.metadata().elements()) {
    if (!entry.elements()[0].is_atom("pid")) others.push_back(entry);
  }
  write_json_members(metadata, list_from(others));
  for (const term& field : e.report.elements())
    write_json_term(note.member(*field.elements()[0].atom_name()), field.elements()[1]);
  note.text("text", e.text);
  note.end();
  return line;
}

// REQUIRES: inside of a handler of an exception.
std::string what_was_thrown() {
  try {
    throw;
  } catch (const std::exception& e) {
    return e.what();
  } catch (const exited& e) {
    return inspect(e.reason());
  } catch (...) {
    return "an unknown exception";
  }
}

// One entry on its way. The forms are made once, when a handler first wants one.
class delivery {
 public:
  delivery(node_core& core, const log_event& event) : core_(core), event_(event) {}

  // Gives back whom it had to remove, with why.
  std::vector<std::string> run() {
    log_sink& sink = *core_.log;
    if (event_.level < sink.level || !pass(sink.filters)) return std::move(removed_);
    std::erase_if(sink.handlers, [&](log_handler& h) { return !hand_to(h); });
    return std::move(removed_);
  }

 private:
  bool pass(std::vector<log_filter>& filters) {
    bool keeps = true;
    std::erase_if(filters, [&](const log_filter& f) {
      try {
        if (keeps) keeps = f.keeps(event_);
        return false;
      } catch (...) {
        removed_.push_back("log filter '" + f.name +
                           "' failed and is removed: " + what_was_thrown());
        return true;
      }
    });
    return keeps;
  }

  // False: it has failed.
  bool hand_to(log_handler& h) {
    if (event_.level < h.function.least || !pass(h.filters)) return true;
    try {
      h.function.call(h.function.user, entry_for(h.function.form));
      return true;
    } catch (...) {
      removed_.push_back("log handler '" + h.name +
                         "' failed and is removed: " + what_was_thrown());
      return false;
    }
  }

  const log_entry& entry_for(log_form form) {
    std::optional<log_entry>& entry = form == log_form::json ? json_ : text_;
    if (!entry)
      entry.emplace(log_entry{
          event_.level, event_.process,
          form == log_form::json ? event_as_json(event_, core_) : std::string(event_.text),
          &event_});
    return *entry;
  }

  node_core& core_;
  const log_event& event_;
  std::optional<log_entry> text_, json_;
  std::vector<std::string> removed_;
};

class inside {
 public:
  explicit inside(log_sink& sink) : sink_(sink), lock_(sink.mutex) {
    sink_.writer.store(std::this_thread::get_id(), std::memory_order_relaxed);
  }
  ~inside() { sink_.writer.store(std::thread::id(), std::memory_order_relaxed); }
  inside(const inside&) = delete;
  inside& operator=(const inside&) = delete;

 private:
  log_sink& sink_;
  std::lock_guard<std::mutex> lock_;
};

// Those that fail at that are removed, too; each round has one handler less.
void deliver_all(node_core& core, const log_event& event) {
  for (const std::string& text : delivery(core, event).run()) {
    const log_event failure{log_level::error, "log", core.wall_clock(), pid{}, text};
    deliver_all(core, failure);
    if (core.log->handlers.empty()) print_to_standard_error(log_level::error, text);
  }
  core.log->settle();
}

}  // namespace

log_sink::log_sink(const log_function& first) : least(first.least), level(first.least) {
  log_function all = with_default_sink(first);
  all.least = log_level::debug;  // the node's level decides
  handlers.push_back({"default", all, {}});
}

void log_sink::settle() noexcept {
  log_level lowest = log_level::emergency;
  for (const log_handler& h : handlers) lowest = std::min(lowest, h.function.least);
  least.store(std::max(lowest, level), std::memory_order_relaxed);
}

void emit(node_core& core, const log_event& event) noexcept {
  if (!logs(core, event.level)) return;
  if (core.log->writer.load(std::memory_order_relaxed) == std::this_thread::get_id()) return;
  try {
    const inside log(*core.log);
    deliver_all(core, event);
  } catch (...) {
    // Without memory for the entry nobody can be told.
  }
}

}  // namespace detail
}  // namespace beamish::inline v0
