// SPDX-License-Identifier: Apache-2.0
//
// init returns what says nothing about the start.
//
// expect: init must return void or init_result: ok(), stop_init(reason) or ignore()
// id: G6
#include "beamish/otp/gen_server.hpp"

struct right : beamish::gen_server<right> {
  init_result init(int x) { return x < 0 ? stop_init(beamish::atom("negative")) : ok(); }
};
struct wrong : beamish::gen_server<wrong> {
  int init(int x) { return x; }
};

beamish::task<> body() {
  auto a = co_await beamish::start<right>(1);
  (void)a;
  // wrong:
  auto b = co_await beamish::start<wrong>(1);
  (void)b;
  // end
}
