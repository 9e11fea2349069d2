// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/mailbox.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "beamish/runtime/model_atomics.hpp"

using namespace beamish::interleave;
using beamish::detail::basic_mailbox;
using beamish::detail::push_result;
using beamish::detail::std_atomics;

namespace {

struct letter {
  letter* next = nullptr;
  std::uint32_t to_serial = 0;
  int sender = 0;
  int number = 0;
};

using letters = std::vector<letter*>;

// A process slot with its mailbox. Whoever is told to wake the owner becomes its runner at once, as
// a worker would; each owner leaves after `quota` messages, and the next one moves in.
template <class A>
struct slot_world {
  basic_mailbox<letter, A, 2> box;
  typename A::template atomic<std::uint32_t> published{0};
  std::uint32_t serial = 0;
  std::uint32_t last_serial = 0;  // this owner stays
  int quota = 0;
  int received = 0;
  bool running = false;
  bool two_runners = false;
  letters delivered, mismatched, late;  // written by the runner only
  letters dead[3];                      // one for each sender
  letter mail[3][2];

  slot_world(int messages, std::uint32_t last) : last_serial(last), quota(messages) {
    box.open(0);
    for (int s = 0; s < 3; ++s) {
      for (int n = 0; n < 2; ++n) mail[s][n] = {nullptr, 0, s, n};
    }
  }

  void send(letter& l, std::uint32_t to) {
    l.to_serial = to;
    switch (box.push(&l, to)) {
      case push_result::queued:
        return;
      case push_result::wake:
        return run();
      case push_result::dead:
        dead[l.sender].push_back(&l);
        return;
    }
  }

  // The first sender has two messages, so that their order can be told; the second has one.
  void send_all(int sender, std::uint32_t to) {
    for (int n = 0; n < (sender == 0 ? 2 : 1); ++n) send(mail[sender][n], to);
  }

  // A call on the caller's own worker, if the owner is idle; otherwise by mail.
  void call(letter& l, std::uint32_t to) {
    l.to_serial = to;
    if (!box.claim(to)) return send(l, to);
    handle(&l);
    run();
  }

  void handle(letter* l) {
    if (l->to_serial != serial) {
      mismatched.push_back(l);
    } else {
      delivered.push_back(l);
      ++received;
    }
  }

  void run() {
    if (running) two_runners = true;
    running = true;
    for (;;) {
      while (serial != last_serial && received >= quota) reincarnate();
      if (letter* l = box.take()) {
        while (l != nullptr) {
          letter* const next = l->next;
          handle(l);
          l = next;
        }
        continue;
      }
      running = false;
      if (box.wait()) return;
      running = true;
    }
  }

  void reincarnate() {
    for (letter* l = box.close(serial + 1); l != nullptr; l = l->next) late.push_back(l);
    ++serial;
    received = 0;
    box.open(serial);
    if (serial == last_serial) published.store(1);
  }

  // Everything that was sent is accounted for, once. What was accepted comes before what was
  // refused, and in the order of its sender.
  void check(std::size_t sent) {
    require(!two_runners, "one runner at a time");
    require(box.is_waiting(), "the last owner waits");
    letters all = delivered;
    all.insert(all.end(), late.begin(), late.end());
    int expected[3] = {};
    for (const letter* l : all) {
      require(l->number == expected[l->sender]++, "each sender's order is kept");
    }
    all.insert(all.end(), mismatched.begin(), mismatched.end());
    for (const letters& d : dead) all.insert(all.end(), d.begin(), d.end());
    std::sort(all.begin(), all.end());
    require(std::unique(all.begin(), all.end()) == all.end(), "nothing comes twice");
    require(all.size() == sent, "nothing is lost");
  }
};

using world = slot_world<model_atomics>;

void check_all(const report& r) {
  CHECK(r.failure == "");
  CHECK(r.complete);
}

}  // namespace

TEST_CASE("mailbox: alone, it answers queued, wake and dead") {
  basic_mailbox<letter> box;
  letter a, b, c;
  box.open(7);
  CHECK(box.open_for(7));
  CHECK(box.take() == nullptr);
  CHECK(box.push(&a, 7) == push_result::queued);
  CHECK(box.push(&b, 7) == push_result::queued);
  CHECK(box.push(&c, 6) == push_result::dead);
  CHECK(box.has_news());
  CHECK(!box.wait());
  CHECK(!box.claim(7));
  CHECK(box.take() == &a);
  CHECK(a.next == &b);
  CHECK(b.next == nullptr);
  CHECK(box.wait());
  CHECK(box.is_waiting());
  CHECK(!box.claim(6));
  CHECK(box.claim(7));
  CHECK(!box.claim(7));
  CHECK(box.wait());
  CHECK(box.push(&a, 7) == push_result::wake);
  CHECK(box.push(&b, 7) == push_result::queued);
  CHECK(box.close(8) == &a);
  CHECK(!box.open_for(7));
  CHECK(box.push(&c, 7) == push_result::dead);
  CHECK(box.close(9) == nullptr);
}

TEST_CASE("mailbox: in every interleaving nothing is lost and each wake-up is given once") {
  check_all(explore(every_order(), [](execution& e) {
    auto w = std::make_shared<world>(0, 0);
    e.thread([w] { w->run(); });
    for (const int s : {0, 1}) e.thread([w, s] { w->send_all(s, 0); });
    e.finally([w] {
      w->check(3);
      require(w->delivered.size() == 3, "everything was delivered");
    });
  }));
}

