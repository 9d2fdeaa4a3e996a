#include "render/worlds/recorder.h"

#include <gmock/gmock.h>

#include <csignal>
#include <cstdlib>
#include <optional>

#include "scratch.h"

namespace cairn::render {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using testing::ThrowsMessage;
namespace palette = envs::palette;

constexpr int width = 120, height = 80, frames = 12;

void record(const std::filesystem::path& path, int wide = width, int high = height) {
  Recorder recorder(path, wide, high, 25);
  Picture picture(wide, high);
  for (int i = 0; i < frames; ++i) {
    picture.fill(Box{0, 0, picture.width(), picture.height()}, palette::sky);
    picture.disc({20 + 5.0F * static_cast<float>(i), 40}, 12, palette::orange);
    recorder.add(picture);
  }
  EXPECT_EQ(recorder.frames(), frames);
  recorder.finish();
}

/// What ffprobe says of the video: width, height, format, rate, frames.
std::string probed(const std::filesystem::path& path) {
  const std::string command =
      "ffprobe -v error -count_frames -select_streams v -show_entries "
      "stream=codec_name,width,height,pix_fmt,avg_frame_rate,nb_read_frames -of csv=p=0 " +
      path.string() + " > " + path.string() + ".txt";
  EXPECT_EQ(std::system(command.c_str()), 0);
  return contents(path.string() + ".txt");
}

/// The colour at a point of a frame.
Color pixel(const std::filesystem::path& path, int frame, int x, int y) {
  const std::string raw = path.string() + ".raw";
  const std::string command = "ffmpeg -v error -y -i " + path.string() + " -vf \"select=eq(n\\," +
                              std::to_string(frame) + "),crop=2:2:" + std::to_string(x) + ":" + std::to_string(y) +
                              "\" -frames:v 1 -f rawvideo -pix_fmt rgb24 " + raw;
  EXPECT_EQ(std::system(command.c_str()), 0);
  const std::string bytes = contents(raw);
  if (bytes.size() < 3) return {0, 0, 0};
  return {static_cast<unsigned char>(bytes[0]), static_cast<unsigned char>(bytes[1]),
          static_cast<unsigned char>(bytes[2])};
}

void expect_near(Color a, Color b, int tolerance) {
  EXPECT_NEAR(a.r, b.r, tolerance);
  EXPECT_NEAR(a.g, b.g, tolerance);
  EXPECT_NEAR(a.b, b.b, tolerance);
}

TEST(Recorder, MakesAVideoThatEveryPlayerTakes) {
  const Scratch scratch;
  record(scratch / "a.mp4");
  EXPECT_EQ(probed(scratch / "a.mp4"), "h264,120,80,yuv420p,25/1,12\n");
  expect_near(pixel(scratch / "a.mp4", 0, 20, 40), palette::orange, 6);
  expect_near(pixel(scratch / "a.mp4", 11, 20, 40), palette::sky, 6);
  expect_near(pixel(scratch / "a.mp4", 11, 74, 40), palette::orange, 6);
  record(scratch / "odd.mp4", 121, 81);
  EXPECT_THAT(probed(scratch / "odd.mp4"), StartsWith("h264,120,80,yuv420p"));
}

// Names that ffmpeg, given them as they are, takes for options, protocols or other files.
TEST(Recorder, TakesAnyNameForAFile) {
  const Scratch scratch;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(scratch.folder);
  int files = 0;
  for (const char* name : {"12:30.mp4", "-x.mp4", "http:x.gif", "file:a.mp4", "pipe:1.gif", "a%03d.mp4", "b c'.gif"}) {
    record(name);
    EXPECT_GT(std::filesystem::file_size(name), 500U) << name;
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator("."), {}), ++files) << name << " and nothing else";
  }
  std::filesystem::current_path(before);
}

TEST(Recorder, MakesAGifOfTheSameColours) {
  const Scratch scratch;
  record(scratch / "a.gif");
  EXPECT_THAT(contents(scratch / "a.gif"), StartsWith("GIF89a"));
  EXPECT_THAT(probed(scratch / "a.gif"), StartsWith("gif,120,80,bgra,25/1,12"));
  expect_near(pixel(scratch / "a.gif", 11, 20, 40), palette::sky, 2);
  expect_near(pixel(scratch / "a.gif", 11, 74, 40), palette::orange, 2);
}

TEST(Recorder, GivesTheSameBytesForTheSamePictures) {
  const Scratch scratch;
  for (const char* ending : {".mp4", ".gif"}) {
    record(scratch / (std::string("a") + ending));
    record(scratch / (std::string("b") + ending));
    EXPECT_TRUE(contents(scratch / (std::string("a") + ending)) == contents(scratch / (std::string("b") + ending)))
        << ending;
  }
}

