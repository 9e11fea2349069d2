// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/json.hpp"

#include <doctest/doctest.h>
#include <signal.h>

#include <nlohmann/json.hpp>

using namespace beamish;
using namespace beamish::apps;
using nlohmann::json;

namespace {

constexpr std::int64_t second = 1'000'000'000;

batch_entry failed() {
  batch_entry e{.number = 3, .command = {.line = 7, .text = "false"}, .ended = true};
  e.end = {.how = os_outcome::kind::exited, .code = 1};
  e.end.started_ns = 12 * second;
  e.end.ended_ns = 12 * second + second / 2;
  e.slot = 2;
  return e;
}

const batch_facts facts{.file = "jobs", .limit = 4, .begin_ns = 10 * second, .elapsed_ns = second};

}  // namespace

TEST_CASE("batch_json: the document tells of every command") {
  batch_entry killed = failed();
  killed.end = {.how = os_outcome::kind::signalled, .code = SIGTERM, .timed_out = true};
  killed.earlier = {failed().end};
  killed.command.label = "slow";
  const batch_entry never{.number = 4};
  const std::string text = batch_document(facts, {failed(), killed, never});
  CHECK(text.ends_with("}\n"));
  CHECK(text.find('\n') == text.size() - 1);
  const json j = json::parse(text);
  CHECK(j["v"] == 1);
  CHECK(j["kind"] == "batch");
  CHECK(j["limit"] == 4);
  CHECK(j["totals"]["commands"] == 3);
  CHECK(j["totals"]["failed"] == 2);
  CHECK(j["totals"]["not_run"] == 1);
  CHECK(j["totals"]["retries"] == 1);
  const json& first = j["commands"][0];
  CHECK(first["number"] == 3);
  CHECK(first["line"] == 7);
  CHECK(first["label"].is_null());
  CHECK(first["status"] == "failed");
  CHECK(first["exit_code"] == 1);
  CHECK(first["signal"].is_null());
  CHECK(first["started_s"] == 2.0);
  CHECK(first["ended_s"] == 2.5);
  CHECK(first["attempts"] == 1);
  CHECK(!first.contains("out"));
  const json& second_one = j["commands"][1];
  CHECK(second_one["label"] == "slow");
  CHECK(second_one["status"] == "timed_out");
  CHECK(second_one["exit_code"].is_null());
  CHECK(second_one["signal"] == "SIGTERM");
  CHECK(second_one["attempts"] == 2);
  CHECK(second_one["earlier"][0]["exit_code"] == 1);
  CHECK(j["commands"][2]["status"] == "not_run");
  CHECK(j["commands"][2]["attempts"] == 0);
}

TEST_CASE("batch_json: files of output are named") {
  batch_facts with_files = facts;
  with_files.output = "logs";
  const json j = json::parse(batch_document(with_files, {failed()}));
  CHECK(j["commands"][0]["out"] == "logs/3.out");
  CHECK(j["commands"][0]["err"] == "logs/3.err");
}

TEST_CASE("batch_json: events are one line each") {
  const batch_entry entry = failed();
  CHECK(begun_event(facts, 9) ==
        "{\"v\":1,\"event\":\"begun\",\"file\":\"jobs\",\"limit\":4,\"commands\":9}\n");
  CHECK(started_event(entry, 2, 1, second / 4) ==
        "{\"v\":1,\"event\":\"started\",\"number\":3,\"label\":null,\"command\":\"false\","
        "\"attempt\":2,\"slot\":1,\"at_s\":0.25}\n");
  CHECK(output_event(entry, output_stream::err, "a\nb\n") ==
        "{\"v\":1,\"event\":\"output\",\"number\":3,\"label\":null,\"stream\":\"err\","
        "\"text\":\"a\\nb\\n\"}\n");
  const json ended = json::parse(ended_event(facts, entry, 1, entry.end, second));
  CHECK(ended["event"] == "ended");
  CHECK(ended["reason"] == "exit 1");
  CHECK(ended["retry_in_s"] == 1.0);
  CHECK(json::parse(ended_event(facts, entry, 1, entry.end, std::nullopt))["retry_in_s"].is_null());
  const json finished = json::parse(finished_event(facts, {entry}));
  CHECK(finished["event"] == "finished");
  CHECK(finished["failed"] == 1);
  CHECK(finished["elapsed_s"] == 1.0);
}

TEST_CASE("batch_json: bytes that are no text become U+FFFD, and the line is still JSON") {
  std::string bytes;
  for (int c = 0; c < 256; ++c) bytes.push_back(static_cast<char>(c));
  const std::string line = output_event(failed(), output_stream::out, bytes);
  CHECK(line.find('\n') == line.size() - 1);
  const std::string text = json::parse(line)["text"];
  CHECK(text.find("\xEF\xBF\xBD") != std::string::npos);
  CHECK(text.substr(0, 128) == bytes.substr(0, 128));
}
