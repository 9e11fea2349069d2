// SPDX-License-Identifier: Apache-2.0
//
// A command line for scenarios: a program that is nothing but `main` and a list.
//
//     int main(int argc, char** argv) {
//       return beamish::sim::main(argc, argv, {
//           {"ping", "an answer comes back", ping},
//           {"pay", "no money is lost", pay, {.faults = sim::faults().kill_processes(1e-3)}},
//       });
//     }
//
//     my_scenarios run                       every scenario, 10,000 seeds each
//     my_scenarios run ping --seeds 1000000
//     my_scenarios list
//
// Guarantees: the exit code is 0 if all went well, 2 for a wrong command line, and else that of the
// first failure's class: crash 65, invariant 66, liveness 67, deadlock 68, nondeterminism 69.
// Threads: REQUIRES that the program has no others yet: it forks. Mirrors nothing of OTP.
// tested in: command_test.cpp
#pragma once

#include <string>
#include <vector>

#include "beamish/sim/scenario.hpp"

namespace beamish::inline v0::sim {

int main(int argc, char** argv, const std::vector<scenario>& all);
// Where this program is, in a form that still holds in another directory.
std::string path_of_this_program(const char* called_as);
// The same, told how it is called: `program` is what a person types before the verb, `path` what
// can be executed to get here; words that go before the verb may follow it ("/usr/bin/beamish
// sim").
int command(const std::string& program, const std::string& path,
            const std::vector<std::string>& words, const std::vector<scenario>& all);

}  // namespace beamish::inline v0::sim
