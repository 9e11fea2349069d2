// SPDX-License-Identifier: Apache-2.0
//
// A library as a raw process: it registers its name, loops, receives and answers. Mirrors
// LibraryProcess (spawn, Process.register, receive); unlike the course's listing it also loops
// after an answer.
#include <beamish/beamish.hpp>

#include <cstdio>

using namespace beamish;

struct get_all_books {
  pid asker;
};
struct add_book {
  std::string title;
};
struct response_books {
  std::vector<std::string> books;
};
struct anything_else {};

task<> library() {
  register_name("library");
  std::vector<std::string> books{"I love little ponies", "Look at this little bear"};
  while (true) {
    auto message = co_await receive<get_all_books, add_book>();
    if (auto* get = std::get_if<get_all_books>(&message)) {
      send(get->asker, response_books{books});
    } else if (auto* add = std::get_if<add_book>(&message)) {
      books.insert(books.begin(), add->title);
    }
  }
}

task<int> main_process() {
  pid lib = spawn(library);
  send(lib, anything_else{});  // no receive asks for it: it stays queued and harms nobody
  send(lib, add_book{"Next to the mountain is a rainbow"});
  send(lib, get_all_books{self()});

  auto response = co_await receive<response_books>();
  for (const auto& title : response.books) std::printf("%s\n", title.c_str());
  std::printf("registered: %s\n", whereis("library") == lib ? "yes" : "no");
  co_return 0;
}

int main(int argc, char** argv) { return run(argc, argv, main_process); }
