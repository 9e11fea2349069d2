// SPDX-License-Identifier: Apache-2.0
//
// The harness of our own tests (doctest): one body, in many simulated worlds and in the real one.
//
// ```cpp
// #define DOCTEST_CONFIG_IMPLEMENT
// #include "beamish/sim/testing.hpp"
//
// TEST_CASE("a message reaches its process") {
//   beamish::sim::in_all_worlds([]() -> beamish::task<> {
//     beamish::send(beamish::self(), 42);
//     int got = co_await beamish::receive<int>();
//     CHECK(got == 42);
//   });
// }
// int main(int argc, char** argv) { return doctest::Context(argc, argv).run(); }
// ```
//
// The body is the first process of a fresh node, "a@sim"; it may take a sim::world&. In the real
// world a node has two workers.
//
// Guarantees: the test fails if a check fails, if the body ends with another reason than normal, or
// if anything is left over at the end (options: `ends`, `leftovers`, `deadline`). A simulated
// failure ends the test and prints the one line that repeats it. BEAMISH_SEED=n runs that seed
// only, BEAMISH_SEED=real only the real world; BEAMISH_SEEDS=n runs the seeds 1 … n (default: 1,000
// in release, 200 in debug, 50 under sanitizers).
//
// Threads: from a TEST_CASE, on doctest's thread. Units: `deadline` is std::chrono seconds of real
// time. Errors: all are complaints of the test. Mirrors ExUnit's `test`, and Concuerror in purpose.
// When not to use it: for code without processes, or outside of this repository: it is never
// installed, since it needs doctest.
// tested in: testing_test.cpp
#pragma once

#include <doctest/doctest.h>
#include <errno.h>

#include <cstdlib>
#include <string>

#include "beamish/runtime/receive.hpp"
#include "beamish/sim/trial.hpp"

namespace beamish::inline v0::sim {

namespace detail_testing {

// What doctest tells its listeners and nobody else: the test's name and its failed checks. The one
// global of the harness, since doctest makes its listeners itself.
struct progress {
  std::atomic<std::uint64_t> failed{0};
  std::string test;
};
inline progress& current() {
  static progress p;
  return p;
}

struct listener : doctest::IReporter {
  explicit listener(const doctest::ContextOptions&) {}
  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats&) override {}
  void test_case_start(const doctest::TestCaseData& t) override { current().test = t.m_name; }
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_end(const doctest::CurrentTestCaseStats&) override {}
  void test_case_exception(const doctest::TestCaseException&) override { ++current().failed; }
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData& a) override {
    if (a.m_failed) ++current().failed;
  }
  void log_message(const doctest::MessageData& m) override {
    if ((m.m_severity & doctest::assertType::is_warn) == 0) ++current().failed;
  }
  void test_case_skipped(const doctest::TestCaseData&) override {}
};

// The same name in every file: doctest keeps one of them.
DOCTEST_REGISTER_LISTENER("beamish", 1, listener);

struct seeds {
  std::uint64_t first, last;
  bool real;
};

inline std::uint64_t default_seeds() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 50;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return 50;
#endif
#endif
#ifdef NDEBUG
  return 1000;
#else
  return 200;
#endif
}

inline seeds seeds_to_run() {
  if (const char* one = std::getenv("BEAMISH_SEED")) {
    if (std::string_view(one) == "real") return {1, 0, true};
    const std::uint64_t seed = std::strtoull(one, nullptr, 10);
    return {seed, seed, false};
  }
  const char* many = std::getenv("BEAMISH_SEEDS");
  return {1, many != nullptr ? std::strtoull(many, nullptr, 10) : default_seeds(), true};
}

inline std::string repeat_line(const std::string& world) {
  std::string name;
  for (char c : current().test) {
    if (c == ',' || c == '\\') name += '\\';
    if (c == '"' || c == '`' || c == '$' || c == '\\') name += '\\';
    name += c;
  }
  return "repeat: BEAMISH_SEED=" + world + " " + program_invocation_name + " -tc=\"" + name + "\"";
}

inline void fail_with(const verdict& v) {
  if (v.complaints.empty()) return;
  std::string text;
  for (const std::string& line : v.complaints) text += line + "\n";
  for (const log_entry& entry : v.log) text += "log: " + entry.text + "\n";
  FAIL_CHECK(text);
}

}  // namespace detail_testing

// In simulated worlds, one for each seed; stops at the first that fails.
template <class Body>
void in_simulation(Body body, const trial_options& o = {}) {
  const launcher launch = launcher_of(std::move(body));
  const detail_testing::seeds todo = detail_testing::seeds_to_run();
  const std::uint64_t failed_before = detail_testing::current().failed;
  for (std::uint64_t seed = todo.first; seed <= todo.last; ++seed) {
    // For a run that crashes; one that fails says it below.
    INFO(detail_testing::repeat_line(std::to_string(seed)));
    detail_testing::fail_with(run_in_simulation(launch, o, seed));
    if (detail_testing::current().failed == failed_before) continue;
    MESSAGE(detail_testing::repeat_line(std::to_string(seed)));
    return;
  }
}

// On real threads.
template <class Body>
void in_real_world(Body body, const trial_options& o = {}) {
  if (!detail_testing::seeds_to_run().real) return;
  const std::uint64_t failed_before = detail_testing::current().failed;
  detail_testing::fail_with(run_in_real_world(launcher_of(std::move(body)), o));
  if (detail_testing::current().failed != failed_before) {
    MESSAGE(detail_testing::repeat_line("real"));
  }
}

// In simulated worlds and, if all went well, on real threads.
template <class Body>
void in_all_worlds(Body body, const trial_options& o = {}) {
  const std::uint64_t failed_before = detail_testing::current().failed;
  in_simulation(body, o);
  if (detail_testing::current().failed == failed_before) in_real_world(std::move(body), o);
}

}  // namespace beamish::inline v0::sim
