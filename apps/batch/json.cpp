// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/batch/report.hpp"

namespace beamish::apps {
namespace {

using json = nlohmann::ordered_json;

std::string line_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

// To the microsecond: what a clock can tell of a process.
double seconds(std::int64_t nanoseconds) {
  return std::round(static_cast<double>(nanoseconds) / 1e3) / 1e6;
}

json event(const char* name) { return {{"v", 1}, {"event", name}}; }

void name_entry(json& j, const batch_entry& entry) {
  j["number"] = entry.number;
  j["label"] = entry.command.label.empty() ? json() : json(entry.command.label);
}

void tell_end(json& j, const os_outcome& end, const batch_facts& facts) {
  const std::string signal = end.signal_name();
  const bool started = end.how != os_outcome::kind::not_started;
  j["status"] = name_of(status_of(end));
  j["reason"] = end.text();
  j["exit_code"] = end.how == os_outcome::kind::exited ? json(end.code) : json();
  j["signal"] = signal.empty() ? json() : json(signal);
  j["started_s"] = started ? json(seconds(end.started_ns - facts.begin_ns)) : json();
  j["ended_s"] = started ? json(seconds(end.ended_ns - facts.begin_ns)) : json();
}

json totals_json(const batch_facts& facts, const batch_totals& totals) {
  return {{"commands", totals.total},
          {"ok", totals.ok},
          {"failed", totals.failed},
          {"stopped", totals.stopped},
          {"not_run", totals.not_run},
          {"retries", totals.retries},
          {"elapsed_s", seconds(facts.elapsed_ns)},
          {"work_s", seconds(totals.work_ns)}};
}

json command_json(const batch_facts& facts, const batch_entry& entry) {
  json j;
  name_entry(j, entry);
  j["line"] = entry.command.line;
  j["command"] = entry.command.text;
  if (!entry.ended) {
    j["status"] = name_of(batch_status::not_run);
    j["attempts"] = 0;
    return j;
  }
  tell_end(j, entry.end, facts);
  j["slot"] = entry.slot == 0 ? json() : json(entry.slot);
  j["attempts"] = entry.earlier.size() + 1;
  j["earlier"] = json::array();
  for (const os_outcome& attempt : entry.earlier) {
    json earlier;
    tell_end(earlier, attempt, facts);
    j["earlier"].push_back(std::move(earlier));
  }
  if (!facts.output.empty()) {
    j["out"] = output_path(facts.output, entry, output_stream::out);
    j["err"] = output_path(facts.output, entry, output_stream::err);
  }
  return j;
}

}  // namespace

std::string batch_document(const batch_facts& facts, const std::vector<batch_entry>& entries) {
  json document{{"v", 1}, {"kind", "batch"}, {"file", facts.file}, {"limit", facts.limit}};
  document["totals"] = totals_json(facts, totals_of(entries));
  document["commands"] = json::array();
  for (const batch_entry& entry : entries) {
    document["commands"].push_back(command_json(facts, entry));
  }
  return line_of(document);
}

std::string begun_event(const batch_facts& facts, std::size_t commands) {
  json j = event("begun");
  j["file"] = facts.file;
  j["limit"] = facts.limit;
  j["commands"] = commands;
  return line_of(j);
}

std::string started_event(const batch_entry& entry, std::size_t attempt, std::size_t slot,
                          std::int64_t at_ns) {
  json j = event("started");
  name_entry(j, entry);
  j["command"] = entry.command.text;
  j["attempt"] = attempt;
  j["slot"] = slot;
  j["at_s"] = seconds(at_ns);
  return line_of(j);
}

std::string output_event(const batch_entry& entry, output_stream stream, std::string_view text) {
  json j = event("output");
  name_entry(j, entry);
  j["stream"] = stream == output_stream::out ? "out" : "err";
  j["text"] = text;
  return line_of(j);
}

std::string ended_event(const batch_facts& facts, const batch_entry& entry, std::size_t attempt,
                        const os_outcome& end, std::optional<std::int64_t> retry_in_ns) {
  json j = event("ended");
  name_entry(j, entry);
  j["attempt"] = attempt;
  tell_end(j, end, facts);
  j["retry_in_s"] = retry_in_ns ? json(seconds(*retry_in_ns)) : json();
  return line_of(j);
}

std::string finished_event(const batch_facts& facts, const std::vector<batch_entry>& entries) {
  json j = event("finished");
  j.update(totals_json(facts, totals_of(entries)));
  return line_of(j);
}

}  // namespace beamish::apps
