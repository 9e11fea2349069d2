// SPDX-License-Identifier: Apache-2.0
//
// A program with an event loop of its own embeds a node that has no thread: the loop runs the node
// whenever its descriptor is readable or its next timer is due.
#include <beamish/beamish.hpp>

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct greeter : gen_server<greeter> {
  struct greet {
    using reply = int;
  };
  using messages = accepts<greet>;
  int greeted = 0;
  int handle_call(greet&) { return ++greeted; }
};

task<> client() {
  auto server = co_await start_link<greeter>();
  for (int i = 0; i < 3; ++i) {
    co_await beamish::sleep(20ms);
    const int greeted = co_await server.call<greeter::greet>();
    std::printf("greeted %d\n", greeted);
  }
  // A normal end doesn't take linked servers along: the last one to leave turns off the light.
  co_await beamish::stop(server.process());
}

void watch(int epoll, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

void drain(int descriptor) {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(descriptor, &count, sizeof count);
}

}  // namespace

int main() {
  node n({.name = "embedded@here", .workers = 0});
  n.start();
  n.spawn(client);

  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  const int heartbeat = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  const itimerspec every_50ms{{0, 50'000'000}, {0, 50'000'000}};
  ::timerfd_settime(heartbeat, 0, &every_50ms, nullptr);
  watch(epoll, n.wake_fd());
  watch(epoll, heartbeat);

  int beats = 0;
  while (n.statistics().processes > 0) {
    // The loop's own timeout is the node's next timer, rounded up to whole milliseconds.
    const std::int64_t next = n.next_deadline_in();
    const int timeout = next < 0 ? -1 : static_cast<int>((next + 999'999) / 1'000'000);
    epoll_event events[8];
    const int count = ::epoll_wait(epoll, events, 8, timeout);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd != heartbeat) continue;
      drain(heartbeat);
      ++beats;
    }
    while (n.poll()) {
    }
  }
  std::printf("the loop's own timer fired %s\n", beats > 0 ? "meanwhile" : "never");
  ::close(heartbeat);
  ::close(epoll);
  return n.stop() ? 0 : 1;
}
