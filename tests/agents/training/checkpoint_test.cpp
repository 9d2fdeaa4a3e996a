#include "agents/training/checkpoint.h"

#include <gmock/gmock.h>
#include <unistd.h>

namespace cairn::agents {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class Checkpoint : public testing::Test {
 protected:
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("cairn_checkpoint_" + std::to_string(::getpid()) + ".safetensors");
  ~Checkpoint() override { std::filesystem::remove(path); }
  void write(const char* format) const {
    Archive archive;
    if (format != nullptr) archive.metadata["format"] = format;
    archive.put_value("count", std::int64_t{7});
    write_archive(path, archive);
  }
};

TEST_F(Checkpoint, OfAnotherFormatIsRefusedWithBothNames) {
  write("cairn checkpoint 2");
  EXPECT_EQ(read_checkpoint(path).get_value<std::int64_t>("count"), 7);
  write("cairn checkpoint 1");
  EXPECT_THAT([&] { read_checkpoint(path); },
              ThrowsMessage<std::runtime_error>(
                  path.string() + " has the format 'cairn checkpoint 1'; this program reads 'cairn checkpoint 2'."));
  write(nullptr);
  EXPECT_THAT([&] { read_checkpoint(path); },
              ThrowsMessage<std::runtime_error>(
                  AllOf(HasSubstr("does not say which format"), HasSubstr("'cairn checkpoint 2'"))));
}

TEST_F(Checkpoint, CountsAreInTheirRange) {
  write("cairn checkpoint 2");
  const Archive archive = read_checkpoint(path);
  EXPECT_EQ(read_count(archive, "count", 0, 7), 7);
  EXPECT_THAT([&] { read_count(archive, "count", 0, 6); },
              ThrowsMessage<std::runtime_error>("The checkpoint's 'count' is 7, not in [0,6]."));
  EXPECT_THAT([&] { read_count(archive, "count", 8, 9); },
              ThrowsMessage<std::runtime_error>(HasSubstr("not in [8,9]")));
  EXPECT_THAT([&] { read_count(archive, "other", 0, 9); }, ThrowsMessage<std::runtime_error>(HasSubstr("'other'")));
}

}  // namespace
}  // namespace cairn::agents
