// SPDX-License-Identifier: Apache-2.0
#include "beamish/jobs/shell_words.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

using namespace beamish;

namespace {

using words = std::vector<std::string>;

words words_of(std::string_view line) {
  const shell_script script = parse_script(line);
  REQUIRE(script.errors.empty());
  REQUIRE(script.commands.size() == 1);
  return script.commands[0].words;
}

std::string error_of(std::string_view text) {
  const shell_script script = parse_script(text);
  REQUIRE(script.errors.size() == 1);
  return script.errors[0].text();
}

// The words as the real shell sees them, one in each element.
words words_of_sh(const std::string& line) {
  const std::string program = "printf '%s\\0' " + line;
  const std::string command = "sh -c " + shell_quote(program);
  FILE* const pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  words found;
  std::string word;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
    if (c != 0) {
      word.push_back(static_cast<char>(c));
      continue;
    }
    found.push_back(word);
    word.clear();
  }
  REQUIRE(pclose(pipe) == 0);
  return found;
}

// A small generator of our own, so that every machine sees the same words.
struct sequence {
  std::uint64_t state;

  std::uint64_t next() {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
  }
};

std::string random_word(sequence& random, bool with_newlines) {
  constexpr std::string_view alphabet = "ab '\"\\$`#|;&*\t\r\xC3\xA9~=-!{}\n";
  const std::string_view letters = alphabet.substr(0, alphabet.size() - (with_newlines ? 0 : 1));
  std::string word(random.next() % 8, ' ');
  for (char& c : word) c = letters[random.next() % letters.size()];
  return word;
}

words random_words(sequence& random, bool with_newlines) {
  words all(1 + random.next() % 5);
  for (std::string& word : all) word = random_word(random, with_newlines);
  return all;
}

}  // namespace

TEST_CASE("shell_words: words are split at blanks and unquoted") {
  CHECK(words_of("cp a b") == words{"cp", "a", "b"});
  CHECK(words_of("  cp\t a  ") == words{"cp", "a"});
  CHECK(words_of("echo 'two words' \"and two\"") == words{"echo", "two words", "and two"});
  CHECK(words_of("a'b'\"c\"\\d") == words{"abcd"});
  CHECK(words_of("echo '' \"\"") == words{"echo", "", ""});
  CHECK(words_of("''") == words{""});
  CHECK(words_of("echo \\' \\\" \\\\ a\\ b") == words{"echo", "'", "\"", "\\", "a b"});
}

