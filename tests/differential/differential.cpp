// SPDX-License-Identifier: Apache-2.0
//
// Plays scenarios on Beamish:
//
//     differential PLAYS LOGS
//
// PLAYS holds Erlang terms {Number, Seeds, Reals, Quiet, Lines}: so many plays in simulated worlds,
// and so many on threads, where Quiet ms pass between two lines. LOGS gets, for each play, `play
// NUMBER WORLD` (a seed, or `real`), a line `PHASE WHO TEXT` for each event, `! COMPLAINT` if it
// did not end well, and `end`.
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/differential/conductor.hpp"
#include "tests/differential/reader.hpp"

namespace {

void write(std::ostream& to, std::int64_t number, const std::string& world,
           const differential::played& p) {
  to << "play " << number << ' ' << world << '\n';
  for (const differential::event& e : p.events)
    to << e.phase << ' ' << e.who << ' ' << e.text << '\n';
  if (!p.complaint.empty()) to << "! " << p.complaint << '\n';
  to << "end\n";
}

std::int64_t number_at(const beamish::term& play, std::size_t at) {
  return play.elements()[at].as_integer().value();
}

void play_all(const beamish::term& play, std::ostream& to) {
  const beamish::term& lines = play.elements()[4];
  for (std::int64_t seed = 1; seed <= number_at(play, 1); ++seed) {
    write(to, number_at(play, 0), std::to_string(seed),
          differential::play_simulated(lines, static_cast<std::uint64_t>(seed)));
  }
  const std::chrono::milliseconds quiet(number_at(play, 3));
  for (std::int64_t n = 0; n < number_at(play, 2); ++n)
    write(to, number_at(play, 0), "real", differential::play_real(lines, quiet));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "differential PLAYS LOGS\n";
    return 2;
  }
  std::stringstream plays;
  plays << std::ifstream(argv[1]).rdbuf();
  std::ofstream logs(argv[2]);
  try {
    for (const beamish::term& play : differential::read_terms(plays.str())) play_all(play, logs);
  } catch (const std::exception& error) {
    std::cerr << "differential: " << error.what() << '\n';
    return 1;
  }
  return logs.flush() ? 0 : 1;
}
