// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/logger.hpp"

#include <algorithm>
#include <stdexcept>

#include "beamish/runtime/log_sink.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/spawn.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::logger {

using namespace detail;

namespace {

[[noreturn]] void refuse(std::string_view what, std::string_view name, const char* why) {
  throw argument_error("logger: " + std::string(what) + " '" + std::string(name) + "' " + why);
}

// The log of the current node, while it is looked at or changed.
class open_log {
 public:
  open_log() : sink_(free_log()), lock_(sink_.mutex) {}
  ~open_log() { sink_.settle(); }
  open_log(const open_log&) = delete;
  open_log& operator=(const open_log&) = delete;

  log_sink* operator->() const noexcept { return &sink_; }

  log_handler& handler(std::string_view name) const {
    for (log_handler& h : sink_.handlers) {
      if (h.name == name) return h;
    }
    refuse("handler", name, "is not there");
  }

 private:
  // A handler or filter that wants to change the log would wait for itself.
  static log_sink& free_log() {
    log_sink& sink = *current_node().log;
    if (sink.writer.load(std::memory_order_relaxed) != std::this_thread::get_id()) return sink;
    throw std::logic_error("logger: a handler or filter can't change the log that calls it");
  }

  log_sink& sink_;
  std::lock_guard<std::mutex> lock_;
};

template <class Named>
bool has(const std::vector<Named>& all, std::string_view name) {
  return std::any_of(all.begin(), all.end(), [&](const Named& n) { return n.name == name; });
}

void add_to(std::vector<log_filter>& filters, std::string_view name, filter keeps) {
  if (has(filters, name)) refuse("filter", name, "is there already");
  filters.push_back({std::string(name), std::move(keeps)});
}

template <class Named>
void remove_from(std::vector<Named>& all, std::string_view name, std::string_view what) {
  if (std::erase_if(all, [&](const Named& n) { return n.name == name; }) == 0)
    refuse(what, name, "is not there");
}

}  // namespace

void write(log_level level, std::string_view text, fields metadata) {
  node_core& core = current_node();
  if (!logs(core, level)) return;
  log_event event{level, "log", core.wall_clock(), sender(), text};
  if (metadata.size() != 0) event.given = keyword(metadata);
  emit(core, event);
}

void metadata(fields entries) {
  self_access me;
  std::vector<term> all;
  const term before = extra_of(*me).log_metadata;
  for (const term& entry : before.elements()) {
    const term& key = entry.elements()[0];
    const bool replaced = std::any_of(entries.begin(), entries.end(),
                                      [&](const keyword_entry& e) { return term(e.key) == key; });
    if (!replaced) all.push_back(entry);
  }
  for (const keyword_entry& e : entries) {
    if (!e.value.is_nil()) all.push_back(tuple(e.key, e.value));
  }
  me->extra->log_metadata = all.empty() ? term() : list_from(all);
}

term metadata() {
  self_access me;
  return me->extra == nullptr ? term() : me->extra->log_metadata;
}

void reset_metadata() {
  self_access me;
  if (me->extra != nullptr) me->extra->log_metadata = term();
}

void add_handler(std::string_view name, const log_function& f) {
  const open_log log;
  if (has(log->handlers, name)) refuse("handler", name, "is there already");
  log->handlers.push_back({std::string(name), with_default_sink(f), {}});
}

void remove_handler(std::string_view name) {
  const open_log log;
  remove_from(log->handlers, name, "handler");
}

std::vector<std::string> handlers() {
  const open_log log;
  std::vector<std::string> names;
  for (const log_handler& h : log->handlers) names.push_back(h.name);
  return names;
}

void set_level(log_level least) {
  const open_log log;
  log->level = least;
}

log_level level() {
  const open_log log;
  return log->level;
}

void set_handler_level(std::string_view handler, log_level least) {
  const open_log log;
  log.handler(handler).function.least = least;
}

void add_filter(std::string_view name, filter keeps) {
  const open_log log;
  add_to(log->filters, name, std::move(keeps));
}

void remove_filter(std::string_view name) {
  const open_log log;
  remove_from(log->filters, name, "filter");
}

void add_handler_filter(std::string_view handler, std::string_view name, filter keeps) {
  const open_log log;
  add_to(log.handler(handler).filters, name, std::move(keeps));
}

void remove_handler_filter(std::string_view handler, std::string_view name) {
  const open_log log;
  remove_from(log.handler(handler).filters, name, "filter");
}

}  // namespace beamish::inline v0::logger
