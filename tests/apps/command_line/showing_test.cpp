#include "apps/command_line/showing.h"

#include <gmock/gmock.h>

#include "apps/command_line/errors.h"

namespace cairn::apps {
namespace {

std::filesystem::path chosen(const std::string& name) {
  Arguments arguments;
  if (!name.empty()) arguments.set("record", name, "command line");
  return record_option(arguments);
}

TEST(RecordOption, TakesPicturesAndVideos) {
  for (const char* name : {"a.png", "folder/a.svg", "a.mp4", "a.gif", ""}) EXPECT_EQ(chosen(name), name);
}

TEST(WantsWindow, UnlessAFileOrNothingIsAskedFor) {
  Arguments recorded, silent;
  recorded.set("record", "a.png", "command line");
  silent.set("no-window", "", "command line");
  EXPECT_FALSE(wants_window(recorded));
  EXPECT_FALSE(wants_window(silent));
}

TEST(RequireDisplay, SaysWhatWorksWithoutOne) {
  ::unsetenv("DISPLAY");
  EXPECT_THAT([] { require_display(); }, testing::ThrowsMessage<std::runtime_error>(testing::StartsWith(
                                             "No window: DISPLAY is not set. Without one: --record FILE or")));
}

TEST(RecordOption, RefusesOtherNames) {
  for (const char* name : {"a", "a.bmp", "a.PNG", "/", "."}) EXPECT_THROW(chosen(name), UsageError) << name;
  EXPECT_THAT([] { chosen("a.avi"); },
              testing::ThrowsMessage<UsageError>(testing::HasSubstr("'--record' cannot be 'a.avi'. Allowed:")));
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "cairn_record_option.png";
  std::filesystem::create_directories(folder);
  EXPECT_THAT([&] { chosen(folder.string()); }, testing::ThrowsMessage<UsageError>(testing::HasSubstr("is a folder")));
  std::filesystem::remove(folder);
}

}  // namespace
}  // namespace cairn::apps
