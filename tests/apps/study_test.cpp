#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

namespace {

/// Standard output and exit status of `cairn study LINE`.
std::pair<std::string, int> study(const std::string& line) {
  FILE* pipe = ::popen((CAIRN_PROGRAM " study " + line + " 2>&1").c_str(), "r");
  std::string out;
  std::array<char, 4096> buffer;
  for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) out.append(buffer.data(), n);
  const int status = ::pclose(pipe);
  return {out, WEXITSTATUS(status)};
}

TEST(Study, ListsAndRunsClaims) {
  const auto [list, listed] = study("list --json");
  ASSERT_EQ(listed, 0) << list;
  const auto all = nlohmann::json::parse(list);
  EXPECT_GE(all.size(), 11U);
  const auto [text, ran] = study("run bias_correction");
  EXPECT_EQ(ran, 0) << text;
  for (const char* part : {"claim", "paper", "accepted", "verdict"})
    EXPECT_NE(text.find(part), std::string::npos) << part;
  const auto one = nlohmann::json::parse(study("run cliff --json").first);
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0]["name"], "cliff");
  EXPECT_FALSE(one[0]["findings"].empty());
}

TEST(Study, RefusesWrongUse) {
  EXPECT_NE(study("run clif").first.find("Did you mean 'cliff'?"), std::string::npos);
  for (const char* line : {"", "run", "list all", "walk", "run clif"}) EXPECT_EQ(study(line).second, 2) << line;
}

}  // namespace
