#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "agents/training/metrics.h"

namespace {

namespace fs = std::filesystem;
const fs::path source = CAIRN_SOURCE;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Readme, ListsEveryExampleAsItIsCompiled) {
  std::string pages;
  for (const char* folder : {".", "envs", "optim", "agents", "render", "apps"})
    pages += text_of(source / folder / "README.md");
  int examples = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(source / "tests/examples")) {
    if (entry.path().extension() != ".cpp") continue;
    ++examples;
    const std::string name = entry.path().filename().string();
    EXPECT_NE(pages.find("```cpp " + name + "\n" + text_of(entry.path()) + "```\n"), std::string::npos)
        << "No README lists tests/examples/" << name << " as it is.";
  }
  EXPECT_GE(examples, 3);
}

TEST(Readme, DescribesEveryColumnOfARunFolder) {
  const std::string page = text_of(source / "apps/reference/run_folder.md");
  const auto described = [&](const auto& metrics) {
    for (const cairn::agents::MetricInfo& metric : metrics)
      EXPECT_NE(page.find("| `" + std::string(metric.name) + "` | " + std::string(metric.meaning) + " |"),
                std::string::npos)
          << metric.name;
  };
  described(cairn::agents::loop_metrics());
  described(cairn::agents::agent_metrics());
  described(cairn::agents::evaluation_metrics());
  described(cairn::agents::network_metrics());
  described(cairn::agents::timing_metrics());
}

}  // namespace
