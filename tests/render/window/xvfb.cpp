#include "xvfb.h"

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>

namespace cairn::render {

// A display of this process's own: a number that Xvfb finds free by itself may be that of a server still dying.
Xvfb::Xvfb() {
  static int servers = 0;
  name_ = ":" + std::to_string(100 + ::getpid() % 5000 * 10 + servers++ % 10);
  process_ = ::fork();
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int quiet = ::open("/dev/null", O_WRONLY);
    ::dup2(quiet, STDERR_FILENO);
    ::execlp("Xvfb", "Xvfb", name_.c_str(), "-screen", "0", "1600x900x24", "-nolisten", "tcp", "-noreset",
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

void Xvfb::kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = 0;
}

void Xvfb::xdotool(const std::string& words) const {
  if (std::system(("DISPLAY=" + name_ + " timeout 20 xdotool " + words + " > /dev/null").c_str()) != 0)
    throw std::runtime_error("xdotool " + words + " failed; is the package xdotool installed?");
}

envs::Color Xvfb::pixel(int x, int y) const {
  Display* display = XOpenDisplay(name_.c_str());
  if (display == nullptr) throw std::runtime_error("The X server is gone.");
  XImage* image = XGetImage(display, DefaultRootWindow(display), x, y, 1, 1, AllPlanes, ZPixmap);
  const unsigned long value = XGetPixel(image, 0, 0);
  XDestroyImage(image);
  XCloseDisplay(display);
  return {static_cast<unsigned char>(value >> 16U), static_cast<unsigned char>(value >> 8U),
          static_cast<unsigned char>(value)};
}

bool Xvfb::answers() const {
  Display* display = XOpenDisplay(name_.c_str());
  if (display != nullptr) XCloseDisplay(display);
  return display != nullptr;
}

}  // namespace cairn::render
