#include "apps/optimizer/trace.h"

#include "tests/apps/optimizer/scratch.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;

class Traces : public OptimizerCommand {
 protected:
  std::string refusal(const std::string& text) const {
    write("in.csv", text);
    try {
      read_gradient_trace(path("in.csv"));
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), HasSubstr("in.csv"));
      return error.what();
    }
    return "nothing was refused";
  }
};

TEST_F(Traces, HoldTheStartAndTheGradients) {
  for (const char* text : {"step,g0,g1\n0,1,2\n1,3,-4e-5\n2,0,7\n", "step,g0,g1\r\n0,1,2\r\n1,3,-4e-5\r\n2,0,7"}) {
    write("in.csv", text);
    const GradientTrace trace = read_gradient_trace(path("in.csv"));
    EXPECT_EQ(trace.start, (std::vector<double>{1, 2}));
    EXPECT_EQ(trace.gradients, (std::vector<std::vector<double>>{{3, -4e-5}, {0, 7}}));
  }
}

TEST_F(Traces, RefuseWhatIsDamagedNamingTheLine) {
  EXPECT_THAT(refusal(""), HasSubstr("is empty"));
  EXPECT_THAT(refusal("a,b\n"), HasSubstr("line 1: the header should be step,g0,g1"));
  EXPECT_THAT(refusal("step\n"), HasSubstr("line 1"));
  EXPECT_THAT(refusal("step,g0,g2\n"), HasSubstr("'g2' where 'g1' should stand"));
  EXPECT_THAT(refusal("step,g0\n"), HasSubstr("no row 0"));
  EXPECT_THAT(refusal("step,g0,g1\n0,1,2\n1,3\n"), HasSubstr("line 3: 2 cells where the header has 3"));
  EXPECT_THAT(refusal("step,g0\n0,1\n\n1,2\n"), HasSubstr("line 3: 1 cells"));
  EXPECT_THAT(refusal("step,g0\n0,1\n1,2,\n"), HasSubstr("line 3: 3 cells"));
  EXPECT_THAT(refusal("step,g0\n0,1\n2,2\n"), HasSubstr("line 3: step '2' where 1 is due"));
  EXPECT_THAT(refusal("step,g0\nzero,1\n"), HasSubstr("step 'zero'"));
  for (const char* cell : {"x", "", "nan", "inf", "1e999", "1.5.", " 1", "0x1"})
    EXPECT_THAT(refusal(std::string("step,g0\n0,1\n1,") + cell + "\n"),
                HasSubstr("line 3: '" + std::string(cell) + "' in column g0 is no finite number"));
  EXPECT_THROW(read_gradient_trace(path("nowhere.csv")), std::runtime_error);
}

TEST(Blocks, LieOneBehindTheOther) {
  const optim::Layout layout = parse_blocks("2x4,3", 11);
  ASSERT_EQ(layout.blocks.size(), 2U);
  EXPECT_EQ(layout.blocks[0].rows, 2);
  EXPECT_EQ(layout.blocks[0].cols, 4);
  EXPECT_TRUE(layout.blocks[0].has_tag("weight"));
  EXPECT_EQ(layout.blocks[1].offset, 8);
  EXPECT_EQ(layout.blocks[1].cols, 1);
  EXPECT_TRUE(layout.blocks[1].has_tag("bias"));
  EXPECT_TRUE(layout.blocks[1].has_tag("block1"));
}

TEST(Blocks, RefuseWhatDoesNotFit) {
  EXPECT_THROW(parse_blocks("4,5", 8), UsageError);
  EXPECT_THROW(parse_blocks("2x4", 7), UsageError);
  for (const char* text : {"", "x", "2x", "2x2x2", "-8", "0,8", "8,", "1e1", "99999999999999999999"})
    EXPECT_THROW(parse_blocks(text, 8), UsageError) << text;
  EXPECT_THROW(parse_blocks("1000000000x1000000000,1000000000x1000000000", 8), UsageError);
}

}  // namespace
}  // namespace cairn::apps
