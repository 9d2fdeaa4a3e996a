#include "render/drawing/picture.h"

#include <cairo-svg.h>
#include <cairo.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>

#include "agents/archive/atomic_file.h"
#include "render/drawing/coverage.h"
#include "render/drawing/utf8.h"

namespace cairn::render {

namespace {

constexpr const char* family = "sans";  // an alias that fontconfig resolves
constexpr double probe_size = 100;      // units, at which the height of a capital letter is measured

bool finite(Point p) {
  return std::isfinite(p.x) && std::isfinite(p.y);
}

bool finite(std::span<const Point> points) {
  return std::ranges::all_of(points, [](Point p) { return finite(p); });
}

/// Cairo numbers its surfaces as the process goes; nothing refers to the one that is the page.
void forget_surface_number(std::string& svg) {
  constexpr std::string_view mark = "<g id=\"surface";
  const std::size_t begin = svg.find(mark);
  if (begin != std::string::npos) svg.replace(begin, svg.find('>', begin) - begin, "<g");
}

cairo_status_t append(void* target, const unsigned char* bytes, unsigned int count) {
  static_cast<std::string*>(target)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

struct Picture::Cairo {
  cairo_surface_t* surface;
  cairo_t* context;
  float width, height;
  double em_per_capital[2] = {0, 0};  // font size over the height of a capital letter; plain, bold

  Cairo(cairo_surface_t* target, float units_wide, float units_high, double scale)
      : surface(target), context(cairo_create(target)), width(units_wide), height(units_high) {
    if (cairo_status(context) != CAIRO_STATUS_SUCCESS) {
      const std::string reason = cairo_status_to_string(cairo_status(context));
      release();
      throw std::runtime_error("Cannot make a picture: " + reason + ".");
    }
    cairo_scale(context, scale, scale);
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(context, CAIRO_LINE_CAP_ROUND);
    // Glyphs are placed and shaped the same at every size, so that layouts scale.
    cairo_font_options_t* options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_set_font_options(context, options);
    cairo_font_options_destroy(options);
    for (const bool bold : {false, true}) {
      choose_font(bold);
      cairo_set_font_size(context, probe_size);
      cairo_text_extents_t extents;
      cairo_text_extents(context, "H", &extents);
      em_per_capital[bold ? 1 : 0] = extents.height > 0 ? probe_size / extents.height : 1.4;
    }
  }
  ~Cairo() { release(); }
  Cairo(const Cairo&) = delete;
  Cairo& operator=(const Cairo&) = delete;

  void release() const {
    cairo_destroy(context);
    cairo_surface_destroy(surface);
  }
  void choose_font(bool bold) const {
    cairo_select_font_face(context, family, CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  }
  void set_font(float capital, bool bold) const {
    choose_font(bold);
    cairo_set_font_size(context, static_cast<double>(capital) * em_per_capital[bold ? 1 : 0]);
  }
  void set_color(Color color) const {
    cairo_set_source_rgba(context, color.r / 255.0, color.g / 255.0, color.b / 255.0, color.a / 255.0);
  }
  void trace(std::span<const Point> points, bool closed) const {
    cairo_new_path(context);
    add(points, closed);
  }
  void add(std::span<const Point> points, bool closed) const {
    cairo_new_sub_path(context);
    for (const Point p : points) cairo_line_to(context, p.x, p.y);
    if (closed) cairo_close_path(context);
  }
  /// Fills a path of many parts. Its edges have 16 shades instead of 255: a value map takes a sixth less so.
  void fill_many(Color color) const {
    set_color(color);
    cairo_set_antialias(context, CAIRO_ANTIALIAS_FAST);
    cairo_fill(context);
    cairo_set_antialias(context, CAIRO_ANTIALIAS_DEFAULT);
  }
  void trace(Box box, float corner_radius) const {
    cairo_new_path(context);
    const double r = std::clamp(corner_radius, 0.0F, std::max(0.0F, std::min(box.width, box.height) / 2));
    if (r <= 0) {
      cairo_rectangle(context, box.x, box.y, box.width, box.height);
      return;
    }
    constexpr double quarter = std::numbers::pi / 2;
    const double left = box.x, top = box.y, right = box.right(), bottom = box.bottom();
    cairo_arc(context, right - r, top + r, r, -quarter, 0);
    cairo_arc(context, right - r, bottom - r, r, 0, quarter);
    cairo_arc(context, left + r, bottom - r, r, quarter, 2 * quarter);
    cairo_arc(context, left + r, top + r, r, 2 * quarter, 3 * quarter);
    cairo_close_path(context);
  }
};

Picture::Picture(int width_pixels, int height_pixels, float scale)
    : Picture(std::make_unique<Cairo>(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width_pixels, height_pixels),
                                      static_cast<float>(width_pixels) / scale,
                                      static_cast<float>(height_pixels) / scale, scale)) {}

Picture::Picture(std::unique_ptr<Cairo> cairo) : cairo_(std::move(cairo)) {}
Picture::~Picture() = default;
Picture::Picture(Picture&& other) noexcept = default;
Picture& Picture::operator=(Picture&& other) noexcept = default;

float Picture::width() const {
  return cairo_->width;
}
float Picture::height() const {
  return cairo_->height;
}

float Picture::pixel() const {
  const int across = width_pixels();
  return across > 0 ? width() / static_cast<float>(across) : 0;
}

Box Picture::on_pixels(Box box) const {
  const float pixel = this->pixel();
  if (!(pixel > 0)) return box;
  const float left = std::round(box.x / pixel), top = std::round(box.y / pixel);
  return {left * pixel, top * pixel, std::max(1.0F, std::round(box.right() / pixel) - left) * pixel,
          std::max(1.0F, std::round(box.bottom() / pixel) - top) * pixel};
}

void Picture::fill(std::span<const Point> polygon, Color color) {
  if (polygon.size() < 3 || !finite(polygon)) return;
  cairo_->set_color(color);
  cairo_->trace(polygon, true);
  cairo_fill(cairo_->context);
}

void Picture::fill(std::span<const std::vector<Point>> polygons, Color color) {
  cairo_new_path(cairo_->context);
  for (const std::vector<Point>& polygon : polygons)
    if (polygon.size() >= 3 && finite(polygon)) cairo_->add(polygon, true);
  cairo_->fill_many(color);
}

void Picture::fill(Box box, Color color, float corner_radius) {
  cairo_->set_color(color);
  cairo_->trace(box, corner_radius);
  cairo_fill(cairo_->context);
}

void Picture::fill_corners(Box box, float corner_radius, Color color) {
  cairo_->set_color(color);
  cairo_->trace(box, corner_radius);
  cairo_rectangle(cairo_->context, box.x, box.y, box.width, box.height);
  cairo_set_fill_rule(cairo_->context, CAIRO_FILL_RULE_EVEN_ODD);
  cairo_fill(cairo_->context);
  cairo_set_fill_rule(cairo_->context, CAIRO_FILL_RULE_WINDING);
}

void Picture::stroke(std::span<const Point> line, float width, Color color, bool closed) {
  if (line.size() < 2 || !finite(line) || !std::isfinite(width)) return;
  cairo_->set_color(color);
  cairo_set_line_width(cairo_->context, width);
  cairo_->trace(line, closed);
  cairo_stroke(cairo_->context);
}

void Picture::stroke(std::span<const std::array<Point, 2>> pieces, float width, Color color) {
  cairo_new_path(cairo_->context);
  for (const auto& [from, to] : pieces) {  // as a rectangle, which takes Cairo less than a line with two ends
    const float length = std::hypot(to.x - from.x, to.y - from.y), half = width / 2 / length;
    const Point aside{half * (from.y - to.y), half * (to.x - from.x)};
    const std::array corners{Point{from.x + aside.x, from.y + aside.y}, Point{to.x + aside.x, to.y + aside.y},
                             Point{to.x - aside.x, to.y - aside.y}, Point{from.x - aside.x, from.y - aside.y}};
    if (length > 0 && finite(corners)) cairo_->add(corners, true);
  }
  cairo_->fill_many(color);
}

void Picture::dashed(std::span<const Point> line, float width, Color color, float dash) {
  const double length = dash;
  cairo_set_line_cap(cairo_->context, CAIRO_LINE_CAP_BUTT);
  cairo_set_dash(cairo_->context, &length, 1, 0);
  stroke(line, width, color);
  cairo_set_dash(cairo_->context, nullptr, 0, 0);
  cairo_set_line_cap(cairo_->context, CAIRO_LINE_CAP_ROUND);
}

void Picture::outline(Box box, float width, Color color, float corner_radius) {
  cairo_->set_color(color);
  cairo_set_line_width(cairo_->context, width);
  cairo_->trace(box, corner_radius);
  cairo_stroke(cairo_->context);
}

void Picture::disc(Point center, float radius, Color color) {
  if (!finite(center) || !(radius > 0) || !std::isfinite(radius)) return;
  cairo_->set_color(color);
  cairo_new_path(cairo_->context);
  cairo_arc(cairo_->context, center.x, center.y, radius, 0, 2 * std::numbers::pi);
  cairo_fill(cairo_->context);
}

void Picture::discs(std::span<const Point> centers, float radius, Color color) {
  constexpr std::size_t many = 100;
  if (!(pixel() > 0) || centers.size() < many) {
    for (const Point center : centers) disc(center, radius, color);
    return;
  }
  if (!(radius > 0) || !std::isfinite(radius)) return;
  cairo_t* context = cairo_->context;
  cairo_save(context);
  cairo_matrix_t units;
  cairo_get_matrix(context, &units);
  cairo_identity_matrix(context);
  double left, top, right, bottom;  // of what is not clipped, from here on in pixels
  cairo_clip_extents(context, &left, &top, &right, &bottom);
  Coverage covered(static_cast<int>(right - left), static_cast<int>(bottom - top));
  for (const Point center : centers) {
    if (!finite(center)) continue;
    double x = center.x, y = center.y;
    cairo_matrix_transform_point(&units, &x, &y);
    covered.disc(x - left, y - top, static_cast<double>(radius / pixel()), color.a / 255.0);
  }
  cairo_surface_t* mask = cairo_image_surface_create_for_data(covered.data(), CAIRO_FORMAT_A8, covered.width(),
                                                              covered.height(), covered.stride());
  cairo_->set_color({color.r, color.g, color.b, 255});
  cairo_mask_surface(context, mask, left, top);
  cairo_restore(context);
  cairo_surface_destroy(mask);
}

void Picture::ring(Point center, float radius, float width, Color color) {
  if (!finite(center) || !(radius > 0) || !std::isfinite(radius) || !std::isfinite(width)) return;
  cairo_->set_color(color);
  cairo_set_line_width(cairo_->context, width);
  cairo_new_path(cairo_->context);
  cairo_arc(cairo_->context, center.x, center.y, radius, 0, 2 * std::numbers::pi);
  cairo_stroke(cairo_->context);
}

void Picture::text(Point at, float height, std::string_view text, Color color, Align align, bool bold) {
  if (text.empty() || !finite(at) || !(height > 0) || !std::isfinite(height)) return;
  const std::string valid = valid_utf8(text);
  if (align != Align::left) at.x -= text_width(height, valid, bold) * (align == Align::centre ? 0.5F : 1.0F);
  cairo_->set_font(height, bold);
  cairo_->set_color(color);
  cairo_move_to(cairo_->context, at.x, at.y);
  cairo_show_text(cairo_->context, valid.c_str());
}

float Picture::text_width(float height, std::string_view text, bool bold) const {
  if (!(height > 0) || !std::isfinite(height)) return 0;
  cairo_->set_font(height, bold);
  cairo_text_extents_t extents;
  cairo_text_extents(cairo_->context, valid_utf8(text).c_str(), &extents);
  return static_cast<float>(extents.x_advance);
}

void Picture::clip(Box box) {
  cairo_save(cairo_->context);
  cairo_->trace(box, 0);
  cairo_clip(cairo_->context);
}

void Picture::unclip() {
  cairo_restore(cairo_->context);
}

void Picture::paste(const Picture& other, Box box) {
  cairo_t* context = cairo_->context;
  cairo_surface_flush(other.cairo_->surface);
  cairo_save(context);
  const auto near = [](double value, double whole) { return std::abs(value - whole) < 0.02; };  // of a pixel
  double left = box.x, top = box.y, right = box.right(), bottom = box.bottom();
  cairo_user_to_device(context, &left, &top);
  cairo_user_to_device(context, &right, &bottom);
  if (near(left, std::round(left)) && near(top, std::round(top)) && near(right - left, other.width_pixels()) &&
      near(bottom - top, other.height_pixels())) {
    cairo_identity_matrix(context);
    cairo_set_source_surface(context, other.cairo_->surface, std::round(left), std::round(top));
    cairo_paint(context);
    cairo_restore(context);
    return;
  }
  cairo_translate(context, box.x, box.y);
  cairo_scale(context, static_cast<double>(box.width) / other.width_pixels(),
              static_cast<double>(box.height) / other.height_pixels());
  cairo_set_source_surface(context, other.cairo_->surface, 0, 0);
  cairo_paint(context);
  cairo_restore(context);
}

int Picture::width_pixels() const {
  return cairo_image_surface_get_width(cairo_->surface);
}
int Picture::height_pixels() const {
  return cairo_image_surface_get_height(cairo_->surface);
}

void Picture::copy_rgba(std::vector<std::uint8_t>& pixels) const {
  cairo_surface_flush(cairo_->surface);
  const auto rows = static_cast<std::size_t>(height_pixels()), columns = static_cast<std::size_t>(width_pixels());
  const auto stride = static_cast<std::size_t>(cairo_image_surface_get_stride(cairo_->surface));
  const unsigned char* data = cairo_image_surface_get_data(cairo_->surface);
  pixels.resize(rows * columns * 4);
  for (std::size_t row = 0; row < rows; ++row) {
    // 32 bits a pixel in the machine's own byte order: 0x00RRGGBB becomes red, green, blue, 255 as bytes
    const auto* in = reinterpret_cast<const std::uint32_t*>(data + row * stride);
    auto* out = reinterpret_cast<std::uint32_t*>(pixels.data() + row * columns * 4);
    for (std::size_t column = 0; column < columns; ++column) {
      const std::uint32_t p = in[column];
      if constexpr (std::endian::native == std::endian::little)
        out[column] = 0xFF000000U | (p & 0xFFU) << 16U | (p & 0xFF00U) | (p >> 16U & 0xFFU);
      else
        out[column] = p << 8U | 0xFFU;
    }
  }
}

void Picture::write_png(const std::filesystem::path& path) const {
  std::string bytes;
  const cairo_status_t status = cairo_surface_write_to_png_stream(cairo_->surface, &append, &bytes);
  if (status != CAIRO_STATUS_SUCCESS)
    throw std::runtime_error("Cannot write '" + path.string() + "': " + cairo_status_to_string(status) + ".");
  agents::write_file(path, bytes);
}

bool is_picture(const std::filesystem::path& path) {
  return path.extension() == ".png" || path.extension() == ".svg";
}

void write_picture(const std::filesystem::path& path, float width, float height,
                   const std::function<void(Picture&)>& draw, float scale) {
  if (!is_picture(path))
    throw std::invalid_argument("A picture's name ends in .png or .svg, not '" + path.string() + "'.");
  if (path.extension() == ".png") {
    Picture picture(static_cast<int>(std::lround(width * scale)), static_cast<int>(std::lround(height * scale)), scale);
    draw(picture);
    picture.write_png(path);
    return;
  }
  std::string bytes;
  {
    cairo_surface_t* surface = cairo_svg_surface_create_for_stream(&append, &bytes, width, height);
    cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
    Picture picture(std::make_unique<Picture::Cairo>(surface, width, height, 1.0));
    draw(picture);
    cairo_surface_finish(surface);
    if (const cairo_status_t status = cairo_surface_status(surface); status != CAIRO_STATUS_SUCCESS)
      throw std::runtime_error("Cannot draw '" + path.string() + "': " + cairo_status_to_string(status) + ".");
  }
  forget_surface_number(bytes);
  agents::write_file(path, bytes);
}

}  // namespace cairn::render
