#include "render/window/window_thread.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>

#include "xvfb.h"

namespace cairn::render {
namespace {

void wait() {
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

TEST(WindowThread, IsNotPossibleWithoutADisplayAndSaysSo) {
  ::unsetenv("DISPLAY");
  testing::internal::CaptureStderr();
  const WindowThread thread("Work goes on.");
  EXPECT_FALSE(thread.possible());
  EXPECT_TRUE(thread.gone());
  thread.linger();  // returns at once
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "No window: DISPLAY is not set. Work goes on.\n");
}

TEST(WindowThread, RunsUntilItIsAskedToStop) {
  const Xvfb server;
  std::atomic<bool> runs = false, stopped = false;
  {
    WindowThread thread("");
    ASSERT_TRUE(thread.possible());
    thread.start([&](const std::stop_token& stop) {
      runs = true;
      while (!stop.stop_requested()) wait();
      stopped = true;
    });
    EXPECT_TRUE(until(wait, [&] { return runs.load(); }));
    EXPECT_FALSE(thread.gone());
  }
  EXPECT_TRUE(stopped);
}

TEST(WindowThread, LingersUntilItEndsAndSaysWhatFailed) {
  const Xvfb server;
  testing::internal::CaptureStderr();
  WindowThread thread("");
  thread.start([](const std::stop_token&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    throw std::runtime_error("no more");
  });
  thread.linger();
  EXPECT_TRUE(thread.gone());
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "The window stays until it is closed (Q).\nThe window failed: no more\n");
}

}  // namespace
}  // namespace cairn::render
