#include "apps/studies/study_picture.h"

#include <algorithm>

namespace cairn::apps {

void write_study_picture(const std::filesystem::path& file, const Study& study, const Measured& measured) {
  using namespace envs::palette;
  constexpr float least_width = 1240, chart_width = 620, chart_height = 460, row_height = 20, margin = 16, head = 64;
  constexpr float claim_text = 11, verdict_text = 8.5F;
  const auto columns = static_cast<float>(std::max<std::size_t>(measured.charts.size(), 1));
  const float width = std::max(columns * chart_width, least_width);
  float height = 0;
  for (const Chart& chart : measured.charts) {
    const auto* rows = std::get_if<comparison::IntervalChart>(&chart);
    const float room = rows == nullptr ? chart_height
                                       : comparison::interval_chart_height(*rows) +
                                             row_height * static_cast<float>(rows->rows.size()) + 2 * margin;
    height = std::max(height, room);
  }
  const std::string verdict(measured.holds() ? to_string(study.verdict) : "open: a figure left its accepted range");

  const auto draw = [&](render::Picture& picture) {
    picture.fill(render::Box{0, 0, picture.width(), picture.height()}, sky);
    picture.text({1.5F * margin, 32}, claim_text, study.claim, ink, render::Align::left, true);
    picture.text({1.5F * margin, 55}, verdict_text, study.paper + "  ·  verdict: " + verdict, faint);
    render::Box box{margin, head + margin, width / columns - 2 * margin, height - 2 * margin};
    for (const Chart& chart : measured.charts) {
      if (const auto* plane = std::get_if<render::Chart>(&chart))
        render::draw_chart(picture, box, *plane);
      else
        comparison::draw_interval_chart(picture, box, std::get<comparison::IntervalChart>(chart));
      box.x += width / columns;
    }
  };
  render::write_picture(file, width, head + height, draw);
}

}  // namespace cairn::apps
