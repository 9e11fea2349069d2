// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/run_file.hpp"

#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace beamish::inline v0::sim {

namespace {

constexpr std::string_view first_line = "beamish run 1";
constexpr std::string_view choice_names[] = {"next",   "slice", "queued_call", "timer",  "duration",
                                             "random", "size",  "fault",       "victim", "disk"};
static_assert(std::size(choice_names) == static_cast<std::size_t>(choice::disk) + 1);

std::string hex(std::uint64_t number) {
  char text[17];
  const auto end = std::to_chars(text, text + 16, number, 16).ptr;
  return std::string(text, end);
}

// Takes a text apart, line by line, word by word, and knows where it is.
class reader {
 public:
  explicit reader(std::string_view text) : rest_(text) {}

  [[noreturn]] void fail(const std::string& why) const {
    throw std::runtime_error("line " + std::to_string(line_number_) + ": " + why);
  }
  bool at_end() const noexcept { return rest_.empty(); }
  void next_line() {
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++line_number_;
  }
  std::string_view line() const noexcept { return line_; }
  std::string_view word() {
    const std::size_t end = std::min(line_.find(' '), line_.size());
    const std::string_view w = line_.substr(0, end);
    line_.remove_prefix(std::min(end + 1, line_.size()));
    return w;
  }
  std::uint64_t number(int base = 10) {
    const std::string_view w = word();
    std::uint64_t n = 0;
    const auto [end, error] = std::from_chars(w.data(), w.data() + w.size(), n, base);
    if (error != std::errc() || end != w.data() + w.size() || w.empty())
      fail("'" + std::string(w) + "' is not a number");
    return n;
  }
  // The rest of the next line, which begins with that word.
  std::string_view field(std::string_view name) {
    next_line();
    if (word() != name) fail("this line should begin with '" + std::string(name) + "'");
    return line_;
  }
  std::uint64_t number_field(std::string_view name, int base = 10) {
    field(name);
    return number(base);
  }

 private:
  std::string_view rest_;
  std::string_view line_;
  int line_number_ = 0;
};

choice choice_named(reader& in) {
  const std::string_view name = in.word();
  for (std::size_t i = 0; i < std::size(choice_names); ++i) {
    if (choice_names[i] == name) return static_cast<choice>(i);
  }
  in.fail("there is no decision '" + std::string(name) + "'");
}

void read_decisions(reader& in, std::uint64_t count, std::vector<decision>& all) {
  while (all.size() < count) {
    if (in.at_end())
      in.fail("the file ends after " + std::to_string(all.size()) + " of " + std::to_string(count) +
              " decisions");
    in.next_line();
    decision d{};
    d.kind = choice_named(in);
    d.options = static_cast<std::uint32_t>(in.number());
    d.chosen = static_cast<std::uint32_t>(in.number());
    if (d.chosen >= d.options) in.fail("the answer is not below the number of options");
    std::uint64_t times = 1;
    if (!in.line().empty() && in.line().front() == 'x') {
      const std::string_view w = in.line().substr(1);
      const auto [end, error] = std::from_chars(w.data(), w.data() + w.size(), times);
      if (error != std::errc() || end != w.data() + w.size()) in.fail("how many times?");
    }
    if (times == 0 || times > count - all.size()) in.fail("more decisions than there should be");
    all.insert(all.end(), times, d);
  }
}

std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

}  // namespace

std::string_view name_of(choice kind) noexcept {
  return choice_names[static_cast<std::size_t>(kind)];
}

std::string write_run(const recorded_run& run) {
  std::ostringstream out;
  out << first_line << "\nscenario " << run.scenario << "\nprogram " << run.program << "\nseed "
      << run.seed << "\nfailure " << name_of(run.failure.kind) << " " << one_line(run.failure.text)
      << "\ntrace " << hex(run.trace_hash) << "\nsteps " << run.steps << "\nnarrow "
      << (run.narrow ? "yes" : "no") << "\ndecisions " << run.decisions.size() << "\n";
  for (std::size_t i = 0; i < run.decisions.size();) {
    const decision& d = run.decisions[i];
    std::size_t times = 1;
    while (i + times < run.decisions.size() && run.decisions[i + times] == d) ++times;
    out << name_of(d.kind) << " " << d.options << " " << d.chosen;
    if (times > 1) out << " x" << times;
    out << "\n";
    i += times;
  }
  return out.str();
}

recorded_run read_run(std::string_view text) {
  reader in(text);
  in.next_line();
  if (in.line() != first_line) {
    in.fail("this is no recorded run of this version: it does not begin with '" +
            std::string(first_line) + "'");
  }
  recorded_run run;
  run.scenario = in.field("scenario");
  run.program = in.field("program");
  run.seed = in.number_field("seed");
  in.field("failure");
  run.failure.kind = failure_named(in.word());
  run.failure.text = in.line();
  run.trace_hash = in.number_field("trace", 16);
  run.steps = in.number_field("steps");
  run.narrow = in.field("narrow") == "yes";
  const std::uint64_t count = in.number_field("decisions");
  read_decisions(in, count, run.decisions);
  return run;
}

void save_run(const recorded_run& run, const std::string& path) {
  std::ofstream out(path, std::ios::binary);
  out << write_run(run);
  out.close();
  if (!out) throw std::runtime_error("can't write " + path + ": " + std::strerror(errno));
}

recorded_run load_run(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("can't read " + path + ": " + std::strerror(errno));
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  try {
    return read_run(text);
  } catch (const std::runtime_error& e) {
    throw std::runtime_error(path + ", " + e.what());
  }
}

}  // namespace beamish::inline v0::sim
