#include "agents/archive/tensorboard.h"

#include <gtest/gtest.h>

#include <boost/crc.hpp>
#include <cstring>
#include <fstream>
#include <iterator>

#include "tests/agents/events.h"

namespace cairn::agents {
namespace {

std::uint32_t crc_of(const std::string& data) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(data.data(), data.size());
  const std::uint32_t c = crc.checksum();
  return ((c >> 15) | (c << 17)) + 0xa282ead8U;
}

template <class T>
T take(const std::string& data, std::size_t& at) {
  T value;
  std::memcpy(&value, data.data() + at, sizeof value);
  at += sizeof value;
  return value;
}

TEST(TensorBoard, WritesRecordsThatAReaderOfItsOwnUnderstands) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "cairn_tensorboard_test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  {
    TensorBoardWriter writer(folder), second(folder);  // a second one must not write into the first's file
    writer.scalar("train/loss", 300, 0.25, "what it means");
    writer.scalar("eval/mean_reward", 100'000, -1.5);
    writer.scalar("train/loss", 400, 0.5, "what it means");
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  ASSERT_EQ(files.size(), 2U);
  std::ranges::sort(files);
  EXPECT_TRUE(files[0].filename().string().starts_with("events.out.tfevents."));
  std::ifstream file(files[0], std::ios::binary);
  const std::string data{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> events;
  for (std::size_t at = 0; at < data.size();) {
    const std::string length_bytes = data.substr(at, 8);
    const auto length = take<std::uint64_t>(data, at);
    EXPECT_EQ(take<std::uint32_t>(data, at), crc_of(length_bytes));
    ASSERT_LE(at + length + 4, data.size());
    events.push_back(data.substr(at, length));
    at += length;
    EXPECT_EQ(take<std::uint32_t>(data, at), crc_of(events.back()));
  }
  ASSERT_EQ(events.size(), 4U);
  EXPECT_NE(events[0].find("brain.Event:2"), std::string::npos);
  // step 300 is field 2 as a varint: 0x10 0xac 0x02; the value is field 2 of the innermost message, as a float.
  EXPECT_EQ(events[1].substr(9, 3), std::string("\x10\xac\x02"));
  EXPECT_NE(events[1].find("train/loss"), std::string::npos);
  float value = 0;
  std::memcpy(&value, events[1].data() + events[1].size() - 4, 4);
  EXPECT_EQ(value, 0.25F);
  std::memcpy(&value, events[2].data() + events[2].size() - 4, 4);
  EXPECT_EQ(value, -1.5F);
  // Field 9 of the value, of 15 bytes: field 3, of 13.
  EXPECT_NE(events[1].find("\x4a\x0f\x1a\x0dwhat it means"), std::string::npos);
  EXPECT_EQ(events[3].find("what it means"), std::string::npos) << "once a tag";
}

TEST(TensorBoard, ARunThatGoesOnSaysWhatReadersAreToForget) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "cairn_tensorboard_goes_on";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  {
    TensorBoardWriter killed(folder);
    for (const std::int64_t step : {100, 200, 300}) killed.scalar("train/loss", step, 1);
  }
  const std::filesystem::path file = std::filesystem::directory_iterator(folder)->path();
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 3);  // as a kill leaves it: 300 is not whole
  {
    TensorBoardWriter writer(folder, 201);
    for (const std::int64_t step : {300, 400}) writer.scalar("train/loss", step, 2);
  }
  {
    TensorBoardWriter writer(folder, 301);
    writer.scalar("train/loss", 400, 3);
  }
  const std::vector<Scalar> wanted{
      {"train/loss", 100, 1}, {"train/loss", 200, 1}, {"train/loss", 300, 2}, {"train/loss", 400, 3}};
  EXPECT_EQ(read_scalars(folder), wanted);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1) << "all in one file";
}

TEST(TensorBoard, GoesOnInANewFileWhereTheOldOneHoldsNoRecord) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "cairn_tensorboard_no_record";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "events.out.tfevents.9000000000.host.1.0") << "not a record at all";
  TensorBoardWriter(folder, 1).scalar("train/loss", 100, 1);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 2);
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().filename().string().find("host.1.0") == std::string::npos)
      EXPECT_TRUE(entry.path().filename().string().starts_with("events.out.tfevents.9000000001."))
          << "not before a file of a clock that was ahead";
}

TEST(TensorBoard, NoticesThatItsFileIsGone) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "cairn_tensorboard_gone";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const TensorBoardWriter writer(folder);
  EXPECT_FALSE(writer.is_gone());
  std::filesystem::remove(std::filesystem::directory_iterator(folder)->path());
  EXPECT_TRUE(writer.is_gone());
}

}  // namespace
}  // namespace cairn::agents
