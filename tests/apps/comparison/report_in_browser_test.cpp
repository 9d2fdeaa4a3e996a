// The report as Chromium shows it: looked at, clicked and hovered by a script behind its own.
#include <gmock/gmock.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "apps/comparison/report.h"
#include "tests/apps/comparison/fake_runs.h"

namespace cairn::comparison {
namespace {

using testing::HasSubstr;

constexpr const char* person = R"(<script>
const found = {};
const figure = document.querySelector('#curves figure'), plot = figure.querySelector('.plot');
const count = what => figure.querySelectorAll(what).length;
const button = text => [...figure.querySelectorAll('button')].find(b => b.textContent === text);
const point = (type, x, y) => {
  const box = plot.getBoundingClientRect();
  plot.dispatchEvent(new PointerEvent(type, {clientX: box.left + x * box.width, clientY: box.top + y * box.height,
    pointerType: 'mouse', bubbles: true}));
};
const ticks = () => [...figure.querySelectorAll('.tick')].map(t => t.textContent).join(' ');
found.figures = document.querySelectorAll('figure').length;
found.drawn = document.querySelectorAll('figure svg').length;
found.wide = document.documentElement.scrollWidth > innerWidth;
found.smallest = Math.min(...[...document.querySelectorAll('svg text')].map(t => {
  const svg = t.ownerSVGElement;
  return parseFloat(getComputedStyle(t).fontSize) * svg.clientWidth / svg.viewBox.baseVal.width;
}));
found.background = getComputedStyle(document.body).backgroundColor;
found.curves_at = figure.getBoundingClientRect().top / innerHeight;
found.lines = count('path.line');
button('lion').click();
found.lines_without_lion = count('path.line');
button('lion').click();
found.bands = count('.band');
button('every seed').click();
found.seeds = count('.seed');
found.bands_beside_seeds = count('.band');
button('every seed').click();
found.linear_ticks = ticks();
button('log').click();
found.log_ticks = ticks();
button('log').click();
const before = figure.querySelector('path.line').getAttribute('d');
const slider = figure.querySelector('input');
slider.value = 0.9;
slider.dispatchEvent(new Event('input'));
found.smooth = figure.querySelector('path.line').getAttribute('d') !== before;
slider.value = 0;
slider.dispatchEvent(new Event('input'));
point('pointermove', 0.95, 0.5);
found.tip = figure.querySelector('.tip').hidden ? '' : figure.querySelector('.tip').textContent;
point('pointerleave', 0, 0);
found.tip_left = !figure.querySelector('.tip').hidden;
point('pointerdown', 0.3, 0.3);
point('pointermove', 0.6, 0.6);
point('pointerup', 0.6, 0.6);
found.zoomed_ticks = ticks();
plot.dispatchEvent(new MouseEvent('dblclick', {bubbles: true}));
found.back = ticks() === found.linear_ticks;
found.interval_title = document.querySelector('#intervals figure .row title').textContent;
const out = document.createElement('pre');
out.id = 'found';
out.textContent = '@@' + JSON.stringify(found) + '@@';
document.body.append(out);
</script>)";

/// What a command prints.
std::string printed(const std::string& command) {
  std::string text;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  char buffer[4096];
  for (std::size_t got = 0; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, got);
  ::pclose(pipe);
  return text;
}

class ReportInBrowser : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v chromium >/dev/null") != 0) GTEST_SKIP() << "Chromium is not installed.";
    Findings findings{.matrix = small_matrix(5), .analysis = {}};
    const auto job = [&](std::size_t s, std::size_t a, int seed) {
      return fake_job(scratch, findings.matrix, s, a, seed);
    };
    for (std::size_t s = 0; s < 2; ++s)
      for (std::size_t a = 0; a < 3; ++a)
        for (int seed = 1; seed <= 5; ++seed)
          fake_run(job(s, a, seed), 10.0 * seed, 100 * static_cast<double>(a) + 7 * seed);
    findings.analysis = analysis_of(findings.matrix, job);
    std::filesystem::create_directories(scratch.path / "charts");
    html = to_html(make_document(findings, scratch.path / "charts"), scratch.path / "charts");
  }

  std::string browser(const std::string& arguments) const {
    return "timeout 120 chromium --headless --no-sandbox --disable-gpu --user-data-dir=" +
           (scratch.path / "user").string() + " " + arguments + " file://" + (scratch.path / "report.html").string() +
           " 2>/dev/null";
  }

  /// What the person finds in a window of that size.
  nlohmann::json found(const std::string& size, const std::string& theme) const {
    std::string page = html;
    page.insert(page.rfind("</body>"), person);
    write_file(scratch.path / "report.html", page);
    const std::string text =
        printed(browser("--window-size=" + size + " --blink-settings=preferredColorScheme=" + theme + " --dump-dom"));
    const std::size_t end = text.rfind("@@"), begin = text.rfind("@@", end - 1);
    if (end == std::string::npos || begin == std::string::npos || begin + 2 >= end) return {};
    std::string json = text.substr(begin + 2, end - begin - 2);
    for (const auto& [coded, plain] : {std::pair{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}})
      for (std::size_t at = 0; (at = json.find(coded, at)) != std::string::npos;)
        json.replace(at, std::string(coded).size(), plain);
    return nlohmann::json::parse(json);
  }

  Scratch scratch;
  std::string html;
};