TEST_CASE("shell_words: inside double quotes a backslash quotes four characters only") {
  CHECK(words_of(R"(echo "\$ \` \" \\ \n \a '")") == words{"echo", R"($ ` " \ \n \a ')"});
  CHECK(words_of(R"(echo '\$ \\ "')") == words{"echo", R"(\$ \\ ")"});
}

TEST_CASE("shell_words: nothing is expanded") {
  CHECK(words_of("echo $HOME *.c ~ {a,b} `date` $(date)") ==
        words{"echo", "$HOME", "*.c", "~", "{a,b}", "`date`", "$(date)"});
  CHECK(words_of("a | b > c && d; e") == words{"a", "|", "b", ">", "c", "&&", "d;", "e"});
}

TEST_CASE("shell_words: a # starts a comment only where a word would start") {
  CHECK(words_of("echo a # b 'c") == words{"echo", "a"});
  CHECK(words_of("echo a#b '#c' \\#d") == words{"echo", "a#b", "#c", "#d"});
  CHECK(parse_script("# a 'comment\n\n   \n\t# another").commands.empty());
}

TEST_CASE("shell_words: a script is one command per line, each with its line") {
  const shell_script script = parse_script("one\n\n# skipped\n  two 2\nthree \\\n  3\nfour\n");
  REQUIRE(script.errors.empty());
  REQUIRE(script.commands.size() == 4);
  CHECK(script.commands[0].line == 1);
  CHECK(script.commands[1].line == 4);
  CHECK(script.commands[2].line == 5);
  CHECK(script.commands[2].words == words{"three", "3"});
  CHECK(script.commands[3].line == 7);
  CHECK(parse_script("").commands.empty());
}

TEST_CASE("shell_words: a backslash at the end of a line joins it with the next") {
  CHECK(words_of("ab\\\ncd") == words{"abcd"});
  CHECK(words_of("\"ab\\\ncd\"") == words{"abcd"});
  CHECK(words_of("a\\\n#b") == words{"a#b"});
  CHECK(words_of("a \\\n#b") == words{"a"});
  CHECK(words_of("\\\n\\\na") == words{"a"});
  CHECK(words_of("a \\\n") == words{"a"});
  CHECK(parse_script("# a \\\nb").commands.size() == 1);
}

TEST_CASE("shell_words: files from other systems are read too") {
  const shell_script script = parse_script("\xEF\xBB\xBFone 'a'\r\ntwo \\\r\n  b\r\n# c\r\n\r\n");
  REQUIRE(script.errors.empty());
  REQUIRE(script.commands.size() == 2);
  CHECK(script.commands[0].words == words{"one", "a"});
  CHECK(script.commands[1].words == words{"two", "b"});
  CHECK(words_of("a\rb") == words{"a\rb"});
}

TEST_CASE("shell_words: an error names its place") {
  CHECK(error_of("a\nb\necho good and 'bad\n") == "line 3, column 15: this ' is never closed");
  CHECK(error_of("\"a") == "line 1, column 1: this \" is never closed");
  CHECK(error_of("a\"'") == "line 1, column 2: this \" is never closed");
  CHECK(error_of("\xC3\xA9\xE2\x82\xAC 'x") == "line 1, column 4: this ' is never closed");
  CHECK(error_of("a \\") == "line 1, column 3: nothing follows this \\");
  CHECK(error_of(std::string_view("ab\0c", 4)) ==
        "line 1, column 3: a NUL byte cannot be part of a command");
  CHECK(error_of(std::string_view("a '\0'", 5)) ==
        "line 1, column 4: a NUL byte cannot be part of a command");
  CHECK(error_of("a \\\n  'b\n") == "line 2, column 3: this ' is never closed");
}

TEST_CASE("shell_words: a stray apostrophe does not swallow the lines after it") {
  const shell_script script = parse_script("echo it's\nrm -r build\necho that's\n");
  REQUIRE(script.errors.size() == 2);
  CHECK(script.errors[0].line == 1);
  CHECK(script.errors[1].line == 3);
  REQUIRE(script.commands.size() == 1);
  CHECK(script.commands[0].words == words{"rm", "-r", "build"});
}

TEST_CASE("shell_words: a single command may hold newlines inside quotes") {
  const shell_script script = parse_command("sh -c 'a\r\n b'\n\"\n\"");
  REQUIRE(script.errors.empty());
  REQUIRE(script.commands.size() == 1);
  CHECK(script.commands[0].words == words{"sh", "-c", "a\r\n b", "\n"});
  CHECK(parse_command(" \n # nothing\n").commands.empty());
  CHECK(parse_command("a\n'b").errors.at(0).line == 2);
}

TEST_CASE("shell_words: what a shell would act on is pointed out once per command") {
  const shell_script script =
      parse_script("sort a > b | c\necho '>' \\> \"$HOME\"\necho '$' \">\"");
  REQUIRE(script.specials.size() == 2);
  CHECK(script.specials[0].line == 1);
  CHECK(script.specials[0].column == 8);
  CHECK(script.specials[0].character == '>');
  CHECK(script.specials[1].line == 2);
  CHECK(script.specials[1].character == '$');
}

TEST_CASE("shell_words: quoting shows plain words as they are") {
  CHECK(shell_quote("a-b/c.d=1") == "a-b/c.d=1");
  CHECK(shell_quote("") == "''");
  CHECK(shell_quote("it's") == "'it'\\''s'");
  CHECK(shell_quote(words{"echo", "a b", "#"}) == "echo 'a b' '#'");
}

TEST_CASE("shell_words: ten thousand random commands survive quoting and parsing") {
  sequence random{0x9E3779B97F4A7C15u};
  for (int i = 0; i < 10000; ++i) {
    const bool with_newlines = i % 2 == 0;
    const words before = random_words(random, with_newlines);
    const std::string text = shell_quote(before);
    const shell_script script = with_newlines ? parse_command(text) : parse_script(text);
    INFO("seed step " << i << ": " << text);
    REQUIRE(script.errors.empty());
    REQUIRE(script.commands.size() == 1);
    REQUIRE(script.commands[0].words == before);
  }
}

TEST_CASE("shell_words: the real sh agrees") {
  const std::vector<std::string> lines = {
      "a b c",
      "  a\tb  ",
      "'a b'\"c d\"e\\ f",
      R"("\$ \` \" \\ \n \a \ '")",
      R"('\$ \\ " #' \#x x#y #z)",
      R"(\a\b\\ \' \")",
      "'' \"\" a''b",
      "a\\\nb",
      "\"a\\\nb\"",
      "a \\\n b",
      "'a'\\''b'",
      "\"'\" '\"' \"a'b\"'c\"d'",
      "\xC3\xA9 '\xE2\x82\xAC' x\\\xC3\xA9",
      "a=b --c=d ./e %f @g +h",
      "a\rb 'c\rd'",
  };
  for (const std::string& line : lines) {
    INFO(line);
    CHECK(words_of(line) == words_of_sh(line));
  }
}

TEST_CASE("shell_words: the real sh reads our quoting back") {
  sequence random{88172645463325252u};
  for (int i = 0; i < 40; ++i) {
    const words before = random_words(random, true);
    INFO(shell_quote(before));
    CHECK(words_of_sh(shell_quote(before)) == before);
  }
}
