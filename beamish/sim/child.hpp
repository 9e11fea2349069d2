// SPDX-License-Identifier: Apache-2.0
//
// Work in a child process of the operating system: so that what ends the program ends only that.
//
//     child c = start_child([] { return std::string("done"); });
//     child_result r = wait_for(c);    // r.text is "done", r.status 0
//
// Threads: REQUIRES that the program has no others: it forks. Failure: std::system_error if there
// can be no further process.
// tested in: search_test.cpp
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

namespace beamish::inline v0::sim {

struct child {
  pid_t process = -1;
  int results = -1;
};
struct child_result {
  std::string text;
  int status = 0;  // as waitpid tells it
};

// What `work` returns is its result.
child start_child(const std::function<std::string()>& work);
child_result wait_for(const child& c);
// "the program was ended by signal 11 (Segmentation fault)"
std::string ending_in_words(int status);

}  // namespace beamish::inline v0::sim
