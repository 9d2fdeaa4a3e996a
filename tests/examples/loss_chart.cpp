#include "render/drawing/chart.h"

int main() {
  using namespace cairn::render;
  const Chart chart{.title = "Loss",
                    .x = {.label = "steps", .low = 0},
                    .y = {.log = true},
                    .series = {{.name = "adam", .x = {0, 100, 200}, .y = {1, 0.1, 0.02}, .color = series_color(0)},
                               {.name = "sgd", .x = {0, 100, 200}, .y = {1, 0.4, 0.2}, .color = series_color(1)}},
                    .reference_lines = {{.at = 0.05, .label = "good enough"}}};
  write_picture("loss_chart.svg", 540, 330, [&](Picture& picture) {  // .png writes pixels
    draw_chart(picture, {0, 0, picture.width(), picture.height()}, chart);
  });
}
