#include "render/window/display.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <thread>
#include <utility>

#include "xvfb.h"

#include <X11/Xlib.h>  // last: its macros are not gtest's

namespace cairn::render {
namespace {

using testing::HasSubstr;

TEST(Display, SaysWhyThereIsNone) {
  ::unsetenv("DISPLAY");
  EXPECT_EQ(display_trouble(), "DISPLAY is not set.");
  ::setenv("DISPLAY", ":987", 1);
  EXPECT_THAT(display_trouble(), HasSubstr("':987' cannot be reached"));
  const Xvfb server;
  EXPECT_EQ(display_trouble(), "");
}

// The parent survives its own display's end; a child shows that without the handler it would not.
TEST(Display, LosingItParksTheThreadAndTheProcessEndsWithItsOwnStatus) {
  Xvfb server;
  const pid_t child = ::fork();
  if (child == 0) {
    survive_lost_display();
    std::thread user([] {
      Display* display = XOpenDisplay(nullptr);
      while (true) XSync(display, False);
    });
    user.detach();
    while (!display_lost()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::exit(42);  // would wait for the parked thread's locks for ever
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  server.kill();
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
}

/// Loses its display in a child and returns the child's status and what it said.
std::pair<int, std::string> lost(const std::function<void()>& prepare) {
  Xvfb server;
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    prepare();
    Display* display = XOpenDisplay(nullptr);
    while (true) XSync(display, False);
  }
  ::close(ends[1]);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  server.kill();
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  std::string said(1000, ' ');
  said.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(ends[0], said.data(), said.size()))));
  ::close(ends[0]);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, said};
}

TEST(Display, LosingItEndsTheProcessWhereThatIsWantedAfterALastAct) {
  EXPECT_EQ(lost([] {
              end_with_display();
              before_display_is_lost([] { std::fputs("One thing more. ", stderr); });
            }),
            std::pair(1, std::string("One thing more. The X display is gone.\n")));
  EXPECT_EQ(lost([] {
              end_with_display();
              before_display_is_lost([] { std::fputs("Not any longer. ", stderr); });
              before_display_is_lost(nullptr);
            }),
            std::pair(1, std::string("The X display is gone.\n")));
}

}  // namespace
}  // namespace cairn::render
