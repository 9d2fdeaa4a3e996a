#include "agents/archive/archive.h"

#include "agents/archive/folder_lock.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "agents/archive/crc32c.h"
#include "tests/files.h"

namespace cairn::agents {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ArchiveTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "archive_test_XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
  }
  void TearDown() override { fs::remove_all(folder); }

  fs::path folder;
};

void store(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// A file in memory, with a path: tens of thousands of rewrites would be slow on a disk.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(::memfd_create("archive", 0)), path("/proc/self/fd/" + std::to_string(descriptor_)) {}
  ~MemoryFile() { ::close(descriptor_); }
  void store(const std::string& bytes) const {
    ASSERT_EQ(::ftruncate(descriptor_, 0), 0);
    ASSERT_EQ(::pwrite(descriptor_, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }

 private:
  int descriptor_;

 public:
  const fs::path path;
};

std::string refusal(const fs::path& path) {
  try {
    read_archive(path);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

// The definition, bit by bit.
std::uint32_t slow_crc(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ (crc & 1 ? 0x82F63B78 : 0);
  }
  return ~crc;
}

template <class T>
std::string raw(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::string with_crc(const std::string& bytes) {
  return bytes + raw(slow_crc(bytes));
}

/// A file of this header and data whose checksum is right.
std::string file_of(const std::string& header, const std::string& data = "") {
  return with_crc(raw<std::uint64_t>(header.size()) + header + data);
}

Archive small() {
  Archive archive;
  archive.put<float>("weight", std::vector<float>{1, -2, 3.5F, 0, 1e-30F, 6}, {2, 3});
  archive.put_value<std::uint8_t>("flag", 7);
  archive.put_value<std::uint64_t>("steps", 1'000'000);
  archive.metadata["kind"] = "test";
  return archive;
}

TEST(SlowCrc, IsTheCastagnoliChecksum) {
  EXPECT_EQ(slow_crc("123456789"), 0xe3069283);
}

TEST_F(ArchiveTest, GivesBackEveryTypeShapeAndText) {
  Archive archive;
  archive.put<float>("f32", std::vector<float>{-0.0F, std::numeric_limits<float>::denorm_min(), 3, 4, 5, 6}, {2, 3});
  archive.put<double>("f64", std::vector<double>{1e300, -1.0 / 3});
  archive.put<std::int32_t>("i32", std::vector<std::int32_t>{std::numeric_limits<std::int32_t>::min()});
  archive.put<std::int64_t>("i64", std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min()});
  archive.put<std::uint8_t>("u8", std::vector<std::uint8_t>{0, 127, 255});
  archive.put<std::uint32_t>("u32", std::vector<std::uint32_t>{0xFFFFFFFF});
  archive.put_value<std::uint64_t>("u64", std::numeric_limits<std::uint64_t>::max());
  archive.put<float>("empty", std::vector<float>{});
  archive.put<float>("a \"quoted\" näme/\n", std::vector<float>{8});
  archive.metadata = {{"", "empty key"}, {"json", R"({"lr": [1, 2]})"}, {"ü", "\\ \t"}};
  write_archive(folder / "a", archive);
  const Archive back = read_archive(folder / "a");

  EXPECT_EQ(back.metadata, archive.metadata);
  ASSERT_EQ(back.tensors().size(), archive.tensors().size());
  EXPECT_EQ(back.get<double>("f64"), archive.get<double>("f64"));
  EXPECT_EQ(back.get_value<std::int32_t>("i32"), std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(back.get_value<std::int64_t>("i64"), std::numeric_limits<std::int64_t>::min());
  EXPECT_THAT(back.get<std::uint8_t>("u8"), ElementsAre(0, 127, 255));
  EXPECT_EQ(back.get_value<std::uint32_t>("u32"), 0xFFFFFFFF);
  EXPECT_EQ(back.get_value<std::uint64_t>("u64"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_TRUE(back.get<float>("empty").empty());
  EXPECT_EQ(back.get_value<float>("a \"quoted\" näme/\n"), 8);
  for (const Archive::Tensor& tensor : archive.tensors())
    for (const Archive::Tensor& other : back.tensors())
      if (tensor.name == other.name) {
        EXPECT_EQ(tensor.bytes, other.bytes);
        EXPECT_EQ(tensor.shape, other.shape);
      }
  write_archive(folder / "b", back);
  EXPECT_EQ(contents(folder / "a"), contents(folder / "b"));
}

TEST_F(ArchiveTest, WritesTheFormatThatOthersRead) {
  write_archive(folder / "a", small());
  const std::string bytes = contents(folder / "a");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  EXPECT_EQ(length % 8, 0U);
  const auto header = nlohmann::json::parse(bytes.substr(8, length));
  EXPECT_EQ(header["__metadata__"]["kind"], "test");
  EXPECT_EQ(header["weight"]["dtype"], "F32");
  EXPECT_EQ(header["weight"]["shape"], (std::vector{2, 3}));
  std::size_t data = 0;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const std::size_t begin = entry["data_offsets"][0], end = entry["data_offsets"][1];
    const std::string dtype = entry["dtype"];
    EXPECT_EQ(begin % (dtype == "U8" ? 1 : std::stoi(dtype.substr(1)) / 8), 0U) << name << " is not aligned";
    data += end - begin;
  }
  EXPECT_EQ(8 + length + data, bytes.size());
  float third = 0;
  std::memcpy(&third, &bytes[8 + length + header["weight"]["data_offsets"][0].get<std::size_t>() + 8], 4);
  EXPECT_EQ(third, 3.5F);
  EXPECT_EQ(header["cairn.crc"]["data_offsets"][1], data);
  EXPECT_EQ(bytes, with_crc(bytes.substr(0, bytes.size() - 4)));
}

TEST_F(ArchiveTest, SaysWhatIsWrongWithARequest) {
  Archive archive = small();
  EXPECT_THROW(archive.put<float>("weight", std::vector<float>{1}), std::invalid_argument);
  EXPECT_THROW(archive.put<float>("other", std::vector<float>{1, 2}, {3}), std::invalid_argument);
  EXPECT_THROW(archive.put_value<float>("__metadata__", 1), std::invalid_argument);
  EXPECT_THROW(archive.put_value<float>("cairn.crc", 1), std::invalid_argument);
  EXPECT_THAT([&] { archive.get<float>("wait"); }, ::testing::ThrowsMessage<std::runtime_error>(HasSubstr("'wait'")));
  EXPECT_THAT([&] { archive.get<double>("weight"); }, ::testing::ThrowsMessage<std::runtime_error>(HasSubstr("F32")));
  EXPECT_THROW(archive.get_value<float>("weight"), std::runtime_error);
  archive.put_value<float>("\xff", 1);
  EXPECT_THROW(write_archive(folder / "a", archive), std::invalid_argument);
  EXPECT_TRUE(fs::is_empty(folder));
}

TEST_F(ArchiveTest, RefusesEveryFlippedByteAndEveryTruncation) {
  write_archive(folder / "a", small());
  const std::string good = contents(folder / "a");
  const MemoryFile file;
  for (std::size_t i = 0; i < good.size(); ++i)
    for (const int flip : {0x01, 0x20, 0x80, 0xFF}) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ flip);
      file.store(bad);
      ASSERT_THAT(refusal(file.path), HasSubstr(file.path.string())) << "byte " << i << " flipped by " << flip;
    }
  for (std::size_t size = 0; size < good.size(); ++size) {
    file.store(good.substr(0, size));
    ASSERT_NE(refusal(file.path), "") << "cut to " << size << " bytes";
  }
  file.store(good + '\0');
  EXPECT_NE(refusal(file.path), "");
}

TEST_F(ArchiveTest, RefusesHostileHeaders) {
  const std::string crc = R"("cairn.crc":{"dtype":"U32","shape":[1],"data_offsets":[4,8]})";
  const auto with = [&](const std::string& entry) { return "{" + entry + "," + crc + "}"; };
  const struct {
    std::string header, says;
  } cases[] = {
      {"", "not a JSON object"},
      {"[]", "not a JSON object"},
      {" {}", "not a JSON object"},
      {"{", "not valid JSON"},
      {"{} {}", "not valid JSON"},
      {"{\"\xff\":1}", "not valid JSON"},
      {"{}", "belong to no tensor"},
      {with(R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{})"), "'a' twice"},
      {with(R"("a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]})"), "'dtype' twice"},
      {with(R"("__metadata__":{},"__metadata__":{})"), "twice"},
      {with(R"("__metadata__":{"a":"","a":""})"), "twice"},
      {with(R"("__metadata__":{"a":1})"), "a number"},
      {with(R"("__metadata__":{"a":{}})"), "an object"},
      {with(R"("__metadata__":[])"), "a list"},
      {with(R"("__metadata__":"text")"), "text"},
      {with(R"("a":null)"), "null"},
      {with(R"("a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]})"), "unknown type 'F16'"},
      {with(R"("a":{"dtype":32,"shape":[1],"data_offsets":[0,4]})"), "a number"},
      {with(R"("a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]})"), "negative"},
      {with(R"("a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]})"), "fraction"},
      {with(R"("a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]})"), "a list"},
      {with(R"("a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]})"), "too large"},
      {with(R"("a":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4]})"), "too large"},
      // 2^32 * 2^32 * 4 wraps to 0, and (2^62 + 1) * 4 to 4.
      {with(R"("a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]})"), "shape"},
      {with(R"("a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]})"), "shape"},
      {with(R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]})"), "shape"},
      {with(R"("a":{"dtype":"F32","shape":[0],"data_offsets":[0,4]})"), "shape"},
      {with(R"("a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]})"), "dimensions"},
      {with(R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0]})"), "incomplete"},
      {with(R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]})"), "a number"},
      {with(R"("a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]})"), "overlaps"},
      {with(R"("a":{"dtype":"F32","shape":[1],"data_offsets":[1,5]})"), "hole"},
      {with(R"("a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]})"), "hole"},
      {with(
           R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]})"),
       "overlaps"},
      {with(R"("a":{"dtype":"U8","shape":[400],"data_offsets":[0,400]})"), "cut short"},
      {with(R"("a":{"dtype":"U8","shape":[4],"data_offsets":[0,18446744073709551615]})"), "cut short"},
      {with(R"("a":{"dtype":"F32","shape":[1]})"), "without dtype, shape or data_offsets"},
      {with(R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1})"), "unknown key 'more'"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "cairn.crc"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"cairn.crc":{"dtype":"I32","shape":[1],"data_offsets":[4,8]}})",
       "cairn.crc"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"cairn.crc":{"dtype":"U32","shape":[1],"data_offsets":[0,4]}})",
       "cairn.crc"},
      {R"({"a":)" + std::string(100'000, '['), "a list"},
      {std::string(R"({"a":)") + std::string(100'000, '{'), "not valid JSON"},
  };
  for (const auto& [header, says] : cases) {
    store(folder / "bad", file_of(header, "data"));
    const std::string message = refusal(folder / "bad");
    EXPECT_THAT(message, HasSubstr(says)) << header.substr(0, 120);
    EXPECT_THAT(message, HasSubstr((folder / "bad").string()));
  }
  store(folder / "good", file_of(with(R"("a":{"dtype":"F32","shape":[],"data_offsets":[0,4]})"), "data"));
  EXPECT_EQ(refusal(folder / "good"), "");  // so the cases above fail for what they say

  for (const std::uint64_t length : {std::uint64_t{100}, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    store(folder / "bad", with_crc(raw(length) + "{}"));
    EXPECT_THAT(refusal(folder / "bad"), HasSubstr("header claims"));
  }
}

// What a file claims must cost no more than what it has: a large header of nothing, and a sparse file of a petabyte.
TEST_F(ArchiveTest, RefusesWhatIsTooLargeBeforeReadingIt) {
  const auto length = std::uint64_t{100'000'000};
  std::ofstream(folder / "header", std::ios::binary).write(reinterpret_cast<const char*>(&length), 8);
  fs::resize_file(folder / "header", 8 + length);
  std::string texts = R"({"__metadata__":{)";
  for (int i = 0; i <= 10'000; ++i) texts += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":\"\"";
  store(folder / "texts", file_of(texts + "}}"));
  std::ofstream(folder / "sparse", std::ios::binary) << "x";
  std::error_code error;
  fs::resize_file(folder / "sparse", std::uintmax_t{1} << 43, error);  // some file systems allow no such size
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(refusal(folder / "header"), HasSubstr("header claims 100000000 bytes"));
  EXPECT_THAT(refusal(folder / "texts"), HasSubstr("more than 10000 texts"));
  if (!error) {
    EXPECT_THAT(refusal(folder / "sparse"), HasSubstr("more than this machine has memory"));
  }
  RecordProperty("microseconds", static_cast<int>((std::chrono::steady_clock::now() - start).count() / 1000));
}

TEST_F(ArchiveTest, ReadsFilesWithoutChecksumOnlyWhereAsked) {
  const std::string header = R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})";
  store(folder / "plain", raw<std::uint64_t>(header.size()) + header + "data");
  EXPECT_THAT(refusal(folder / "plain"), HasSubstr("not the checksum"));
  const Archive plain = read_archive(folder / "plain", Checksum::where_there);
  EXPECT_FALSE(plain.checked);
  EXPECT_EQ(plain.get<std::uint8_t>("a").size(), 4U);
  write_archive(folder / "checked", small());
  EXPECT_TRUE(read_archive(folder / "checked", Checksum::where_there).checked);
  std::string bytes = contents(folder / "checked");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  store(folder / "checked", bytes);
  EXPECT_THROW(read_archive(folder / "checked", Checksum::where_there), std::runtime_error);
}

TEST_F(ArchiveTest, RefusesWhatIsNoFile) {
  EXPECT_THAT(refusal(folder / "absent"), HasSubstr("No such file"));
  EXPECT_THAT(refusal(folder), HasSubstr("not a regular file"));
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(refusal(folder / "pipe"), HasSubstr("not a regular file"));
}

// Mutated files whose checksum is made right again, so that the mutations reach the parser: each is either refused
// with a message or gives tensors whose bytes fit their shapes; under the sanitizers this also proves memory safety.
TEST_F(ArchiveTest, SurvivesRandomMutations) {
  write_archive(folder / "a", small());
  const std::string good = contents(folder / "a");
  const std::string alphabet = "{}[]\",:0123456789eE-+.\\uU8F4I \0\xff";
  std::mt19937 random(7);
  int read = 0, refused = 0;
  const MemoryFile file;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good.substr(0, good.size() - 4);
    for (unsigned edits = 1 + random() % 4; edits > 0 && !bytes.empty(); --edits) {
      const std::size_t at = random() % bytes.size();
      switch (random() % 5) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes[at] = alphabet[random() % alphabet.size()];
          break;
        case 2:
          bytes.insert(at, 1, alphabet[random() % alphabet.size()]);
          break;
        case 3:
          bytes.erase(at, 1 + random() % 8);
          break;
        case 4:
          bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 60));
          break;
      }
    }
    // Half the time with the header's length mended too, so that edits which move bytes come through.
    if (random() % 2 == 0 && bytes.size() > 40) {
      const auto end = bytes.rfind('}');
      if (end != std::string::npos && end >= 8) bytes.replace(0, 8, raw<std::uint64_t>(end - 7));
    }
    file.store(with_crc(bytes));
    try {
      const Archive archive = read_archive(file.path);
      for (const Archive::Tensor& tensor : archive.tensors()) {
        std::uint64_t size = size_of(tensor.dtype);
        for (const std::int64_t extent : tensor.shape) size *= static_cast<std::uint64_t>(extent);
        ASSERT_EQ(size, tensor.bytes.size());
      }
      ++read;
    } catch (const std::runtime_error& error) {
      ASSERT_THAT(error.what(), HasSubstr(file.path.string()));
      ++refused;
    }
  }
  EXPECT_GT(read, 100);  // mutations of the data alone are well-formed
  EXPECT_GT(refused, 10'000);
}

/// Runs `body` in a child process; the child's exit status, 0 when body returned true.
template <class Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body() ? 0 : 1);
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

