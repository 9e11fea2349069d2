// SPDX-License-Identifier: Apache-2.0
#include "apps/batch_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "beamish/runtime/os_process.hpp"

namespace beamish::apps {
namespace {

constexpr std::size_t most_problems = 10;

// 0, or the errno.
int read_all(int fd, std::string& text) {
  char buffer[65536];
  for (;;) {
    const ssize_t count = read(fd, buffer, sizeof buffer);
    if (count == 0) return 0;
    if (count > 0) {
      text.append(buffer, static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      return errno;
    }
  }
}

std::string message(int error) { return std::generic_category().message(error); }

// What is wrong with the file as a whole, or nothing.
std::string read_file(const std::string& path, std::string& text) {
  const detail::unique_fd opened(path == "-" ? -1 : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const int fd = path == "-" ? STDIN_FILENO : opened.get();
  if (fd < 0) return "cannot open " + path + ": " + message(errno);
  struct stat status = {};
  const bool directory = fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
  if (directory) return path + " is a directory, not a file with one command per line";
  const int error = read_all(fd, text);
  return error == 0 ? std::string() : "cannot read " + path + ": " + message(error);
}

std::string hint_on(const shell_special& first, std::size_t commands) {
  const std::string which = commands == 1 ? "one command has" : std::to_string(commands) + " have";
  return which + " characters that a shell would act on, the first " +
         std::string(1, first.character) + " in line " + std::to_string(first.line) + ", column " +
         std::to_string(first.column) +
         "; here they stand for themselves (write sh -c '...' if a shell is meant)";
}

}  // namespace

command_file read_command_file(const std::string& path) {
  std::string text;
  if (std::string problem = read_file(path, text); !problem.empty()) {
    command_file unread;
    unread.problems.push_back(std::move(problem));
    return unread;
  }
  return parse_command_file(path == "-" ? "standard input" : path, text);
}

command_file parse_command_file(const std::string& name, const std::string& text) {
  shell_script script = parse_script(text);
  command_file file;
  file.name = name;
  for (const shell_error& error : script.errors) {
    if (file.problems.size() == most_problems) {
      const std::size_t more = script.errors.size() - most_problems;
      file.problems.push_back("and " + std::to_string(more) + " more lines like these");
      break;
    }
    file.problems.push_back(name + ", " + error.text());
  }
  if (!file.problems.empty()) return file;
  file.commands = std::move(script.commands);
  if (!script.specials.empty()) {
    file.hints.push_back(hint_on(script.specials[0], script.specials.size()));
  }
  return file;
}

}  // namespace beamish::apps
