// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/reader.hpp"

#include <stdexcept>
#include <string>

namespace differential {

using beamish::atom;
using beamish::term;

namespace {

class reader {
 public:
  explicit reader(std::string_view text) : text_(text) {}

  std::vector<term> all() {
    std::vector<term> found;
    for (skip(); at_ < text_.size(); skip()) {
      found.push_back(read());
      expect(".");
    }
    return found;
  }

 private:
  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool next_is(std::string_view what) {
    skip();
    return text_.substr(at_, what.size()) == what;
  }
  void expect(std::string_view what) {
    if (!next_is(what)) {
      throw std::runtime_error("expected " + std::string(what) + " at offset " +
                               std::to_string(at_));
    }
    at_ += what.size();
  }

  term read() {
    if (next_is("{")) return beamish::tuple_from(items("{", "}"));
    if (next_is("[")) return beamish::list_from(items("[", "]"));
    if (next_is("'")) return term(atom(quoted('\'')));
    if (next_is("<<")) {
      expect("<<");
      const std::string text = quoted('"');
      expect(">>");
      return term(text);
    }
    // What stands bare is a number, true or false.
    const std::size_t end = text_.find_first_of(",]} .\n", at_);
    const std::string word(text_.substr(at_, end - at_));
    at_ = end;
    if (word == "true" || word == "false") return term(word == "true");
    return term(static_cast<std::int64_t>(std::stoll(word)));
  }

  std::vector<term> items(std::string_view opening, std::string_view closing) {
    std::vector<term> found;
    expect(opening);
    while (!next_is(closing)) {
      found.push_back(read());
      if (next_is(",")) expect(",");
    }
    expect(closing);
    return found;
  }

  std::string quoted(char quote) {
    std::string found;
    expect(std::string_view(&quote, 1));
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\') ++at_;
      found += text_[at_++];
    }
    ++at_;
    return found;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<term> read_terms(std::string_view text) { return reader(text).all(); }

}  // namespace differential
