// SPDX-License-Identifier: Apache-2.0
#include "beamish/jobs/shell_words.hpp"

#include <optional>
#include <utility>

namespace beamish::inline v0 {
namespace {

enum class newlines : bool { end_the_command, are_blank };

constexpr std::string_view specials = "|&;<>()*$`";
constexpr std::string_view specials_in_double_quotes = "$`";

// A cursor over the text that sees \r\n as one character, '\n', unless told to take bytes as they
// are, and that knows its place.
class cursor {
 public:
  explicit cursor(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  bool at_newline() const { return newline_length() != 0; }
  char peek() const { return at_newline() ? '\n' : text_[at_]; }
  std::size_t line() const { return line_; }
  std::size_t column() const { return column_; }

  char next() {
    const char c = peek();
    advance(c == '\n' ? newline_length() : 1);
    return c;
  }

  char next_byte() {
    const char c = text_[at_];
    advance(1);
    return c;
  }

  void skip_line() {
    while (!at_end() && !at_newline()) next();
  }

 private:
  std::size_t newline_length() const {
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with('\n')) return 1;
    return rest.starts_with("\r\n") ? 2 : 0;
  }

  void advance(std::size_t bytes) {
    const char last = text_[at_ + bytes - 1];
    at_ += bytes;
    if (last == '\n') {
      ++line_;
      column_ = 1;
      return;
    }
    const bool continues = at_ < text_.size() && (static_cast<unsigned char>(text_[at_]) >> 6) == 2;
    if (!continues) ++column_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t column_ = 1;
};

class scanner {
 public:
  scanner(std::string_view text, newlines mode) : at_(text), mode_(mode) {}

  shell_script run() {
    while (!at_.at_end()) {
      command();
      if (!at_.at_end()) at_.next();
    }
    return std::move(script_);
  }

 private:
  // Reads to the end of the command and leaves the cursor on its newline or at the end.
  void command() {
    shell_command found{at_.line(), {}};
    special_.reset();
    while (skip_blanks()) {
      if (found.words.empty()) found.line = at_.line();
      std::string word;
      if (!read_word(word)) {
        at_.skip_line();
        return;
      }
      found.words.push_back(std::move(word));
    }
    if (found.words.empty()) return;
    script_.commands.push_back(std::move(found));
    if (special_) script_.specials.push_back(*special_);
  }

  // True if a word starts here.
  bool skip_blanks() {
    while (!at_.at_end()) {
      const char c = at_.peek();
      if (c == '#') {
        at_.skip_line();
      } else if (c == ' ' || c == '\t' || (c == '\n' && mode_ == newlines::are_blank)) {
        at_.next();
      } else if (c != '\\' || !skip_continuation()) {
        return c != '\n';
      }
    }
    return false;
  }

  bool skip_continuation() {
    cursor ahead = at_;
    ahead.next();
    if (ahead.at_end() || !ahead.at_newline()) return false;
    ahead.next();
    at_ = ahead;
    return true;
  }

  bool read_word(std::string& word) {
    while (!at_.at_end()) {
      const char c = at_.peek();
      if (c == ' ' || c == '\t' || c == '\n') return true;
      bool good = true;
      if (c == '\'' || c == '"') {
        good = read_quoted(word);
      } else if (c == '\\') {
        good = read_escape(word);
      } else {
        note_special(c, specials);
        good = take(word);
      }
      if (!good) return false;
    }
    return true;
  }

  bool read_quoted(std::string& word) {
    const cursor opening = at_;
    const char quote = at_.next();
    while (!at_.at_end()) {
      if (at_.at_newline() && mode_ == newlines::end_the_command) break;
      const char c = at_.peek();
      if (c == quote) {
        at_.next();
        return true;
      }
      if (quote == '"' && c == '\\') {
        read_escape_in_double_quotes(word);
        continue;
      }
      if (quote == '"') note_special(c, specials_in_double_quotes);
      if (!take(word)) return false;
    }
    fail(opening, std::string("this ") + quote + " is never closed");
    return false;
  }

  // The four characters lose their meaning, the end of the line vanishes; otherwise the backslash
  // stands for itself and what follows is read as usual.
  void read_escape_in_double_quotes(std::string& word) {
    if (skip_continuation()) return;
    at_.next();
    const char c = at_.at_end() ? '\0' : at_.peek();
    const bool quotable = c == '$' || c == '`' || c == '"' || c == '\\';
    word.push_back(quotable ? at_.next() : '\\');
  }

  bool read_escape(std::string& word) {
    if (skip_continuation()) return true;
    const cursor backslash = at_;
    at_.next();
    if (!at_.at_end()) return take(word);
    fail(backslash, "nothing follows this \\");
    return false;
  }

  bool take(std::string& word) {
    const cursor here = at_;
    const char c = at_.next_byte();
    if (c == '\0') {
      fail(here, "a NUL byte cannot be part of a command");
      return false;
    }
    word.push_back(c);
    return true;
  }

  void note_special(char c, std::string_view which) {
    const bool special = which.find(c) != std::string_view::npos;
    if (special && !special_) special_ = {at_.line(), at_.column(), c};
  }

  void fail(const cursor& place, std::string problem) {
    script_.errors.push_back({place.line(), place.column(), std::move(problem)});
  }

  cursor at_;
  newlines mode_;
  std::optional<shell_special> special_;
  shell_script script_;
};

bool is_plain(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  const bool digit = c >= '0' && c <= '9';
  return letter || digit || std::string_view("_@%+=:,./-").find(c) != std::string_view::npos;
}

}  // namespace

std::string shell_error::text() const {
  return "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + problem;
}

shell_script parse_script(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  return scanner(text, newlines::end_the_command).run();
}

shell_script parse_command(std::string_view text) {
  return scanner(text, newlines::are_blank).run();
}

std::string shell_quote(std::string_view word) {
  bool plain = !word.empty();
  for (const char c : word) plain = plain && is_plain(c);
  if (plain) return std::string(word);
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted.push_back(c);
    }
  }
  quoted.push_back('\'');
  return quoted;
}

std::string shell_quote(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line.push_back(' ');
    line += shell_quote(word);
  }
  return line;
}

}  // namespace beamish::inline v0
