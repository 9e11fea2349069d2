// SPDX-License-Identifier: Apache-2.0
//
// logger: levels, metadata, handlers and filters of a node's log.
//
// ```cpp
// void keep(void* user, const log_entry& entry) {
//   static_cast<std::vector<std::string>*>(user)->push_back(entry.text);
// }
// std::vector<std::string> all, late;
// beamish::node n({.workers = 1, .log = {&keep, &all}});
// n.start();
// n.spawn([&late] {
//   logger::add_handler("late", {.call = &keep, .user = &late, .least = log_level::error});
//   logger::metadata({{"request", 12}});
//   logger::error("the shelf is gone");                          // to both
//   logger::debug([] { return std::string("costly"); });         // below the level: never called
//   logger::add_filter("quiet", [](const log_event& e) { return e.find("request") == nullptr; });
//   logger::warning("not seen");
//   logger::remove_filter("quiet");
//   logger::set_level(log_level::debug);
//   logger::debug("seen", {{"shelf", "north"}});
// });
// n.wait_until_empty(std::chrono::seconds(5));    //=> true
// all.size();                                     //=> 2
// late.size();                                    //=> 1
// ```
//
// An entry is written if it is of the node's level or above (`.log.least`, by default info), if no
// filter of the node refuses it, and then by each handler of whose level it is and whose filters
// take it. "default" is the handler that the node began with.
//
// Guarantees: entries of one process arrive in order. What is below every level costs one
// comparison; texts are made only for those that pass. A handler that throws is removed, and the
// others are told so; without any left, standard error is. So is a filter that throws. What a
// handler itself logs is dropped.
//
// Costs: handlers are called on the thread that logs, one at a time, under one lock: a slow one
// slows all who log. An entry costs what its texts and its handlers cost; nothing is dropped.
//
// Errors: a name that is taken or unknown is an argument_error. Threads: from a process; levels
// and handlers are those of its node. Mirrors Logger and :logger. When not to use it: where `log`
// says enough.
// tested in: logger_test.cpp
#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "beamish/runtime/log_event.hpp"
#include "beamish/term/term.hpp"

namespace beamish::inline v0::logger {

using fields = std::initializer_list<keyword_entry>;

// ---- what is said
void write(log_level level, std::string_view text, fields metadata = {});
// Called only if the level is on.
template <class Make>
  requires std::is_invocable_r_v<std::string, Make&>
void write(log_level level, Make&& make, fields metadata = {}) {
  if (detail::logs_here(level)) write(level, std::string_view(std::string(make())), metadata);
}

// `text`: a text, or a function that returns one.
template <class Text>
void debug(Text&& text, fields metadata = {}) {
  write(log_level::debug, text, metadata);
}
template <class Text>
void info(Text&& text, fields metadata = {}) {
  write(log_level::info, text, metadata);
}
template <class Text>
void notice(Text&& text, fields metadata = {}) {
  write(log_level::notice, text, metadata);
}
template <class Text>
void warning(Text&& text, fields metadata = {}) {
  write(log_level::warning, text, metadata);
}
template <class Text>
void error(Text&& text, fields metadata = {}) {
  write(log_level::error, text, metadata);
}
template <class Text>
void critical(Text&& text, fields metadata = {}) {
  write(log_level::critical, text, metadata);
}
template <class Text>
void alert(Text&& text, fields metadata = {}) {
  write(log_level::alert, text, metadata);
}
template <class Text>
void emergency(Text&& text, fields metadata = {}) {
  write(log_level::emergency, text, metadata);
}

// ---- metadata of the current process
// Adds to what is there; nil removes a key.
void metadata(fields entries);
// A keyword list; nil if there is none.
term metadata();
void reset_metadata();

// ---- the node's log
// `f.least`: of this handler.
void add_handler(std::string_view name, const log_function& f);
void remove_handler(std::string_view name);
std::vector<std::string> handlers();
void set_level(log_level least);
log_level level();
void set_handler_level(std::string_view handler, log_level least);

// True: it stays.
using filter = std::function<bool(const log_event&)>;
// For all handlers.
void add_filter(std::string_view name, filter keeps);
void remove_filter(std::string_view name);
// For one.
void add_handler_filter(std::string_view handler, std::string_view name, filter keeps);
void remove_handler_filter(std::string_view handler, std::string_view name);

}  // namespace beamish::inline v0::logger
