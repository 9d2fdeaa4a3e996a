#include "render/window/display.h"

#include <X11/Xlib.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace cairn::render {

namespace {

std::atomic<bool> lost = false;
thread_local std::function<void()> last_act;

// Exit handlers of Xlib and of the graphics driver would wait for the sleeper's locks.
void leave(int status, void*) {
  std::fflush(nullptr);
  ::_exit(status);
}

void do_last_act() {
  if (const auto act = std::exchange(last_act, nullptr)) act();
}

int end(Display*) {
  do_last_act();
  std::fputs("The X display is gone.\n", stderr);
  leave(EXIT_FAILURE, nullptr);
  return 0;
}

int park(Display*) {
  do_last_act();
  ::on_exit(&leave, nullptr);
  lost = true;
  while (true) ::pause();
}

}  // namespace

std::string display_trouble() {
  const char* name = std::getenv("DISPLAY");
  if (name == nullptr || *name == '\0') return "DISPLAY is not set.";
  Display* display = XOpenDisplay(nullptr);
  if (display == nullptr) return "The X display '" + std::string(name) + "' cannot be reached.";
  int opcode = 0, event = 0, error = 0;
  // The connection stays: some servers start anew when their last client leaves, and then refuse the next for a moment.
  const bool draws = XQueryExtension(display, "GLX", &opcode, &event, &error) != 0;
  return draws ? "" : "The X display '" + std::string(name) + "' offers no OpenGL.";
}

void survive_lost_display() {
  XSetIOErrorHandler(&park);
}

void end_with_display() {
  XSetIOErrorHandler(&end);
}

void before_display_is_lost(std::function<void()> act) {
  last_act = std::move(act);
}

bool display_lost() {
  return lost;
}

}  // namespace cairn::render
