// SPDX-License-Identifier: Apache-2.0
// tested in: crash_report_test.cpp
#include "beamish/runtime/log.hpp"

#include <chrono>
#include <cstdio>

#include "beamish/runtime/json.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/spawn.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0 {

using namespace detail;

namespace {

void write_line(const std::string& line) { std::fwrite(line.data(), 1, line.size(), stderr); }

void print_text(void*, const log_entry& entry) {
  write_line("[" + std::string(name_of(entry.level)) + "] " + entry.text + "\n");
}

void print_object(void*, const log_entry& entry) { write_line(entry.text + "\n"); }

std::string note_as_json(node_core& core, const log_entry& entry) {
  std::string line;
  json_object note(line);
  begin_json_entry(note, core, "log", entry.level, core.wall_clock());
  note.text_or_null("pid", entry.process ? inspect(term(entry.process)) : "");
  note.text("text", entry.text);
  note.end();
  return line;
}

}  // namespace

void log(log_level level, std::string_view text) {
  write_log(current_node(), {level, self(), std::string(text)});
}

namespace detail {

std::string_view name_of(log_level level) noexcept {
  static constexpr std::string_view names[] = {"debug", "info", "warning", "error"};
  return names[static_cast<int>(level)];
}

log_function with_default_sink(const log_function& wanted) noexcept {
  if (wanted.call != nullptr) return wanted;
  return {wanted.form == log_form::json ? &print_object : &print_text, nullptr, wanted.form,
          wanted.least};
}

bool logs(const node_core& core, log_level level) noexcept {
  return core.log != nullptr && level >= core.log->function.least;
}

std::string utc_time(std::int64_t nanoseconds) {
  using namespace std::chrono;
  const sys_time<microseconds> at{
      duration_cast<microseconds>(std::chrono::nanoseconds(nanoseconds))};
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(at - day);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(time.hours().count()),
                int(time.minutes().count()), int(time.seconds().count()),
                int(time.subseconds().count()));
  return text;
}

void begin_json_entry(json_object& entry, const node_core& core, std::string_view kind,
                      log_level level, std::int64_t time) {
  entry.number("v", 1).text("kind", kind).text("time", utc_time(time));
  entry.text("level", name_of(level)).text("node", core.name);
}

void hand_to_sink(node_core& core, const log_entry& entry) noexcept {
  if (core.log == nullptr) return;
  try {
    std::lock_guard lock(core.log->mutex);
    core.log->function.call(core.log->function.user, entry);
  } catch (...) {
    // A sink that fails must not take a process with it.
  }
}

void write_log(node_core& core, const log_entry& entry) noexcept {
  if (!logs(core, entry.level)) return;
  if (core.log->function.form == log_form::text) return hand_to_sink(core, entry);
  try {
    hand_to_sink(core, {entry.level, entry.process, note_as_json(core, entry)});
  } catch (...) {
    // Without memory for the line nobody can be told.
  }
}

void log_warning(node_core& core, std::string text) noexcept {
  write_log(core, {log_level::warning, pid{}, std::move(text)});
}

void report_stuck(node_core& core, std::uint32_t id, std::int64_t nanoseconds) noexcept {
  try {
    const process_slot* slot = core.find(id);
    const pid p{core.index, id, slot == nullptr ? 0 : slot->serial.load()};
    const std::string name = core.names.name_of(p);
    log_warning(core,
                "process " + inspect(term(p)) + (name.empty() ? "" : " (" + name + ")") +
                    " has held its worker for " + std::to_string(nanoseconds / 1'000'000) +
                    " ms; a spare worker takes over the others. Use blocking() or spawn_thread "
                    "for what may block");
  } catch (...) {
  }
}

}  // namespace detail
}  // namespace beamish::inline v0
