// SPDX-License-Identifier: Apache-2.0
//
// What Agent and Task are for: an agent only keeps a value, a task is work beside the process whose
// result is awaited. Mirrors Agent and Task.
#include <beamish/beamish.hpp>

#include <cstdio>
#include <vector>

using namespace beamish;

int slow_square(int x) { return x * x; }

task<int> main_process() {
  auto keeper = co_await agent<int>::start_link({.name = "keeper"}, 40);
  co_await keeper.update([](int& n) { n += 2; });
  auto kept = co_await keeper.get([](const int& n) { return n; });
  std::printf("agent: %d\n", kept);
  auto before = co_await agent<int>::named("keeper").get_and_update([](int& n) { return n++; });
  std::printf("agent, before and after: %d", before);
  kept = co_await keeper.get([](const int& n) { return n; });
  std::printf(" %d\n", kept);

  auto computed = async([] { return 6 * 7; });
  auto result = co_await computed.await();
  std::printf("task: %d\n", result);

  auto busy = async([]() -> task<int> { co_return co_await receive<int>(); });
  auto early = co_await busy.yield(std::chrono::milliseconds(1));
  std::printf("not done yet: %s\n", early ? "no" : "yes");
  co_await busy.shutdown();

  std::vector<int> numbers{1, 2, 3, 4, 5};
  auto squares = async_stream(numbers, slow_square, {.max_concurrency = 2});
  int sum = 0;
  co_await squares.for_each([&sum](answer<int>& square) { sum += *square; });
  std::printf("stream: %d\n", sum);
  co_return 0;
}

int main(int argc, char** argv) { return run(argc, argv, main_process); }
