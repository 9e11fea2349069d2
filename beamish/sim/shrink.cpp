// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/shrink.hpp"

#include <algorithm>
#include <compare>
#include <utility>
#include <vector>

#include "beamish/runtime/world.hpp"

namespace beamish::inline v0::sim {

namespace {

using decisions = std::vector<decision>;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// The text without what differs between two runs that fail alike: numbers, pids, references, and
// the trace's names of processes (p1, p2@3).
std::string without_numbers(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size();) {
    if (text.compare(i, 5, "#PID<") == 0 || text.compare(i, 5, "#Refe") == 0) {
      plain += text[i + 1];
      i = std::min(text.find('>', i), text.size() - 1) + 1;
    } else if (is_digit(text[i])) {
      plain += '0';
      while (i < text.size() && (is_digit(text[i]) || text[i] == '@')) ++i;
    } else {
      plain += text[i++] == '\n' ? ' ' : text[i - 1];
    }
  }
  return plain;
}

failure failure_of(const verdict& v) {
  return {v.kind, v.complaints.empty() ? std::string() : v.complaints.front()};
}

// Smaller is better: what a person has to read. A decision that is not plain has to be understood,
// and so may stand for the steps that it saves; a fault is much to explain.
struct weight {
  std::uint64_t burden = 0, strange = 0, answers = 0;
  friend auto operator<=>(const weight&, const weight&) = default;
};

weight weigh(const verdict& v) {
  constexpr std::uint64_t of_fault = 4, of_strange = 3;
  constexpr std::uint32_t most = 64;
  weight w{0, count_strange(v.decisions), 0};
  for (std::uint64_t n : v.faults) w.strange += of_fault * n;
  w.burden = v.steps + of_strange * w.strange;
  for (const decision& d : v.decisions) w.answers += std::min(d.chosen, most);
  return w;
}

class shrinker {
 public:
  shrinker(const scenario& s, const recorded_run& run, const shrink_limits& limits)
      : scenario_(s), wanted_(run.failure), narrow_(run.narrow), limits_(limits) {
    options_ = s.options;
    endless_ = run.steps >= options_.max_steps;
    end_ = detail::real_now() + limits.time.count();
  }

  // False if the run is not repeated by its decisions.
  bool begin(const decisions& first) {
    ++runs_;
    const verdict v = play(first);
    if (!same_failure(failure_of(v), wanted_)) return false;
    take(v);
    return true;
  }

  void work() {
    for (bool better = true; better && !out();) {
      better = lower_sizes();
      better = cut_tail() || better;
      better = drop_chunks() || better;
      better = delete_some() || better;
      better = lower_answers() || better;
      if (!better) better = add_one(best_) || exchange() || start_from_plain() || search();
    }
  }

  const decisions& best() const noexcept { return best_; }
  std::uint64_t runs() const noexcept { return runs_; }
  bool out() const { return runs_ >= limits_.runs || detail::real_now() >= end_ || late_; }

 private:
  verdict play(script answers) const {
    trial_options o = options_;
    o.answers = std::move(answers);
    return run_in_simulation(scenario_.body, o, 0);
  }
  verdict play(decisions answers) const { return play(script{std::move(answers), false, narrow_}); }

  void take(const verdict& v) {
    best_ = v.decisions;
    weight_ = weigh(v);
    // A run that takes longer is no better.
    if (!endless_) options_.max_steps = std::min(options_.max_steps, weight_.burden + 1);
    while (!best_.empty() && best_.back().chosen == 0) best_.pop_back();
  }

  bool attempt(decisions answers) { return attempt(script{std::move(answers), false, narrow_}); }

  bool attempt(script answers) {
    if (out()) {
      late_ = true;
      return false;
    }
    ++runs_;
    const verdict v = play(std::move(answers));
    if (!same_failure(failure_of(v), wanted_) || !(weigh(v) < weight_)) return false;
    take(v);
    return true;
  }

