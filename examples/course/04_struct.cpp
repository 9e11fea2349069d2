// SPDX-License-Identifier: Apache-2.0
//
// A struct with defaults, made from keywords, with a mandatory key. Mirrors defstruct, struct!/2
// and @enforce_keys.
#include <beamish/beamish.hpp>
#include <beamish/term/keywords.hpp>

#include <cstdio>

using namespace beamish;

struct task_handler_state {
  int task_limit = 2;
  std::vector<std::string> tasks;
};

struct strict_state {
  static constexpr auto enforce_keys = std::array{"task_limit"};
  int task_limit = 0;
  std::vector<std::string> tasks;
};

void try_keywords(const keywords& args) {
  auto made = from_keywords<strict_state>(args);
  std::printf("%s\n", made.has_value() ? inspect(*made).c_str() : made.error().c_str());
}

int main() {
  std::printf("%s\n", inspect(task_handler_state{}).c_str());
  std::printf("%s\n", inspect(task_handler_state{.task_limit = 4, .tasks = {}}).c_str());
  auto overridden = struct_from_keywords<task_handler_state>({{"task_limit", 8}});
  std::printf("%s\n", inspect(overridden).c_str());

  try_keywords({{"task_limit", 4}});
  try_keywords({});
  try_keywords({{"task_limit", 4}, {"size", 1}});
}