TEST(Recorder, FitsPicturesOfAnotherSizeIntoTheFrame) {
  const Scratch scratch;
  Recorder recorder(scratch / "a.gif", 100, 100, 10);
  Picture wide(40, 20);
  wide.fill(Box{0, 0, 40, 20}, palette::green);
  recorder.add(wide);
  recorder.add(wide);
  recorder.finish();
  expect_near(pixel(scratch / "a.gif", 1, 50, 50), palette::green, 2);
  expect_near(pixel(scratch / "a.gif", 1, 50, 10), palette::sky, 2);
}

TEST(Recorder, LeavesNothingOfWhatWasNotFinished) {
  const Scratch scratch;
  std::ofstream(scratch / "a.mp4") << "before";
  {
    Recorder recorder(scratch / "a.mp4", width, height, 25);
    recorder.add(Picture(width, height));
  }
  EXPECT_EQ(contents(scratch / "a.mp4"), "before");
  {
    Recorder recorder(scratch / "a.mp4", width, height, 25);
    EXPECT_THAT([&] { recorder.finish(); }, ThrowsMessage<std::runtime_error>(HasSubstr("Nothing was recorded")));
  }
  EXPECT_EQ(contents(scratch / "a.mp4"), "before");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch.folder), {}), 1);
}

/// A folder with a program called ffmpeg that does as it is told, ahead of the real one or in its place.
class Impostor {
 public:
  Impostor(const Scratch& scratch, const std::string& script) {
    if (const char* path = std::getenv("PATH")) before_ = path;
    const std::filesystem::path folder = scratch / "bin";
    std::filesystem::create_directories(folder);
    if (!script.empty()) {
      std::ofstream(folder / "ffmpeg") << "#!/bin/sh\n" << script << '\n';
      std::filesystem::permissions(folder / "ffmpeg", std::filesystem::perms::owner_all);
    }
    ::setenv("PATH", script.empty() ? folder.c_str() : (folder.string() + ":" + before_).c_str(), 1);
  }
  ~Impostor() { ::setenv("PATH", before_.c_str(), 1); }

 private:
  std::string before_;
};

TEST(Recorder, SaysWhatIsWrongInOneSentence) {
  const Scratch scratch;
  EXPECT_THAT([&] { Recorder(scratch / "a.avi", width, height, 25); },
              ThrowsMessage<std::invalid_argument>(HasSubstr(".mp4 or .gif")));
  EXPECT_THAT([&] { Recorder(scratch / "no/such/a.mp4", width, height, 25); },
              ThrowsMessage<std::runtime_error>(HasSubstr("no/such/a.mp4': No such file or directory.")));
  {
    const Impostor none(scratch, "");
    EXPECT_THAT(
        [&] { Recorder(scratch / "a.mp4", width, height, 25); },
        ThrowsMessage<std::runtime_error>(HasSubstr("a.mp4': ffmpeg is not installed (Debian's package ffmpeg).")));
  }
  for (const auto& entry : std::filesystem::directory_iterator(scratch.folder))
    EXPECT_NE(entry.path().extension(), ".tmp");
}

TEST(Recorder, OutlivesAnFfmpegThatDies) {
  const Scratch scratch;
  const auto fill = [&] {
    Recorder recorder(scratch / "a.mp4", width, height, 25);
    const Picture picture(width, height);
    for (int i = 0; i < 1000; ++i) recorder.add(picture);
    recorder.finish();
  };
  {
    const Impostor complaining(scratch, "head -c 100 > /dev/null; echo 'No space left on device.' >&2; exit 1");
    EXPECT_THAT(fill, ThrowsMessage<std::runtime_error>(testing::EndsWith("a.mp4': No space left on device.")));
  }
  {
    const Impostor killed(scratch, "kill -9 $$");
    EXPECT_THAT(fill, ThrowsMessage<std::runtime_error>(HasSubstr("it was ended by signal 9.")));
  }
  {
    const Impostor draftsman(scratch, "for out; do :; done; case $out in *draft*) cat > $out;; *) exit 4;; esac");
    Recorder recorder(scratch / "a.gif", width, height, 25);
    recorder.add(Picture(width, height));
    EXPECT_THAT([&] { recorder.finish(); }, ThrowsMessage<std::runtime_error>(HasSubstr("it ended with status 4.")));
  }
  {
    const Impostor silent(scratch, "cat > /dev/null; exit 3");
    EXPECT_THAT(fill, ThrowsMessage<std::runtime_error>(HasSubstr("it ended with status 3.")));
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch.folder), {}), 1) << "nothing but the impostors";
}

}  // namespace
}  // namespace cairn::render