TEST_CASE(
    "mailbox: in every interleaving an owner's death divides its mail and the next gets none") {
  for (const int quota : {1, 2}) {
    check_all(explore(every_order(), [quota](execution& e) {
      auto w = std::make_shared<world>(quota, 1);
      e.thread([w] { w->run(); });
      for (const int s : {0, 1}) e.thread([w, s] { w->send_all(s, 0); });
      e.finally([w, quota] {
        w->check(3);
        require(w->delivered.size() >= static_cast<std::size_t>(quota), "the owner had its share");
        require(w->serial == 1 && w->received == 0, "the next owner got nothing");
        require(w->mismatched.empty(), "the tag alone tells neighbours apart");
      });
    }));
  }
}

TEST_CASE(
    "mailbox: when the tag comes round, the consumer still tells a stale message by its serial") {
  bool seen_mismatch = false;
  bool seen_delivery = false;
  check_all(explore(every_order(), [&](execution& e) {
    auto w = std::make_shared<world>(0, 4);  // Four deaths, and two bits repeat.
    e.thread([w] { w->run(); });
    e.thread([w] { w->send_all(0, 0); });
    e.thread([w] {
      if (w->published.load() == 1) w->send_all(1, 4);
    });
    e.finally([&, w] {
      const bool knew = w->delivered.size() == 1;
      w->check(knew ? 3 : 2);
      for (const letter* l : w->delivered) require(l->sender == 1, "only the new one's mail");
      seen_mismatch = seen_mismatch || !w->mismatched.empty();
      seen_delivery = seen_delivery || knew;
    });
  }));
  CHECK(seen_mismatch);
  CHECK(seen_delivery);
}

TEST_CASE("mailbox: a claim and a push never both become the runner") {
  check_all(explore(every_order(), [](execution& e) {
    auto w = std::make_shared<world>(2, 1);
    e.thread([w] { w->run(); });
    e.thread([w] { w->send_all(0, 0); });
    e.thread([w] { w->call(w->mail[1][0], 0); });
    e.finally([w] { w->check(3); });
  }));
}

TEST_CASE("mailbox: two claims and a push never make two runners, also over the owner's death") {
  for (const std::uint32_t last : {0u, 1u}) {
    check_all(explore(every_order(), [last](execution& e) {
      auto w = std::make_shared<world>(1, last);
      w->run();  // idle
      e.thread([w] { w->call(w->mail[0][0], 0); });
      e.thread([w] { w->call(w->mail[1][0], 0); });
      e.thread([w] { w->send(w->mail[2][0], 0); });
      e.finally([w] { w->check(3); });
    }));
  }
}

namespace {

// An owner that sleeps without asking the word whether something came.
struct heedless_box {
  model_atomics::atomic<std::uint64_t> count{0};
  model_atomics::atomic<std::uint32_t> waiting{0};

  bool push() {
    count.fetch_add(1);
    return waiting.exchange(0) == 1;
  }
  bool wait() {
    if (count.load() > 0) return false;
    waiting.store(1);
    return true;
  }
};

}  // namespace

TEST_CASE("mailbox: explorer finds a planted wait that is not one step with the look") {
  const report r = explore({}, [](execution& e) {
    auto box = std::make_shared<heedless_box>();
    auto woken = std::make_shared<bool>(false);
    auto waits = std::make_shared<bool>(false);
    e.thread([=] { *waits = box->wait(); });
    e.thread([=] { *woken = box->push(); });
    e.finally([=] { require(!*waits || *woken, "a wake-up was lost"); });
  });
  CHECK(r.failure.rfind("a wake-up was lost", 0) == 0);
}

namespace {

// A claim that looks whether the owner waits, and then says that it doesn't.
struct hasty_box {
  model_atomics::atomic<std::uint32_t> waiting{1};

  bool claim() {
    if (waiting.load() == 0) return false;
    waiting.store(0);
    return true;
  }
  bool push() { return waiting.exchange(0) == 1; }
};

}  // namespace

TEST_CASE("mailbox: explorer finds a planted claim that is not one step with the look") {
  const report r = explore({}, [](execution& e) {
    struct state {
      hasty_box box;
      bool runs[2] = {};
    };
    auto s = std::make_shared<state>();
    e.thread([s] { s->runs[0] = s->box.claim(); });
    e.thread([s] { s->runs[1] = s->box.push(); });
    e.finally([s] { require(!s->runs[0] || !s->runs[1], "one runner at a time"); });
  });
  CHECK(r.failure.rfind("one runner at a time", 0) == 0);
}

TEST_CASE("mailbox: on threads, senders that take turns as runner deliver everything in order") {
  constexpr int senders = 3;
  constexpr int each = 20'000;
  basic_mailbox<letter> box;
  box.open(1);
  std::vector<letter> mail(senders * each);
  int next_number[senders] = {};  // Only the runner looks here.
  int wrong = 0;
  int received = 0;
  const auto run = [&] {
    do {
      for (letter* l = box.take(); l != nullptr; l = l->next) {
        if (l->number != next_number[l->sender]++) ++wrong;
        ++received;
      }
    } while (!box.wait());
  };
  run();
  std::vector<std::thread> threads;
  for (int s = 0; s < senders; ++s) {
    threads.emplace_back([&, s] {
      for (int n = 0; n < each; ++n) {
        letter& l = mail[static_cast<std::size_t>(s * each + n)];
        l.sender = s;
        l.number = n;
        if (box.push(&l, 1) == push_result::wake) run();
      }
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(wrong == 0);
  CHECK(received == senders * each);
  CHECK(box.is_waiting());
}
