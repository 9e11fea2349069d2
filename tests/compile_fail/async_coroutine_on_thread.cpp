// SPDX-License-Identifier: Apache-2.0
//
// A coroutine, which never blocks, is to run on a thread.
//
// expect: on_thread is for plain functions: a coroutine needs no thread
#include "beamish/otp/async.hpp"

beamish::task<int> waits() { co_return 1; }
int blocks() { return 1; }

void use() {
  beamish::start_task(beamish::on_thread(blocks));
  // wrong:
  beamish::start_task(beamish::on_thread(waits));
  // end
}
