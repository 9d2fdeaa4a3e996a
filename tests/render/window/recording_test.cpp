#include "render/window/recording.h"

#include <gmock/gmock.h>

#include <thread>

#include "scratch.h"

namespace cairn::render {
namespace {

using testing::HasSubstr;

/// Seconds that the video plays for; 0 where it does not.
double seconds(const std::filesystem::path& path) {
  const std::string command = "ffprobe -v error -show_entries format=duration -of csv=p=0 " + path.string() + " > " +
                              path.string() + ".txt 2>&1";
  if (std::system(command.c_str()) != 0) return 0;
  return std::stod(contents(path.string() + ".txt"));
}

TEST(Recording, GoesOnAsTimeDoes) {
  const Scratch scratch;
  const Picture picture(120, 80);
  Recording recording;
  EXPECT_FALSE(recording.running());
  EXPECT_EQ(recording.add(picture), "") << "nobody records";
  EXPECT_EQ(recording.start_or_stop(scratch / "a.mp4", picture), "Recording; R ends it");
  EXPECT_TRUE(recording.running());
  EXPECT_EQ(recording.add(picture), "");
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  EXPECT_EQ(recording.add(picture), "");
  EXPECT_EQ(recording.start_or_stop(scratch / "a.mp4", picture), "Saved " + (scratch / "a.mp4").string());
  EXPECT_FALSE(recording.running());
  EXPECT_GE(seconds(scratch / "a.mp4"), 0.69);
}

TEST(Recording, IsFinishedWithWhatItHasWhereNobodyEndsIt) {
  const Scratch scratch;
  std::ofstream(scratch / "a.mp4") << "of another's";
  testing::internal::CaptureStderr();
  {
    Recording recording;
    recording.start_or_stop(scratch / "a.mp4", Picture(120, 80));
    for (int i = 0; i < 9; ++i) {
      recording.add(Picture(120, 80));
      std::this_thread::sleep_for(std::chrono::milliseconds(40));
    }
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "Saved " + (scratch / "a-1.mp4").string() + "\n");
  EXPECT_GE(seconds(scratch / "a-1.mp4"), 0.29);
  EXPECT_EQ(contents(scratch / "a.mp4"), "of another's");
  testing::internal::CaptureStderr();
  {
    Recording recording;
    recording.start_or_stop(scratch / "b.mp4", Picture(120, 80));
  }
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("Nothing was recorded for"));
  for (const auto& entry : std::filesystem::directory_iterator(scratch.folder))
    EXPECT_NE(entry.path().extension(), ".tmp");
}

TEST(Recording, SaysWhyItCannotBegin) {
  const Scratch scratch;
  Recording recording;
  EXPECT_THAT(recording.start_or_stop(scratch / "no/such/a.mp4", Picture(120, 80)), HasSubstr("No such file"));
  EXPECT_FALSE(recording.running());
}

}  // namespace
}  // namespace cairn::render
