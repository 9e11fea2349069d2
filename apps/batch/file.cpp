// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include "beamish/jobs/shell_words.hpp"
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

std::string shown_name(const std::string& path) { return path == "-" ? "standard input" : path; }

// What is wrong with the file as a whole, or nothing.
std::string read_file(const std::string& path, std::string& text) {
  const detail::unique_fd opened(path == "-" ? -1 : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const int fd = path == "-" ? STDIN_FILENO : opened.get();
  if (fd < 0) return "cannot open " + path + ": " + message(errno);
  struct stat status = {};
  const bool directory = fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
  if (directory) return shown_name(path) + " is a directory, not a file with one command per line";
  const int error = read_all(fd, text);
  return error == 0 ? std::string() : "cannot read " + shown_name(path) + ": " + message(error);
}

std::string hint_on(const shell_special& first, std::size_t commands) {
  const std::string which =
      commands == 1 ? "one command has" : std::to_string(commands) + " commands have";
  return which + " characters that a shell would act on, the first " +
         std::string(1, first.character) + " in line " + std::to_string(first.line) + ", column " +
         std::to_string(first.column) +
         "; here they stand for themselves (say --shell, or write sh -c '...', if a shell is "
         "meant)";
}

// Collects what is wrong, up to what a person wants to read.
class problem_list {
 public:
  explicit problem_list(command_file& file) : file_(file) {}
  void add(std::size_t line, const std::string& problem) {
    add("line " + std::to_string(line) + ": " + problem);
  }
  void add(const std::string& problem) {
    if (++count_ <= most_problems) file_.problems.push_back(file_.name + ", " + problem);
  }
  void finish() {
    if (count_ > most_problems) {
      file_.problems.push_back("and " + std::to_string(count_ - most_problems) +
                               " more lines like these");
    }
    if (count_ > 0) file_.commands.clear();
  }

 private:
  command_file& file_;
  std::size_t count_ = 0;
};

bool is_label(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (text.empty() || text.size() > 100 || !plain(text[0])) return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return plain(c) || c == '.' || c == '_' || c == '-'; });
}

constexpr const char* no_label =
    "--labels wants a label and a colon first, as in build-1: make -j2";

void read_words(const std::string& text, line_reading how, command_file& file,
                problem_list& problems) {
  shell_script script = parse_script(text);
  for (const shell_error& error : script.errors) problems.add(error.text());
  for (shell_command& command : script.commands) {
    batch_command read{.line = command.line};
    if (how.labels) {
      std::string& first = command.words[0];
      const std::string label = first.substr(0, first.size() - (first.empty() ? 0 : 1));
      if (!first.ends_with(':') || !is_label(label) || command.words.size() == 1) {
        problems.add(command.line, no_label);
        continue;
      }
      read.label = label;
      command.words.erase(command.words.begin());
    }
    read.text = shell_quote(command.words);
    read.words = std::move(command.words);
    file.commands.push_back(std::move(read));
  }
  if (!script.specials.empty())
    file.hints.push_back(hint_on(script.specials[0], script.specials.size()));
}

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

void read_shell_line(std::size_t number, std::string_view line, line_reading how,
                     command_file& file, problem_list& problems) {
  line = without_blanks(line);
  if (line.empty() || line[0] == '#') return;
  batch_command read{.line = number};
  if (how.labels) {
    const std::size_t colon = line.find(':');
    const std::string_view rest = colon == line.npos ? "" : without_blanks(line.substr(colon + 1));
    if (rest.empty() || !is_label(line.substr(0, colon))) return problems.add(number, no_label);
    read.label = line.substr(0, colon);
    line = rest;
  }
  if (line.find('\0') != line.npos)
    return problems.add(number, "a NUL byte cannot be part of a command");
  read.text = line;
  read.words = {"sh", "-c", read.text};
  file.commands.push_back(std::move(read));
}

void read_shell_lines(std::string_view text, line_reading how, command_file& file,
                      problem_list& problems) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    read_shell_line(number, text.substr(0, end), how, file, problems);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
}

// Two of the same label would share their files, and nobody could tell their lines apart.
void check_labels(const command_file& file, problem_list& problems) {
  std::map<std::string_view, std::size_t> lines;
  for (const batch_command& command : file.commands) {
    const auto [at, is_new] = lines.emplace(command.label, command.line);
    if (is_new) continue;
    problems.add(command.line,
                 "the label " + command.label + " is taken by line " + std::to_string(at->second));
  }
}

}  // namespace

command_file read_command_file(const std::string& path, line_reading how) {
  std::string text;
  if (std::string problem = read_file(path, text); !problem.empty()) {
    command_file unread;
    unread.problems.push_back(std::move(problem));
    return unread;
  }
  return parse_command_file(shown_name(path), text, how);
}

command_file parse_command_file(const std::string& name, const std::string& text,
                                line_reading how) {
  command_file file;
  file.name = name;
  problem_list problems(file);
  if (how.shell) {
    read_shell_lines(text, how, file, problems);
  } else {
    read_words(text, how, file, problems);
  }
  if (how.labels) check_labels(file, problems);
  problems.finish();
  return file;
}

}  // namespace beamish::apps
