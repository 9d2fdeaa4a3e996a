#pragma once

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
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
  Xvfb() {
    std::array<int, 2> number{};
    if (::pipe(number.data()) != 0) throw std::runtime_error("No pipe.");
    process_ = ::fork();
    if (process_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const int quiet = ::open("/dev/null", O_WRONLY);
      ::dup2(quiet, STDERR_FILENO);
      ::close(number[0]);
      const std::string descriptor = std::to_string(number[1]);
      ::execlp("Xvfb", "Xvfb", "-displayfd", descriptor.c_str(), "-screen", "0", "1300x800x24", "-nolisten", "tcp",
               static_cast<char*>(nullptr));
      ::_exit(127);
    }
    ::close(number[1]);
    std::string text;
    for (char digit = 0; ::read(number[0], &digit, 1) == 1 && digit != '\n';) text += digit;
    ::close(number[0]);
    if (text.empty()) throw std::runtime_error("Xvfb did not start; is the package xvfb installed?");
    name_ = ":" + text;
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
    if (std::system(("DISPLAY=" + name_ + " xdotool " + words + " > /dev/null").c_str()) != 0)
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
  pid_t process_ = 0;
  std::string name_;
};

/// Calls `step` until `done` or five seconds have passed; returns whether it is done.
template <class Step, class Done>
bool until(Step&& step, Done&& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    step();
  }
  return true;
}

}  // namespace cairn::render
