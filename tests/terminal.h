#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace cairn {

/// Tests before a terminal of some width.
class OnTerminal : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::openpty(&master_, &slave_, nullptr, nullptr, nullptr), 0);
    ::fcntl(master_, F_SETFL, O_NONBLOCK);
    ::setenv("TERM", "xterm", 1);
    ::unsetenv("COLUMNS");
  }
  void TearDown() override {
    ::close(master_);
    ::close(slave_);
  }
  void set_columns(int columns) const {
    winsize size{.ws_row = 24, .ws_col = static_cast<unsigned short>(columns), .ws_xpixel = 0, .ws_ypixel = 0};
    ASSERT_EQ(::ioctl(slave_, TIOCSWINSZ, &size), 0);
  }
  /// What `act` writes to standard error, or to another stream, were that the terminal.
  template <class F>
  std::string written(F&& act, std::FILE* stream = stderr) const {
    std::fflush(stream);
    const int descriptor = ::fileno(stream), before = ::dup(descriptor);
    ::dup2(slave_, descriptor);
    act();
    std::fflush(stream);
    ::dup2(before, descriptor);
    ::close(before);
    std::string text, part(4096, '\0');
    // A terminal hands on what it gets by and by.
    for (pollfd ready{.fd = master_, .events = POLLIN, .revents = 0}; ::poll(&ready, 1, 100) == 1;) {
      const ssize_t got = ::read(master_, part.data(), part.size());
      if (got <= 0) break;
      text.append(part, 0, static_cast<std::size_t>(got));
    }
    return text;
  }

 private:
  int master_ = -1, slave_ = -1;
};

}  // namespace cairn