  bool attempt(std::size_t at, std::uint32_t answer) {
    decisions some = best_;
    some[at].chosen = answer;
    return attempt(std::move(some));
  }

  std::vector<std::size_t> strange() const {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < best_.size(); ++i) {
      if (best_[i].chosen != 0) places.push_back(i);
    }
    return places;
  }

  // The most that a smaller answer can give, from the smallest on.
  bool lower(std::size_t at) {
    const std::uint32_t now = best_[at].chosen;
    if (attempt(at, 0)) return true;
    for (std::uint32_t by = now / 2; by != 0; by /= 2) {
      if (now - by != 0 && attempt(at, now - by)) return true;
    }
    return false;
  }

  bool lower_where(bool sizes) {
    bool better = false;
    for (std::size_t i = 0; i < best_.size(); ++i) {
      if ((best_[i].kind == choice::size) != sizes) continue;
      while (i < best_.size() && best_[i].chosen != 0 && lower(i)) better = true;
    }
    return better;
  }
  bool lower_sizes() { return lower_where(true); }
  bool lower_answers() { return lower_where(false); }

  bool cut_tail() {
    bool better = false;
    for (std::size_t keeps = 0, size = best_.size(); keeps < size;) {
      if (attempt(decisions(best_.begin(), best_.begin() + static_cast<std::ptrdiff_t>(keeps))))
        return true;
      keeps += std::max<std::size_t>(1, (size - keeps) / 2);
    }
    return better;
  }

  bool drop_chunks() {
    bool better = false;
    for (std::size_t length = strange().size(); length != 0; length /= 2) {
      std::vector<std::size_t> places = strange();
      for (std::size_t from = 0; from < places.size();) {
        decisions some = best_;
        const std::size_t end = std::min(from + length, places.size());
        for (std::size_t i = from; i < end; ++i) some[places[i]].chosen = 0;
        if (attempt(std::move(some))) {
          better = true;
          places = strange();
        } else {
          from += length;
        }
      }
    }
    return better;
  }

  // Takes a strange decision out, or the plain ones before it: what follows moves forward.
  bool delete_some() {
    bool better = false;
    for (std::size_t n = 0; n < strange().size();) {
      const std::vector<std::size_t> places = strange();
      const std::size_t before = n == 0 ? 0 : places[n - 1] + 1;
      bool moved = without(places[n], 1);
      for (std::size_t length = places[n] - before; length != 0 && !moved; length /= 2) {
        moved = without(places[n] - length, length);
      }
      better = better || moved;
      if (!moved) ++n;
    }
    return better;
  }

  bool without(std::size_t from, std::size_t length) {
    decisions some = best_;
    const auto begin = some.begin() + static_cast<std::ptrdiff_t>(from);
    some.erase(begin, begin + static_cast<std::ptrdiff_t>(length));
    return attempt(std::move(some));
  }

  // One strange decision instead of two.
  bool exchange() {
    constexpr std::size_t few = 12;
    const std::vector<std::size_t> places = strange();
    for (std::size_t i = 0; i < places.size(); ++i) {
      const std::size_t end = places.size() <= few ? places.size() : i + 2;
      for (std::size_t k = i + 1; k < std::min(end, places.size()) && !late_; ++k) {
        decisions some = best_;
        some[places[i]].chosen = some[places[k]].chosen = 0;
        ++runs_;
        if (add_one(play(std::move(some)).decisions)) return true;
      }
    }
    return false;
  }

  // Each answer to each question of that run, one at a time.
  bool add_one(decisions base) {
    constexpr std::uint32_t most = 16;
    for (std::size_t i = 0; i < base.size(); ++i) {
      if (base[i].kind == choice::size || base[i].kind == choice::random) continue;
      if (base[i].chosen != 0) continue;
      for (std::uint32_t answer = 1; answer < std::min(base[i].options, most); ++answer) {
        decisions some = base;
        some[i].chosen = answer;
        if (attempt(std::move(some))) return true;
        if (late_) return false;
      }
    }
    return false;
  }