bool write_fails_saying(const fs::path& path, const Archive& archive, const std::string& reason) {
  try {
    write_archive(path, archive);
  } catch (const std::runtime_error& error) {
    const std::string message = error.what();
    return message.find(reason) != std::string::npos && message.find(path.string()) != std::string::npos;
  }
  return false;
}

TEST_F(ArchiveTest, LeavesTheOldFileWhenTheNewOneCannotBeWritten) {
  write_archive(folder / "a", small());
  const std::string before = contents(folder / "a");
  Archive large;
  large.put<float>("x", std::vector<float>(100'000, 1));
  const int status = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    for (const rlim_t limit : {0, 8, 4096, 399'999}) {  // nothing, the length, the header, almost all
      const rlimit size{limit, RLIM_INFINITY};
      ::setrlimit(RLIMIT_FSIZE, &size);
      if (!write_fails_saying(folder / "a", large, "File too large")) return false;
    }
    return true;
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(contents(folder / "a"), before);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1) << "a temporary file was left behind";
}

TEST_F(ArchiveTest, NamesTheReasonWhenAFolderIsMissingOrReadOnly) {
  EXPECT_TRUE(write_fails_saying(folder / "missing" / "a", small(), "No such file or directory"));
  fs::create_directory(folder / "a");
  EXPECT_TRUE(write_fails_saying(folder / "a", small(), "it is a folder, not a file"));
  EXPECT_TRUE(fs::is_directory(folder / "a"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1) << "a temporary file was left behind";
  fs::create_directory(folder / "locked");
  write_archive(folder / "locked" / "a", small());
  const std::string before = contents(folder / "locked" / "a");
  ::chmod(folder.c_str(), 0755);
  ::chmod((folder / "locked").c_str(), 0555);
  const int status = in_child([&] {
    if (::geteuid() == 0 && ::setuid(65534) != 0) return false;  // root may write anywhere
    return write_fails_saying(folder / "locked" / "a", small(), "Permission denied");
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(contents(folder / "locked" / "a"), before);
  ::chmod((folder / "locked").c_str(), 0755);
}

TEST_F(ArchiveTest, WhatAKilledRunLeftBehindIsInNobodysWay) {
  const int left = in_child([&] {
    store(folder / ("a." + std::to_string(::getpid()) + "-0.tmp"), "half a file");
    return true;
  });
  EXPECT_EQ(left, 0);
  write_archive(folder / "a", small());
  EXPECT_EQ(refusal(folder / "a"), "");
  const FolderLock next(folder);
  fs::remove(folder / "lock");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1) << "the next one that writes the folder removes it";
}

}  // namespace
}  // namespace cairn::agents
