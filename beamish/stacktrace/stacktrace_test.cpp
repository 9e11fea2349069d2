// SPDX-License-Identifier: Apache-2.0
#include "beamish/stacktrace/stacktrace.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>

#include "beamish/beamish.hpp"
#include "beamish/runtime/crash_report.hpp"

using namespace beamish;

#if defined(__SANITIZE_ADDRESS__)
#define BEAMISH_TEST_WITH_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BEAMISH_TEST_WITH_ASAN
#endif
#endif

namespace {

[[gnu::noinline]] int no_such_shelf(int shelf) {
  if (shelf > 3) throw std::out_of_range("no such shelf");  // the line that the stack must name
  return shelf;
}
constexpr int throwing_line = __LINE__ - 3;

task<int> shelf_of(int book) { co_return no_such_shelf(book) + 1; }

std::vector<code_place> stack_of_a_crash() {
  std::vector<code_place> stack;
  std::atomic<bool> over = false;
  node n({.workers = 1});
  n.start();
  n.spawn([&]() -> task<> {
    auto crashed = spawn_monitor([]() -> task<> {
      volatile int book = 7;  // unknown to the optimiser, which would else leave frames out
      auto shelf = co_await shelf_of(book);
      (void)shelf;
    });
    auto down = co_await receive<down_message>();
    CHECK(down.id == crashed.id);
    if (down.reason.exception() != nullptr) stack = down.reason.exception()->stack;
    over = true;
  });
  CHECK(n.wait_until_empty(std::chrono::seconds(60)));
  CHECK(over);
  return stack;
}

bool mentions(const std::vector<code_place>& stack, const std::string& text) {
  for (const code_place& place : stack) {
    if (inspect(place).find(text) != std::string::npos) return true;
  }
  return false;
}

task<> count_books(pid asker) {
  co_await receive<int>();
  send(asker, 0);
}
void index_all() { receive_blocking<int>(); }

}  // namespace

TEST_CASE("an exception's reason has the stack of its throw point as file and line") {
  enable_stacktraces();
  const auto stack = stack_of_a_crash();
  detail::set_stack_provider(nullptr);
#ifdef BEAMISH_TEST_WITH_ASAN
  // It has a __cxa_throw of its own, which needs to stay.
  CHECK(stack.empty());
  return;
#endif
  REQUIRE(!stack.empty());
  std::string whole;
  for (const code_place& place : stack) whole += inspect(place) + "\n";
  INFO(whole);
  CHECK(mentions(stack, "no_such_shelf"));
  CHECK(mentions(stack, "stacktrace_test.cpp:" + std::to_string(throwing_line)));
  // The coroutine that called it stands on the physical stack, too.
  CHECK(mentions(stack, "shelf_of"));
}

TEST_CASE("without enable_stacktraces a reason has no stack") { CHECK(stack_of_a_crash().empty()); }

TEST_CASE("an exception of a thread that runs no process has no stack") {
  enable_stacktraces();
  std::exception_ptr failure;
  try {
    no_such_shelf(9);
  } catch (...) {
    failure = std::current_exception();
  }
  CHECK(stacktrace_of(failure).empty());
  detail::set_stack_provider(nullptr);
}

TEST_CASE("a process that began with a pointer to a function is known by that function's name") {
  enable_stacktraces();
  node n({.workers = 1});
  n.start();
  n.spawn([]() -> task<> {
    const pid coroutine = spawn(count_books, self());
    const pid thread = spawn_thread(index_all);
    auto one = co_await process_info(coroutine);
    CHECK(one->initial_call.find("count_books") != std::string::npos);
    auto other = co_await process_info(thread);
    CHECK(other->initial_call.find("index_all") != std::string::npos);
    send(coroutine, 1);
    send(thread, 1);
    co_await receive<int>();
  });
  CHECK(n.wait_until_empty(std::chrono::seconds(60)));
  detail::set_stack_provider(nullptr);
  detail::the_program().functions.ask_first(nullptr);
}
