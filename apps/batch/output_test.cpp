// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/output.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace beamish;
using namespace beamish::apps;

namespace {

constexpr output_stream out = output_stream::out;
constexpr output_stream err = output_stream::err;

struct desk {
  std::string folder;
  int fd = -1;

  desk() {
    char name[] = "/tmp/beamish-output-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    folder = name;
    char sheet[] = "/tmp/beamish-output-XXXXXX";
    fd = mkstemp(sheet);
    unlink(sheet);
  }
  ~desk() {
    close(fd);
    const int removed = system(("rm -r " + folder).c_str());
    CHECK(removed == 0);
  }
  std::string shown() const {
    std::string all(1 << 16, '\0');
    const ssize_t size = pread(fd, all.data(), all.size(), 0);
    all.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return all;
  }
};

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

const batch_entry first{.number = 1};
const batch_entry second{.number = 2, .command = {.label = "build"}};

}  // namespace

TEST_CASE("batch_output: shown lines say whose they are") {
  const desk d;
  console screen(d.fd, d.fd, {});
  const batch_request request;
  batch_output outputs(request, 2, screen);
  const auto one = outputs.open(first);
  const auto two = outputs.open(second);
  CHECK(two->take(out, "a\nb"));
  CHECK(one->take(err, "x\n"));
  CHECK(two->finish());
  CHECK(outputs.end(second));
  CHECK(d.shown() == "[build] a\n[1] ! x\n[build] b\n");
}

TEST_CASE("batch_output: in order, with what is said of a command among its output") {
  const desk d;
  console screen(d.fd, d.fd, {});
  const batch_request request{.keep_order = true};
  batch_output outputs(request, 2, screen);
  const auto one = outputs.open(first);
  const auto two = outputs.open(second);
  CHECK(two->take(out, "a\n"));
  CHECK(outputs.say(second, "[build] failed\n"));
  CHECK(one->take(out, "x\n"));
  CHECK(outputs.end(second));
  CHECK(d.shown() == "[1] x\n");
  CHECK(outputs.end(first));
  CHECK(d.shown() == "[1] x\n[build] a\n[build] failed\n");
}

TEST_CASE("batch_output: files get the bytes as they are, and a further attempt begins anew") {
  const desk d;
  console screen(d.fd, d.fd, {});
  const batch_request request{.output = d.folder + "/logs"};
  batch_output outputs(request, 2, screen);
  CHECK(outputs.prepare().empty());
  CHECK(outputs.prepare().empty());  // it is there already
  for (const char* text : {"long first attempt", "again"}) {
    const auto one = outputs.open(second);
    CHECK(one->take(out, text));
    CHECK(one->take(err, std::string_view("a\0b", 3)));
    CHECK(one->finish());
  }
  CHECK(text_of(d.folder + "/logs/build.out") == "again");
  CHECK(text_of(d.folder + "/logs/build.err") == std::string("a\0b", 3));
  CHECK(d.shown().empty());
}

TEST_CASE("batch_output: a directory that can't be, and a file that can't be written") {
  const desk d;
  console screen(d.fd, d.fd, {});
  batch_request request{.output = d.folder + "/no/logs"};
  batch_output outputs(request, 2, screen);
  CHECK(outputs.prepare() ==
        "cannot make the directory " + request.output + ": No such file or directory");
  const auto one = outputs.open(first);
  CHECK(!one->take(out, "x"));
  CHECK(!one->finish());
  CHECK(outputs.problem() ==
        "cannot write " + request.output + "/1.out: No such file or directory");
  request.output = "/dev/null";
  CHECK(outputs.prepare() == "/dev/null is a file, not a directory");
}

TEST_CASE("batch_output: JSON events, or nothing for the document") {
  const desk d;
  console screen(d.fd, d.fd, {});
  batch_request request{.form = batch_request::format::jsonl};
  batch_output outputs(request, 2, screen);
  const auto one = outputs.open(first);
  CHECK(one->take(out, "a\nb"));
  CHECK(one->finish());
  CHECK(d.shown() ==
        "{\"v\":1,\"event\":\"output\",\"number\":1,\"label\":null,\"stream\":\"out\",\"text\":"
        "\"a\\n\"}\n"
        "{\"v\":1,\"event\":\"output\",\"number\":1,\"label\":null,\"stream\":\"out\",\"text\":"
        "\"b\\n\"}\n");
  request.form = batch_request::format::json;
  const std::string before = d.shown();
  const auto none = outputs.open(first);
  CHECK(none->take(out, "a\n"));
  CHECK(none->finish());
  CHECK(d.shown() == before);
}
