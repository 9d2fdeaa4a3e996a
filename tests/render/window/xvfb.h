#pragma once

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

#include "envs/canvas.h"

namespace cairn::render {

/// A real X server without a screen, until it is killed or this process ends; DISPLAY names it. SFML keeps its
/// connection until the process ends and takes the server's end before that for a fatal error.
class Xvfb {
 public:
  // A display of this process's own: a number that Xvfb finds free by itself may be that of a server still dying.
  Xvfb() {
    static int servers = 0;
    name_ = ":" + std::to_string(100 + ::getpid() % 5000 * 10 + servers++ % 10);
    process_ = ::fork();
    if (process_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGTERM);
      const int quiet = ::open("/dev/null", O_WRONLY);
      ::dup2(quiet, STDERR_FILENO);
      ::execlp("Xvfb", "Xvfb", name_.c_str(), "-screen", "0", "1300x800x24", "-nolisten", "tcp", "-noreset",
               static_cast<char*>(nullptr));
      ::_exit(127);
    }
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!answers()) {
      if (::waitpid(process_, nullptr, WNOHANG) != 0 || std::chrono::steady_clock::now() > patience)
        throw std::runtime_error("Xvfb did not start; is the package xvfb installed?");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ::setenv("DISPLAY", name_.c_str(), 1);
  }
  Xvfb(const Xvfb&) = delete;
  Xvfb& operator=(const Xvfb&) = delete;

  const std::string& name() const { return name_; }
  void kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }

  /// What xdotool does with these words: real key events.
  void xdotool(const std::string& words) const {
    if (std::system(("DISPLAY=" + name_ + " timeout 20 xdotool " + words + " > /dev/null").c_str()) != 0)
      throw std::runtime_error("xdotool " + words + " failed; is the package xdotool installed?");
  }

  /// The screen's pixel.
  envs::Color pixel(int x, int y) const {
    Display* display = XOpenDisplay(name_.c_str());
    if (display == nullptr) throw std::runtime_error("The X server is gone.");
    XImage* image = XGetImage(display, DefaultRootWindow(display), x, y, 1, 1, AllPlanes, ZPixmap);
    const unsigned long value = XGetPixel(image, 0, 0);
    XDestroyImage(image);
    XCloseDisplay(display);
    return {static_cast<unsigned char>(value >> 16U), static_cast<unsigned char>(value >> 8U),
            static_cast<unsigned char>(value)};
  }

 private:
  bool answers() const {
    Display* display = XOpenDisplay(name_.c_str());
    if (display != nullptr) XCloseDisplay(display);
    return display != nullptr;
  }

  pid_t process_ = 0;
  std::string name_;
};

/// Calls `step` until `done` or twenty seconds have passed, for busy machines; returns whether it is done.
template <class Step, class Done>
bool until(Step&& step, Done&& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    step();
  }
  return true;
}

}  // namespace cairn::render
