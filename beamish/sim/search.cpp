// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/search.hpp"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <vector>

#include "beamish/runtime/world.hpp"
#include "beamish/sim/child.hpp"

namespace beamish::inline v0::sim {

namespace {

constexpr unsigned most_jobs = 64;

// What parent and children share.
struct board {
  // Nobody needs to look at seeds above this one: it fails.
  std::atomic<std::uint64_t> failing{~std::uint64_t{0}};
  struct child {
    std::atomic<std::uint64_t> seed{0};  // that it is at
    std::uint64_t runs = 0, steps = 0;
    std::uint64_t schedules = 0;  // of an exhaustive search, which reports no hashes
    std::int64_t virtual_time = 0;
    bool complete = false;
    fault_counts faults{};

    void publish(const exploration& e) noexcept {
      runs = e.runs;
      steps = e.steps;
      schedules = e.schedules;
      virtual_time = e.virtual_time.count();
      complete = e.complete;
      faults = e.faults;
    }
  } children[most_jobs];
};

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

class shared_board {
 public:
  shared_board() {
    void* memory =
        ::mmap(nullptr, sizeof(board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("mmap");
    board_ = ::new (memory) board;
  }
  ~shared_board() { ::munmap(board_, sizeof(board)); }
  shared_board(const shared_board&) = delete;
  shared_board& operator=(const shared_board&) = delete;
  board* operator->() noexcept { return board_; }
  board& operator*() noexcept { return *board_; }

 private:
  board* board_;
};

void lower(std::atomic<std::uint64_t>& word, std::uint64_t to) noexcept {
  std::uint64_t now = word.load();
  while (to < now && !word.compare_exchange_weak(now, to)) {
  }
}

// A child's report: the hashes of its schedules, then its failing run as a file, if it has one.
std::string report(const std::vector<std::uint64_t>& hashes, const std::string& run) {
  const std::uint64_t count = hashes.size();
  std::string text(reinterpret_cast<const char*>(&count), sizeof count);
  text.append(reinterpret_cast<const char*>(hashes.data()), count * sizeof(std::uint64_t));
  return text += run;
}

void take_report(const std::string& text, std::vector<std::uint64_t>& seen, exploration& e) {
  std::uint64_t count = 0;
  if (text.size() < sizeof count) return;
  memcpy(&count, text.data(), sizeof count);
  const std::size_t end = sizeof count * (1 + count);
  if (text.size() < end) return;
  for (std::size_t at = sizeof count; at < end; at += sizeof count) {
    std::uint64_t hash = 0;
    memcpy(&hash, text.data() + at, sizeof hash);
    seen.push_back(hash);
  }
  if (text.size() == end) return;
  recorded_run run = read_run(std::string_view(text).substr(end));
  if (!e.failed || run.seed < e.failed->seed) e.failed = std::move(run);
}

// The seeds `number`, `number` + jobs, … of the plan.
std::string search_share(board& b, const scenario& s, const plan& p, unsigned number,
                         unsigned jobs) {
  board::child& me = b.children[number];
  exploration so_far;
  std::vector<std::uint64_t> seen;
  std::string failing;
  const std::uint64_t end = p.first_seed + p.seeds;
  for (std::uint64_t seed = p.first_seed + number; seed < end; seed += jobs) {
    if (seed > b.failing.load(std::memory_order_relaxed)) break;
    me.seed.store(seed, std::memory_order_relaxed);
    const bool twice = p.twice_each != 0 && seed % p.twice_each == 0;
    const verdict v = play(s, seed, p.search, twice);
    so_far.count(v);
    me.publish(so_far);
    seen.push_back(v.trace_hash);
    if (v.complaints.empty()) continue;
    lower(b.failing, seed);
    failing = write_run(record_of(s, seed, v));
    break;
  }
  return report(seen, failing);
}

std::string search_everything(board& b, const scenario& s, const plan& p) {
  const exploration e = explore(s, p);
  b.children[0].publish(e);
  return report({}, e.failed ? write_run(*e.failed) : std::string());
}

child start_job(board& b, const scenario& s, const plan& p, unsigned number, unsigned jobs) {
  const bool all = p.search.what == strategy::kind::exhaustive;
  return start_child(
      [&] { return all ? search_everything(b, s, p) : search_share(b, s, p, number, jobs); });
}

// A run that ended its process: its seed is on the board.
void take_crash(const scenario& s, std::uint64_t seed, int status, exploration& e) {
  if (e.failed && e.failed->seed < seed) return;
  recorded_run run;
  run.scenario = s.name;
  run.seed = seed;
  run.failure.kind = failure_kind::crash;
  run.failure.text = ending_in_words(status);
  e.failed = std::move(run);
}

}  // namespace

exploration search(const scenario& s, const plan& p, unsigned jobs) {
  const std::int64_t begin = detail::real_now();
  if (p.search.what == strategy::kind::exhaustive || jobs == 0) jobs = 1;
  if (jobs > most_jobs) jobs = most_jobs;
  shared_board b;
  std::vector<child> all;
  for (unsigned i = 0; i < jobs; ++i) all.push_back(start_job(*b, s, p, i, jobs));
  exploration e;
  std::vector<std::uint64_t> seen;
  for (unsigned i = 0; i < jobs; ++i) {
    const child_result result = wait_for(all[i]);
    take_report(result.text, seen, e);
    board::child& child = b->children[i];
    if (result.status != 0) {
      lower(b->failing, child.seed.load());
      take_crash(s, child.seed.load(), result.status, e);
    }
    e.runs += child.runs;
    e.steps += child.steps;
    e.virtual_time += std::chrono::nanoseconds(child.virtual_time);
    for (std::size_t k = 0; k < fault_kinds; ++k) e.faults[k] += child.faults[k];
    e.complete = e.complete || child.complete;
  }
  e.schedules = b->children[0].schedules + count_different(seen);
  e.real_time = std::chrono::nanoseconds(detail::real_now() - begin);
  return e;
}

}  // namespace beamish::inline v0::sim
