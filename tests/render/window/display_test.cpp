#include "render/window/display.h"

#include <gmock/gmock.h>

#include "xvfb.h"

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

}  // namespace
}  // namespace cairn::render
