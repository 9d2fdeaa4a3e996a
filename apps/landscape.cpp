#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "agents/training/signals.h"
#include "apps/command_line/json.h"
#include "apps/command_line/options.h"
#include "apps/command_line/output.h"
#include "apps/command_line/registry.h"
#include "apps/command_line/showing.h"
#include "apps/optimizer/knobs.h"
#include "apps/optimizer/path.h"
#include "apps/subcommands.h"
#include "render/drawing/rule_colors.h"
#include "render/worlds/recorder.h"
#ifdef CAIRN_HAS_WINDOW
#include "render/drawing/ticks.h"
#include "render/window/descents_view.h"
#include "render/window/display.h"
#endif

namespace cairn::apps {

namespace {

const std::vector<Option> landscape_options = {
    {"problem", "SPEC", "as in canyon; 'cairn list problems' shows what there is", false},
    {"optimizers", "SPEC SPEC …", "one to eight update rules, as in adam:lr=0.1 or only adam", false, true},
    {"schedule", "SPEC", "of all their rates; an omitted horizon is --steps", false},
    {"clip", "SPEC", "of the gradient, as in global_norm:max=0.5, or none", false},
    {"steps", "N", "to take (default 300)", false},
    {"start", "X0,X1", "where to begin (default: the problem's own start)", false},
    {"within", "SHARE", "of the first loss above the optimum, at which a rule has arrived (default 0.001)", false},
    {"record", "FILE", "no window but a file: .png or .svg, a picture of the end; .mp4 or .gif, a video", false},
    {"no-window", "", "only the table", false},
    {"json", "", "the table for scripts", false},
    {"help", "", "this text", false},
};

constexpr const char* about_landscape =
    "cairn landscape --problem SPEC --optimizers SPEC SPEC … [options]\n\n"
    "Lets rules descend the same function from the same start, in a window (H lists\n"
    "the keys), and prints how far each came. Of two parameters it shows the\n"
    "landscape, where the start can be dragged, of others how the loss falls. Sliders\n"
    "turn a rule's rate and memory. A rule whose SPEC says no rate is given one of\n"
    "1e-4, 3e-4, …, 10: of those that stay within the picture, the one whose\n"
    "logarithm of the loss is lowest on average.\n\n";

constexpr std::array candidate_rates = {"1e-4", "3e-4", "1e-3", "3e-3", "0.01", "0.03", "0.1", "0.3", "1", "3", "10"};
constexpr std::size_t most_rules = 8;  // colours that can be told apart
constexpr double worst = 1e6;          // times the first loss above the optimum: farther off is all the same
constexpr double best = 1e-6;          // likewise below: arrived
constexpr double film_seconds = 8;     // at most, of a descent
constexpr double end_seconds = 2;      // for which its end is held

struct RuleDescent {
  std::string name;    ///< as called for
  ComponentText spec;  ///< the same, with its rate
  std::string rate;    ///< empty where the rule has none
  bool found = false;  ///< whether the rate is the best of candidate_rates
  optim::Rule rule;
  Path path;
};

/// How a rate fares: whether it left the picture; then the mean logarithm of the loss above the optimum, as a share of
/// the first. Less is better.
std::pair<bool, double> fare(const Path& path, const optim::Problem& problem) {
  const bool stays = !problem.range || std::ranges::all_of(path.points, [&](const std::vector<double>& at) {
    const optim::DrawingRange& range = *problem.range;
    return at[0] >= range.x_low && at[0] <= range.x_high && at[1] >= range.y_low && at[1] <= range.y_high;
  });
  const double lowest = problem.lowest();
  const double first = path.losses.front() - lowest;
  double sum = 0;
  for (const double loss : path.losses) {
    const double share = (loss - lowest) / first;
    sum += std::log(std::isfinite(share) ? std::clamp(share, best, worst) : worst);
  }
  return {!stays, sum / static_cast<double>(path.losses.size())};
}

/// The steps after which the loss stays within that share of the first.
std::optional<std::size_t> arrival(const Path& path, double lowest, double within) {
  const double limit = within * (path.losses.front() - lowest);
  std::size_t steps = path.losses.size();
  while (steps > 0 && path.losses[steps - 1] - lowest <= limit) --steps;
  return steps < path.losses.size() ? std::optional(steps) : std::nullopt;
}

double distance(const Path& path, const optim::Problem& problem) {
  const auto to = [&](const std::vector<double>& optimum) {
    double squares = 0;
    for (std::size_t i = 0; i < optimum.size(); ++i) squares += std::pow(path.points.back()[i] - optimum[i], 2);
    return std::sqrt(squares);
  };
  double nearest = to(problem.optimum);
  for (const std::vector<double>& other : problem.other_optima) nearest = std::min(nearest, to(other));
  return nearest;
}

class DescentComparison {
 public:
  explicit DescentComparison(const Arguments& arguments)
      : problem_(make_problem(parse_component(arguments.text("problem"), "--problem"))),
        steps_(arguments.count("steps", "[1,100000]", 300)),
        within_(arguments.real("within", "(0,1)", 1e-3)) {
    start_ = start_of(arguments, problem_);
    if (start_.empty()) start_ = problem_.start;
    schedule_ = make_schedule(parse_component(arguments.text("schedule", "constant"), "--schedule"));
    clip_ = make_clip(parse_component(arguments.text("clip", "none"), "--clip"));
    const std::vector<std::string> names = arguments.list("optimizers");
    if (names.size() > most_rules)
      throw UsageError(
          fmt::format("Option '--optimizers' names {} rules; at most {} can be told apart.", names.size(), most_rules));
    for (const std::string& name : names) add(name);
  }

