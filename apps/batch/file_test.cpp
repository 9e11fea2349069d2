// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/file.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

using namespace beamish::apps;

namespace {

std::string problem_of(const std::string& path) {
  const command_file file = read_command_file(path);
  CHECK(file.commands.empty());
  REQUIRE(file.problems.size() == 1);
  return file.problems[0];
}

}  // namespace

TEST_CASE("batch_file: a file of commands") {
  char name[] = "/tmp/beamish-batch-XXXXXX";
  const int fd = mkstemp(name);
  REQUIRE(fd >= 0);
  std::ofstream(name) << "echo one\n\n# two\necho 'thr ee'\n";
  const command_file file = read_command_file(name);
  CHECK(file.name == name);
  CHECK(file.problems.empty());
  CHECK(file.hints.empty());
  REQUIRE(file.commands.size() == 2);
  CHECK(file.commands[1].line == 4);
  unlink(name);
  close(fd);
}

TEST_CASE("batch_file: what is no file of commands") {
  CHECK(problem_of("/no/such/file") == "cannot open /no/such/file: No such file or directory");
  CHECK(problem_of("/tmp") == "/tmp is a directory, not a file with one command per line");
  CHECK(problem_of("") == "cannot open : No such file or directory");
}

TEST_CASE("batch_file: lines that cannot be read are all named, and nothing is left to run") {
  const command_file file = parse_command_file("jobs", "a\nb 'c\nd\ne \"f\n");
  CHECK(file.commands.empty());
  REQUIRE(file.problems.size() == 2);
  CHECK(file.problems[0] == "jobs, line 2, column 3: this ' is never closed");
  CHECK(file.problems[1] == "jobs, line 4, column 3: this \" is never closed");
}

TEST_CASE("batch_file: many bad lines do not fill the screen") {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "it's\n";
  const command_file file = parse_command_file("jobs", text);
  REQUIRE(file.problems.size() == 11);
  CHECK(file.problems[10] == "and 90 more lines like these");
}

TEST_CASE("batch_file: who seems to expect a shell gets a hint") {
  const command_file file = parse_command_file("jobs", "echo a\nsort a > b\necho $HOME\n");
  CHECK(file.commands.size() == 3);
  REQUIRE(file.hints.size() == 1);
  CHECK(file.hints[0] ==
        "2 commands have characters that a shell would act on, the first > in line 2, column 8; "
        "here they "
        "stand for themselves (say --shell, or write sh -c '...', if a shell is meant)");
}

TEST_CASE("batch_file: a line for a shell is passed on as it stands") {
  const command_file file = parse_command_file(
      "jobs", "\xEF\xBB\xBF# all\n  ls *.txt | wc -l \r\n\n\t# none\necho 'it\n", {.shell = true});
  CHECK(file.problems.empty());
  CHECK(file.hints.empty());
  REQUIRE(file.commands.size() == 2);
  CHECK(file.commands[0].line == 2);
  CHECK(file.commands[0].text == "ls *.txt | wc -l");
  CHECK(file.commands[0].words == std::vector<std::string>{"sh", "-c", "ls *.txt | wc -l"});
  CHECK(file.commands[1].line == 5);
  const command_file nul = parse_command_file("jobs", std::string("a\0b\n", 4), {.shell = true});
  REQUIRE(nul.problems.size() == 1);
  CHECK(nul.problems[0] == "jobs, line 1: a NUL byte cannot be part of a command");
}

TEST_CASE("batch_file: labels") {
  for (const bool shell : {false, true}) {
    const command_file file = parse_command_file(
        "jobs", "build-1: make -j2\n# no\n  v1.2_x:   ls a:b\n", {.shell = shell, .labels = true});
    CHECK(file.problems.empty());
    REQUIRE(file.commands.size() == 2);
    CHECK(file.commands[0].label == "build-1");
    CHECK(file.commands[0].text == "make -j2");
    CHECK(file.commands[1].label == "v1.2_x");
    CHECK(file.commands[1].text == "ls a:b");
  }
}

TEST_CASE("batch_file: a line without a label, or with one that is taken, is named") {
  const std::string want = ": --labels wants a label and a colon first, as in build-1: make -j2";
  for (const bool shell : {false, true}) {
    const command_file file = parse_command_file(
        "jobs", "make\n../x: ls\na:\nok: ls\n-a: ls\n'': ls\n", {.shell = shell, .labels = true});
    CHECK(file.commands.empty());
    CHECK(file.problems == std::vector<std::string>{"jobs, line 1" + want, "jobs, line 2" + want,
                                                    "jobs, line 3" + want, "jobs, line 5" + want,
                                                    "jobs, line 6" + want});
  }
  const command_file twice = parse_command_file("jobs", "a: ls\nb: ls\na: ls\n", {.labels = true});
  CHECK(twice.problems == std::vector<std::string>{"jobs, line 3: the label a is taken by line 1"});
}
