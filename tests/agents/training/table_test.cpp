#include "agents/training/table.h"
#include "tests/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>

namespace cairn::agents {
namespace {

TEST(Table, WritesNumbersThatReadBackTheSame) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "cairn_table_test.csv";
  Table table(path, 0);
  table.cell(std::string_view("name"));
  table.cell(0.1);
  table.cell(std::int64_t{-7});
  table.cell(1.0 / 3);
  table.end_row();
  table.sync();
  EXPECT_EQ(contents(path), "name,0.1,-7,0.3333333333333333\n");
  EXPECT_EQ(table.size(), contents(path).size());
}

TEST(Table, GoesOnFromWhereACheckpointWas) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "cairn_table_resume_test.csv";
  std::uint64_t at = 0;
  {
    Table table(path, 0);
    table.cell(1.0);
    table.end_row();
    at = table.size();
    table.cell(2.0);
    table.end_row();
  }
  {
    Table table(path, at);
    EXPECT_FALSE(table.empty());
    table.cell(3.0);
    table.end_row();
  }
  EXPECT_EQ(contents(path), "1\n3\n");
  EXPECT_THAT([&] { Table(path, 1000); },
              ::testing::ThrowsMessage<std::runtime_error>(::testing::HasSubstr("shorter")));
}

TEST(Table, ShowsARowThatDoesNotCount) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "cairn_table_show_test.csv";
  Table table(path, 0);
  const auto row = [&](double value) {
    table.cell(value);
    table.end_row();
  };
  row(1);
  table.cell(2.0);
  table.cell(0.5);
  const std::string latest = table.take_row();
  EXPECT_EQ(latest, "2,0.5");
  table.sync();
  table.show_row(latest);
  EXPECT_EQ(contents(path), "1\n2,0.5\n");
  EXPECT_EQ(table.size(), 2U);
  row(3);
  table.sync();
  EXPECT_EQ(contents(path), "1\n3\n");
}

TEST(Table, IsMadeAgainWhereItVanished) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "cairn_table_vanish_test.csv";
  Table table(path, 0);
  table.line("one, as it stands");
  EXPECT_EQ(contents(path), "one, as it stands\n");
  EXPECT_FALSE(table.vanished());
  std::filesystem::remove(path);
  table.line("two");
  table.sync();
  EXPECT_TRUE(table.vanished());
  EXPECT_FALSE(table.vanished());
  std::ofstream(path.string() + "2") << "another's";
  std::filesystem::rename(path.string() + "2", path);
  table.line("three");
  table.sync();
  EXPECT_TRUE(table.vanished());
  EXPECT_EQ(contents(path), "one, as it stands\ntwo\nthree\n");
}

TEST(Table, GoesOnOnlyWithTheSameColumnsAndLosesNothingOtherwise) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "cairn_table_head_test.csv";
  using Columns = std::vector<std::string_view>;
  std::uint64_t at = 0;
  {
    Table table(path, 0);
    table.head(Columns{"steps", "a/b"});
    at = table.size();
    table.cell(1.0);
    table.cell(2.0);
    table.end_row();
  }
  const std::string whole = contents(path);
  EXPECT_EQ(whole, "steps,a/b\n1,2\n");
  const auto refusal = [&](const Columns& columns) {
    try {
      Table(path, at).head(columns);
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(contents(path), whole) << "the file is as it was";
      return std::string(error.what()).substr(std::string("Cannot go on with " + path.string()).size());
    }
    return std::string("none");
  };
  EXPECT_EQ(refusal({"steps", "a/c"}), ": its column 2 is 'a/b', and this program would write 'a/c'.");
  EXPECT_EQ(refusal({"steps"}), ": its column 2 is 'a/b', and this program would write none.");
  EXPECT_EQ(refusal({"steps", "a/b", "c"}), ": its column 3 is none, and this program would write 'c'.");
  EXPECT_EQ(refusal({"steps", "a/b"}), "none");
  EXPECT_EQ(contents(path), "steps,a/b\n") << "behind the checkpoint";
}

TEST(Table, QuotesTextThatHoldsCommasOrQuotes) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "cairn_table_quote_test.csv";
  Table table(path, 0);
  for (const char* text : {"a", "lion:lr=1,b=2", "say \"so\"", ""}) table.cell(std::string_view(text));
  table.end_row();
  table.sync();
  EXPECT_EQ(contents(path), "a,\"lion:lr=1,b=2\",\"say \"\"so\"\"\",\n");
  const std::string row = contents(path);
  EXPECT_THAT(split_row(std::string_view(row).substr(0, row.size() - 1)),
              ::testing::ElementsAre("a", "lion:lr=1,b=2", "say \"so\"", ""));
}

TEST(Table, SaysWhatARunKeepsUpToACount) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "cairn_table_keep_test.csv";
  const std::string head = "steps,a/b\n", rows = "100,1\n200,2\n";
  std::ofstream(path) << head << rows << "300,3\n300";
  EXPECT_EQ(bytes_up_to(path, -1), head.size()) << "nothing was written yet when the checkpoint was";
  EXPECT_EQ(bytes_up_to(path, 199), head.size() + 6);
  EXPECT_EQ(bytes_up_to(path, 200), head.size() + rows.size());
  EXPECT_EQ(bytes_up_to(path, 1000), head.size() + rows.size() + 6) << "a row cut short is none";
  std::ofstream(path) << "steps,a";
  EXPECT_EQ(bytes_up_to(path, 1000), 0U);
  std::filesystem::remove(path);
  EXPECT_EQ(bytes_up_to(path, 1000), 0U);
}

TEST(Table, NamesTheFileItCannotWrite) {
  EXPECT_THAT([] { Table("/nowhere/at/all.csv", 0); },
              ::testing::ThrowsMessage<std::runtime_error>(::testing::HasSubstr("/nowhere/at/all.csv")));
  Table full("/dev/full", 0);
  full.cell(1.0);
  full.end_row();
  EXPECT_THAT([&] { full.sync(); }, ::testing::ThrowsMessage<std::runtime_error>(::testing::HasSubstr("No space")));
}

TEST(Table, ReadsBackByColumn) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "cairn_table_back_test.csv";
  {
    Table table(path, 0);
    for (const char* name : {"steps", "return"}) table.cell(std::string_view(name));
    table.end_row();
    table.cell(std::int64_t{7});
    table.cell(0.1);
    table.end_row();
    table.cell(std::int64_t{8});
    table.cell(std::numeric_limits<double>::quiet_NaN());
    table.end_row();
  }
  std::ofstream(path, std::ios::app) << "9,1";  // a row that is still being written
  const auto columns = read_columns(path);
  EXPECT_EQ(columns.at("steps"), (std::vector<double>{7, 8}));
  EXPECT_EQ(columns.at("return")[0], 0.1);
  EXPECT_TRUE(std::isnan(columns.at("return")[1]));
  std::ofstream(path) << "steps,steps\n1,2\n";
  EXPECT_THROW(read_columns(path), std::runtime_error) << "which of the two would be meant?";
  std::filesystem::remove(path);
  EXPECT_THROW(read_columns(path), std::runtime_error);
}

}  // namespace
}  // namespace cairn::agents