  void print() const;
  void print_json() const;
  void record(const std::filesystem::path& file) const;
  int show() const;

 private:
  void add(const std::string& name);
  optim::Rule rule_of(const ComponentText& spec) const;
  render::DescentSheet sheet() const;
  render::LateLoss late(const Path& path) const;
  static render::Descent drawn_as(const RuleDescent& one, const Path& path, const optim::Problem& problem, int color);
  std::vector<int> colors() const;  // numbers of the rules'

  optim::Problem problem_;
  std::int64_t steps_;
  double within_;
  std::vector<double> start_;
  optim::Schedule schedule_;
  optim::Clip clip_;
  std::vector<RuleDescent> all_;
};

optim::Rule DescentComparison::rule_of(const ComponentText& spec) const {
  return make_rule(spec).with_schedule(schedule_).with_clip(clip_);
}

void DescentComparison::add(const std::string& name) {
  const ComponentText component = parse_component(name, "--optimizers");
  const auto follow = [&](const std::string& rate) {
    ComponentText chosen = component;
    if (!rate.empty()) chosen.override_with({component.name, {{"lr", rate}}});
    RuleDescent one{
        .name = name, .spec = chosen, .rate = rate, .found = !rate.empty(), .rule = rule_of(chosen), .path = {}};
    one.path = as_usage([&] { return followed(problem_, one.rule, steps_, start_); });
    return one;
  };
  const auto& rules = registry().rules;
  const auto entry = std::ranges::find(rules, component.name, &PartEntry<optim::Rule>::name);
  const bool has_rate =
      entry != rules.end() && std::ranges::find(entry->fields, "lr", &Field::key) != entry->fields.end();
  if (const std::string* rate = component.find("lr"); rate != nullptr || !has_rate) {
    all_.push_back(follow(""));
    if (rate != nullptr) all_.back().rate = *rate;
    return;
  }
  std::optional<RuleDescent> lowest;
  for (const char* rate : candidate_rates) {
    RuleDescent one = follow(rate);
    if (!lowest || fare(one.path, problem_) < fare(lowest->path, problem_)) lowest = std::move(one);
  }
  all_.push_back(*std::move(lowest));
}

render::LateLoss DescentComparison::late(const Path& path) const {
  return render::late_loss(drawn(path, problem_).gaps, path.losses.size() - 1);
}

void DescentComparison::print() const {
  std::size_t widest = 9;
  for (const RuleDescent& one : all_) widest = std::max(widest, one.name.size());
  print_text("{}{}, {} steps\n\n", problem_.description,
             start_.size() == 2 ? fmt::format(" from ({:g}, {:g})", start_[0], start_[1]) : "", steps_);
  print_text("{:{}}  {:>8}  {:>19}  {:>9}  {:>14}\n", "optimizer", widest, "rate", "loss above optimum", "distance",
             fmt::format("steps to {:g} %", 100 * within_));
  bool found = false;
  for (const RuleDescent& one : all_) {
    const auto steps = arrival(one.path, problem_.lowest(), within_);
    const render::LateLoss loss = late(one.path);
    print_text("{:{}}  {:>8}  {:>19}  {:>9.3e}  {:>14}\n", one.name, widest, one.rate + (one.found ? "*" : ""),
               fmt::format("{:.3e} ± {:.1e}", loss.mean, loss.spread), distance(one.path, problem_),
               steps ? std::to_string(*steps) : "-");
    found = found || one.found;
  }
  print_text(
      "\nLoss: mean and standard deviation over the last {} steps. Distance: of the end to the nearest optimum.\n",
      late(all_.front().path).steps);
  if (found) print_out("* the best of 1e-4, 3e-4, …, 10 for this descent\n");
}

void DescentComparison::print_json() const {
  Json rules = Json::array();
  for (const RuleDescent& one : all_) {
    const auto steps = arrival(one.path, problem_.lowest(), within_);
    const render::LateLoss loss = late(one.path);
    rules.push_back(
        {{"optimizer", one.rule.description()},
         {"called", one.name},
         {"loss", one.path.losses.back()},
         {"loss_above_optimum", one.path.losses.back() - problem_.lowest()},
         {"late_loss_above_optimum", {{"mean", loss.mean}, {"standard_deviation", loss.spread}, {"steps", loss.steps}}},
         {"distance", distance(one.path, problem_)},
         {"steps_to_within", steps ? Json(*steps) : Json()}});
  }
  const Json out = {{"problem", problem_.description},
                    {"start", start_},
                    {"steps", steps_},
                    {"within", within_},
                    {"optimizers", rules}};
  print_out("{}", indented(out));
}

render::Descent DescentComparison::drawn_as(const RuleDescent& one, const Path& path, const optim::Problem& problem,
                                            int color) {
  render::Descent descent = drawn(path, problem);
  descent.name = one.name;
  descent.note = one.rate;
  descent.color = render::series_color(color);
  return descent;
}

std::vector<int> DescentComparison::colors() const {
  std::vector<std::string> names;
  names.reserve(all_.size());
  for (const RuleDescent& one : all_) names.push_back(one.name);
  return render::rule_colors(names);
}

render::DescentSheet DescentComparison::sheet() const {
  render::DescentSheet sheet = sheet_of(problem_);
  const std::vector<int> colors = this->colors();
  for (std::size_t i = 0; i < all_.size(); ++i)
    sheet.descents.push_back(drawn_as(all_[i], all_[i].path, problem_, colors[i]));
  return sheet;
}

void DescentComparison::record(const std::filesystem::path& file) const {
  const render::DescentSheet sheet = this->sheet();
  if (render::is_picture(file)) {
    render::write_picture(file, render::descents_width, render::descents_height, [&](render::Picture& picture) {
      const render::Plot plane = render::draw_landscape(picture, sheet);
      render::draw_descents(picture, plane, sheet, sheet.steps());
    });
    return;
  }
  const float scale = render::video_scale(file);
  const auto page = [&] {
    return render::Picture(static_cast<int>(render::descents_width * scale),
                           static_cast<int>(render::descents_height * scale), scale);
  };
  render::Picture ground = page(), frame = page();
  const render::Plot plane = render::draw_landscape(ground, sheet);
  render::Recorder recorder(file, frame.width_pixels(), frame.height_pixels(), render::video_rate);
  const auto add = [&](std::size_t step) {
    frame.paste(ground, {0, 0, frame.width(), frame.height()});
    render::draw_descents(frame, plane, sheet, step);
    recorder.add(frame);
  };
  const auto frames = static_cast<std::size_t>(film_seconds * render::video_rate);
  const std::size_t each = (sheet.steps() + frames - 1) / frames;
  for (std::size_t step = 0; step < sheet.steps(); step += each) add(step);
  for (int i = 0; i < static_cast<int>(end_seconds * render::video_rate); ++i) add(sheet.steps());
  recorder.finish();
}

#ifdef CAIRN_HAS_WINDOW
int DescentComparison::show() const {
  render::end_with_display();
  render::DescentSheet sheet = this->sheet();
  if (problem_.range) sheet.function = [this](double x, double y) { return problem_.value(std::vector<double>{x, y}); };
  for (std::size_t i = all_.size(); i-- > 0;) {
    sheet.descents[i].knobs = knobs_of(all_[i].spec);
    if (!sheet.descents[i].knobs.empty()) sheet.turned = i;
  }
  render::DescentsView view(
      std::move(sheet), [this](std::size_t i, double x, double y, const std::vector<render::Slider>& knobs) {
        const RuleDescent& one = all_[i];
        const std::vector<double> start = problem_.range ? std::vector<double>{x, y} : start_;
        render::Descent descent =
            drawn_as(one, as_usage([&] { return followed(problem_, rule_of(turned(one.spec, knobs)), steps_, start); }),
                     problem_, colors()[i]);
        descent.name = turned_name(one.name, one.spec, knobs);
        if (!knobs.empty() && knobs.front().name == "lr") descent.note = render::short_number(knobs.front().value);
        return descent;
      });
  agents::watch_signals();
  while (agents::raised_signal() == 0 && view.frame()) {
  }
  return agents::raised_signal() == 0 ? 0 : 128 + agents::raised_signal();
}
#endif

}  // namespace

int landscape(const std::vector<std::string>& line) {
  const Arguments arguments = parse_arguments(line, landscape_options, 0);
  if (arguments.flag("help")) {
    print_help("{}{}", about_landscape, help_for(landscape_options));
    return 0;
  }
  require_options(arguments, landscape_options, {"problem", "optimizers"});
  const std::filesystem::path file = record_option(arguments);
  const bool window = wants_window(arguments);
  const DescentComparison descent(arguments);
  if (window) require_display();
  if (!file.empty()) descent.record(file);
  if (arguments.flag("json"))
    descent.print_json();
  else
    descent.print();
#ifdef CAIRN_HAS_WINDOW
  flush_out();
  if (window) return descent.show();
#endif
  return 0;
}

}  // namespace cairn::apps
