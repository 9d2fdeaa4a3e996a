#include "render/window/window_thread.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <utility>

#include "agents/training/signals.h"
#include "agents/training/standard_error.h"
#include "render/window/display.h"

namespace cairn::render {

namespace {
constexpr auto waiting_time = std::chrono::milliseconds(5);
constexpr int nice_value = 10;  // learning comes first
}  // namespace

void say(const std::string& sentence) {
  agents::print_message(sentence);
}

WindowThread::WindowThread(const std::string& without) {
  const std::string trouble = display_trouble();
  possible_ = trouble.empty();
  if (possible_)
    survive_lost_display();
  else
    say("No window: " + trouble + " " + without);
}

WindowThread::~WindowThread() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  while (!gone()) std::this_thread::sleep_for(waiting_time);
  if (finished_)
    thread_.join();
  else
    thread_.detach();  // it sleeps for ever
}

void WindowThread::start(std::function<void(const std::stop_token&)> run) {
  finished_ = false;
  thread_ = std::jthread([this, run = std::move(run)](const std::stop_token& stop) {
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), nice_value);
    try {
      run(stop);
    } catch (const std::exception& error) {
      say(std::string("The window failed: ") + error.what());
    }
    finished_ = true;
  });
}

bool WindowThread::gone() const {
  return finished_ || display_lost();
}

void WindowThread::linger() const {
  if (gone()) return;
  say("The window stays until it is closed (Q).");
  while (!gone() && agents::raised_signal() == 0) std::this_thread::sleep_for(waiting_time);
}

}  // namespace cairn::render
