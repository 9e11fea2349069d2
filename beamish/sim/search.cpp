// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/search.hpp"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <vector>

#include "beamish/runtime/world.hpp"

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

void write_all(int fd, const void* data, std::size_t size) noexcept {
  auto at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t written = ::write(fd, at, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    at += written;
    size -= static_cast<std::size_t>(written);
  }
}

std::string read_all(int fd) {
  std::string all;
  char buffer[65536];
  for (;;) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return all;
    all.append(buffer, static_cast<std::size_t>(got));
  }
}

// A child's report: the hashes of its schedules, then its failing run as a file, if it has one.
void report(int fd, const std::vector<std::uint64_t>& hashes, const std::string& run) {
  const std::uint64_t count = hashes.size();
  write_all(fd, &count, sizeof count);
  write_all(fd, hashes.data(), count * sizeof(std::uint64_t));
  write_all(fd, run.data(), run.size());
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
void search_share(board& b, const scenario& s, const plan& p, unsigned number, unsigned jobs,
                  int fd) {
  board::child& me = b.children[number];
  std::vector<std::uint64_t> seen;
  std::string failing;
  const std::uint64_t end = p.first_seed + p.seeds;
  for (std::uint64_t seed = p.first_seed + number; seed < end; seed += jobs) {
    if (seed > b.failing.load(std::memory_order_relaxed)) break;
    me.seed.store(seed, std::memory_order_relaxed);
    const bool twice = p.twice_each != 0 && seed % p.twice_each == 0;
    const verdict v = play(s, seed, p.search, twice);
    ++me.runs;
    me.steps += v.steps;
    me.virtual_time += v.elapsed.count();
    for (std::size_t i = 0; i < fault_kinds; ++i) me.faults[i] += v.faults[i];
    seen.push_back(v.trace_hash);
    if (v.complaints.empty()) continue;
    lower(b.failing, seed);
    failing = write_run(record_of(s, seed, v));
    break;
  }
  report(fd, seen, failing);
}

void search_everything(board& b, const scenario& s, const plan& p, int fd) {
  const exploration e = explore(s, p);
  board::child& me = b.children[0];
  me.runs = e.runs;
  me.steps = e.steps;
  me.virtual_time = e.virtual_time.count();
  me.faults = e.faults;
  me.complete = e.complete;
  me.schedules = e.schedules;
  report(fd, {}, e.failed ? write_run(*e.failed) : std::string());
}

struct job {
  pid_t process = -1;
  int results = -1;
};

// A test framework's handlers would report a crash that is ours to report.
void restore_signals() noexcept {
  for (int number : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV}) ::signal(number, SIG_DFL);
}

job start_job(board& b, const scenario& s, const plan& p, unsigned number, unsigned jobs) {
  int ends[2];
  if (::pipe(ends) != 0) fail("pipe");
  const pid_t process = ::fork();
  if (process < 0) {
    const int why = errno;
    ::close(ends[0]);
    ::close(ends[1]);
    errno = why;
    fail("fork");
  }
  if (process == 0) {
    ::close(ends[0]);
    restore_signals();
    if (p.search.what == strategy::kind::exhaustive)
      search_everything(b, s, p, ends[1]);
    else
      search_share(b, s, p, number, jobs, ends[1]);
    ::_exit(0);
  }
  ::close(ends[1]);
  return {process, ends[0]};
}

// A run that ended its process: its seed is on the board.
void take_crash(const scenario& s, std::uint64_t seed, int status, exploration& e) {
  if (e.failed && e.failed->seed < seed) return;
  recorded_run run;
  run.scenario = s.name;
  run.seed = seed;
  run.failure.kind = failure_kind::crash;
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    run.failure.text = "the program was ended by signal " + std::to_string(number) + " (" +
                       ::strsignal(number) + ")";
  } else {
    run.failure.text =
        "the program ended itself with exit code " + std::to_string(WEXITSTATUS(status));
  }
  e.failed = std::move(run);
}

}  // namespace

exploration search(const scenario& s, const plan& p, unsigned jobs) {
  const std::int64_t begin = detail::real_now();
  if (p.search.what == strategy::kind::exhaustive || jobs == 0) jobs = 1;
  if (jobs > most_jobs) jobs = most_jobs;
  shared_board b;
  std::vector<job> all;
  for (unsigned i = 0; i < jobs; ++i) all.push_back(start_job(*b, s, p, i, jobs));
  exploration e;
  std::vector<std::uint64_t> seen;
  for (unsigned i = 0; i < jobs; ++i) {
    take_report(read_all(all[i].results), seen, e);
    ::close(all[i].results);
    int status = 0;
    while (::waitpid(all[i].process, &status, 0) < 0 && errno == EINTR) {
    }
    board::child& child = b->children[i];
    if (status != 0) {
      lower(b->failing, child.seed.load());
      take_crash(s, child.seed.load(), status, e);
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
