#include "apps/comparison/document.h"

#include <gmock/gmock.h>

#include "tests/apps/comparison/fake_runs.h"

namespace cairn::comparison {
namespace {

using testing::HasSubstr;
using testing::Not;

Document sample() {
  return {.title = "A < B",
          .subtitle = "sub",
          .sections = {{"one",
                        "One",
                        {{.text = "**Bold** & plain"},
                         {.kind = Block::Kind::list, .items = {"**first**: x", "second"}},
                         {.kind = Block::Kind::table,
                          .text = "caption",
                          .rows = {{{"head"}, {"b"}}, {{"a|b", "strong"}, {"<1>", "worse"}}}},
                         {.kind = Block::Kind::figures, .items = {"a.svg"}, .captions = {"a picture"}},
                         {.kind = Block::Kind::code, .text = "cairn compare"}}}}};
}

TEST(Document, IsOneHtmlFileThatNeedsNoOther) {
  const Scratch scratch;
  write_file(scratch.path / "a.svg", "<svg/>");
  const std::string html = to_html(sample(), scratch.path);
  EXPECT_THAT(html, HasSubstr("A &lt; B"));
  EXPECT_THAT(html, HasSubstr("<strong>Bold</strong> &amp; plain"));
  EXPECT_THAT(html, HasSubstr("<td class=\"worse\">&lt;1&gt;</td>"));
  EXPECT_THAT(html, HasSubstr("data:image/svg+xml;base64,PHN2Zy8+\""));
  EXPECT_THAT(html, HasSubstr("width=device-width"));
  for (const char* outside : {"http://", "https://", "<script", "<link", "@import"})
    EXPECT_THAT(html, Not(HasSubstr(outside)));
  std::filesystem::remove(scratch.path / "a.svg");
  EXPECT_THROW(to_html(sample(), scratch.path), std::runtime_error);
}

TEST(Document, WordsBeginLeftAndNumbersEndRight) {
  const Document document{.title = "t",
                          .subtitle = "s",
                          .sections = {{"one",
                                        "One",
                                        {{.kind = Block::Kind::table,
                                          .rows = {{{"a"}, {"b"}, {"c"}},
                                                   {{"adam:lr=1,eps=2"}, {"constant"}, {"1"}},
                                                   {{"x, y"}, {std::string(80, 'w')}, {"never"}}}}}}}};
  const std::string html = to_html(document, ".");
  EXPECT_THAT(html, HasSubstr("<th class=\"words\">b</th><th>c</th>"));
  EXPECT_THAT(html, HasSubstr("<td class=\"words\">constant</td><td>1</td>"));
  EXPECT_THAT(html, HasSubstr("<td class=\"words wide\">ww"));
  EXPECT_THAT(html, HasSubstr("adam:lr=1,<wbr>eps=2")) << "may break into lines there";
  EXPECT_THAT(html, HasSubstr(">x, y<"));
  EXPECT_THAT(to_markdown(document, "."), HasSubstr("|---|---|---:|"));
}

TEST(Document, Base64PadsAsRfc4648) {
  const Scratch scratch;
  for (const auto& [bytes, text] : {std::pair{"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}}) {
    write_file(scratch.path / "a.svg", bytes);
    EXPECT_THAT(to_html(sample(), scratch.path), HasSubstr(std::string("base64,") + text + "\""));
  }
}

TEST(Document, SaysTheSameInMarkdown) {
  const std::string text = to_markdown(sample(), "charts");
  EXPECT_THAT(text, HasSubstr("# A < B\n"));
  EXPECT_THAT(text, HasSubstr("## One\n\n**Bold** & plain\n"));
  EXPECT_THAT(text, HasSubstr("| head | b |\n|---|---:|\n| **a\\|b** | **<1>** |\n"));
  EXPECT_THAT(text, HasSubstr("![a picture](charts/a.svg)"));
  EXPECT_THAT(text, HasSubstr("```\ncairn compare\n```"));
}

}  // namespace
}  // namespace cairn::comparison