TEST_F(ReportInBrowser, AnswersTheMouse) {
  const nlohmann::json seen = found("1280,800", "0");
  ASSERT_TRUE(seen.is_object()) << "the script ran to its end";
  EXPECT_EQ(seen["figures"], seen["drawn"]);
  EXPECT_GT(seen["drawn"], 8);
  EXPECT_EQ(seen["lines"], 3);
  EXPECT_EQ(seen["lines_without_lion"], 2);
  EXPECT_EQ(seen["bands"], 3);
  EXPECT_EQ(seen["seeds"], 15);
  EXPECT_EQ(seen["bands_beside_seeds"], 0);
  EXPECT_NE(seen["linear_ticks"], seen["log_ticks"]);
  EXPECT_EQ(seen["smooth"], true);
  EXPECT_THAT(seen["tip"].get<std::string>(), HasSubstr("4000 environment steps"));
  EXPECT_THAT(seen["tip"].get<std::string>(), HasSubstr("221 [")) << "of lion, the middle of 207 to 235";
  EXPECT_THAT(seen["tip"].get<std::string>(), HasSubstr("lion"));
  EXPECT_EQ(seen["tip_left"], false);
  EXPECT_NE(seen["zoomed_ticks"], seen["linear_ticks"]);
  EXPECT_EQ(seen["back"], true);
  EXPECT_THAT(seen["interval_title"].get<std::string>(), HasSubstr("lion: "));
}

TEST_F(ReportInBrowser, SuitsSmallScreensAndBothThemes) {
  const nlohmann::json dark = found("1280,800", "0"), light = found("1280,800", "1"), small = found("390,844", "1");
  for (const nlohmann::json& seen : {dark, light, small}) {
    ASSERT_TRUE(seen.is_object());
    EXPECT_EQ(seen["wide"], false) << "the page itself never scrolls sideways";
    EXPECT_GE(seen["smallest"], 11);
  }
  EXPECT_EQ(dark["background"], "rgb(11, 14, 23)");
  EXPECT_EQ(light["background"], "rgb(255, 255, 255)");
  EXPECT_LT(dark["curves_at"], 2) << "on the second screen at the latest";
}

TEST_F(ReportInBrowser, PrintsBlackOnWhite) {
  write_file(scratch.path / "report.html", html);
  const std::filesystem::path pdf = scratch.path / "report.pdf";
  printed(browser("--blink-settings=preferredColorScheme=0 --no-pdf-header-footer --print-to-pdf=" + pdf.string()));
  ASSERT_TRUE(std::filesystem::exists(pdf));
  EXPECT_EQ(contents(pdf).substr(0, 5), "%PDF-");
  EXPECT_GT(std::filesystem::file_size(pdf), 50'000U) << "with its charts";
}

}  // namespace
}  // namespace cairn::comparison