  // One strange decision in an otherwise plain run of the same sizes, where there is something to
  // choose.
  bool start_from_plain() {
    if (strange().size() < 2) return false;
    decisions plain = best_;
    for (decision& d : plain) {
      if (d.kind != choice::size) d.chosen = 0;
    }
    ++runs_;
    return add_one(play(std::move(plain)).decisions);
  }

  // Another way to the same failure: a beginning of the best run, or none, and then mostly plain
  // answers. This leaves a run that no single change makes smaller.
  bool search() {
    constexpr std::uint64_t rounds = 20'000;
    for (std::uint64_t round = 0; round < rounds && !late_; ++round) {
      const std::size_t keeps = round % 2 == 0 ? 0 : below(best_.size() + 1);
      const auto strange_tail = std::uint32_t{2} << below(5);
      decisions some(best_.begin(), best_.begin() + static_cast<std::ptrdiff_t>(keeps));
      if (attempt(script{std::move(some), false, narrow_, strange_tail, below(~0u)})) return true;
    }
    return false;
  }

  std::uint64_t below(std::uint64_t end) noexcept {
    random_ = random_ * 6364136223846793005ull + 1442695040888963407ull;
    return (random_ >> 33) % end;
  }

  const scenario& scenario_;
  trial_options options_;
  const failure wanted_;
  const bool narrow_;
  bool endless_ = false;  // the failure is that it takes too many steps
  const shrink_limits limits_;
  std::int64_t end_ = 0;
  decisions best_;
  weight weight_;
  std::uint64_t runs_ = 0;
  std::uint64_t random_ = 1;
  bool late_ = false;
};

// Plays it by those answers with its trace, as the run that is to be kept.
verdict play_kept(const scenario& s, const recorded_run& run, const decisions& answers) {
  trial_options o = s.options;
  o.answers = script{answers, false, run.narrow};
  o.keeps_trace = true;
  return run_in_simulation(s.body, o, run.seed);
}

bool repeats(const scenario& s, const recorded_run& run) {
  return failure_of(replay(s, run)) == run.failure;
}

}  // namespace

bool same_failure(const failure& a, const failure& b) {
  return a.kind == b.kind && without_numbers(a.text) == without_numbers(b.text);
}

std::uint64_t count_strange(const std::vector<decision>& all) {
  return static_cast<std::uint64_t>(
      std::count_if(all.begin(), all.end(), [](const decision& d) { return d.chosen != 0; }));
}

run_size size_of(const verdict& v) {
  run_size size{count_strange(v.decisions), 0, v.people.size(), v.steps};
  for (std::uint64_t n : v.faults) size.faults += n;
  return size;
}

shrunk shrink(const scenario& s, const recorded_run& run, const shrink_limits& limits) {
  const std::int64_t begin = detail::real_now();
  shrunk result;
  result.run = run;
  shrinker work(s, run, limits);
  if (run.failure.kind == failure_kind::none) {
    result.trouble = "the run has not failed";
  } else if (run.failure.kind == failure_kind::nondeterminism || !work.begin(run.decisions)) {
    result.trouble = "its decisions do not lead to its failure again";
  }
  if (!result.trouble.empty()) return result;
  result.before = result.after = size_of(play_kept(s, run, run.decisions));
  work.work();
  const verdict v = play_kept(s, run, work.best());
  recorded_run small = record_of(s, run.seed, v, run.narrow);
  small.program = run.program;
  result.runs = work.runs() + 2;
  result.ran_out = work.out();
  if (repeats(s, small) && repeats(s, small)) {
    result.run = std::move(small);
    result.after = size_of(v);
  } else {
    result.trouble = "the smaller run is not the same each time that it is played";
  }
  result.time = std::chrono::nanoseconds(detail::real_now() - begin);
  return result;
}

}  // namespace beamish::inline v0::sim
