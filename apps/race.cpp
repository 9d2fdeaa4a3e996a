#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <filesystem>
#include <future>
#include <optional>
#include <system_error>
#include <thread>

#include "agents/archive/atomic_file.h"
#include "agents/archive/folder_lock.h"
#include "agents/training/pace.h"
#include "agents/training/progress.h"
#include "agents/training/signals.h"
#include "agents/training/standard_error.h"
#include "agents/training/train.h"
#include "apps/command_line/json.h"
#include "apps/command_line/made_by.h"
#include "apps/command_line/output.h"
#include "apps/command_line/run_plan.h"
#include "apps/command_line/showing.h"
#include "apps/race_lane.h"
#include "apps/subcommands.h"
#include "envs/cores.h"
#include "render/drawing/picture_canvas.h"
#include "render/sheets/race.h"
#include "render/worlds/flight.h"
#include "render/worlds/recorder.h"
#include "render/worlds/shown_worlds.h"
#include "render/worlds/sketch.h"
#ifdef CAIRN_HAS_WINDOW
#include "render/window/race_view.h"
#endif

namespace cairn::apps {

namespace {

constexpr std::size_t fewest = 2, most = 12;
constexpr double race_film_seconds = 12, race_end_seconds = 3;
constexpr float corner = 6;  // units, of a panel

std::vector<Option> race_options() {
  std::vector<Option> options;
  for (const Option& option : plan_options()) {
    if (option.name == "optimizer")
      options.push_back(
          {"optimizers", "SPEC SPEC …", "two to twelve update rules, as in adam sgd:lr=0.1", false, true});
    else if (option.name != "out")
      options.push_back(option);
  }
  options.push_back({"out", "DIR", "a run folder for each in there, and race.png and race.json", false});
  options.push_back({"record", "FILE",
                     "no window but a file: .png or .svg, a picture of the end; .mp4 or .gif, a video (default "
                     "race.png, or in --out)",
                     false});
  options.push_back({"no-window", "", "only the table and the picture", false});
  options.push_back({"quiet", "", "no progress"});
  options.push_back({"json", "", "the table for scripts"});
  options.push_back({"help", "", "this text", false});
  return options;
}

constexpr const char* about_race =
    "cairn race --env SPEC --agent SPEC --optimizers SPEC SPEC … [options]\n\n"
    "The same agent learns by each optimizer from the same weights and seeds, all at\n"
    "the same pace in steps. Each racer matches 'cairn train' with that --optimizer\n"
    "exactly. Ranked by the return of the last evaluation; with --until a racer that\n"
    "reaches that return is through, and the fewest steps to it come first. The\n"
    "training return is the mean over a racer's steps of the return of its latest 100\n"
    "training episodes, which the chart shows. Whoever comes to the return asked for,\n"
    "or by that curve to the one at which the world counts as solved, has a flag.\n\n";

class Race {
 public:
  explicit Race(const Arguments& arguments);

  /// Runs it to its end. Returns the signal that ended it early, or 0.
  int run(bool silent);
  void print() const;
  std::string json() const;
  void record(const std::filesystem::path& file);
  void film() {
    for (const auto& lane : lanes_) lane->filmed = true;
  }
  render::RaceSheet sheet() const;

  std::filesystem::path folder;
#ifdef CAIRN_HAS_WINDOW
  void show() {
    for (const auto& lane : lanes_) lane->looked_at = true;
    view_.emplace(*board_, sheet(), lanes_[0]->run.world.factory, lanes_[0]->plan.seed);
    pace_->ask([this] { return view_->may_go_on(); });
  }
  void linger() {
    view_->linger();
  }
#endif

 private:
  void draw(render::Picture& page) const;

  std::vector<std::unique_ptr<Lane>> lanes_;
  std::optional<render::RaceBoard> board_;
  std::optional<agents::Pace> pace_;
#ifdef CAIRN_HAS_WINDOW
  std::optional<render::RaceView> view_;
#endif
};

Race::Race(const Arguments& arguments) : folder(arguments.text("out")) {
  require_options(arguments, race_options(), {"optimizers"});
  const std::vector<std::string> names = arguments.list("optimizers");
  if (names.size() < fewest || names.size() > most)
    throw UsageError(fmt::format("Option '--optimizers' names {}; a race has {} to {}.", names.size(), fewest, most));
  if (!folder.empty() && std::filesystem::exists(folder) &&
      (!std::filesystem::is_directory(folder) || !agents::holds_nothing(folder)))
    throw UsageError("Option '--out': " + folder.string() + " is there already. Name another folder.");
  for (const std::string& name : names) {
    auto lane = std::make_unique<Lane>();
    lane->number = lanes_.size();
    lane->name = name;
    Arguments own = arguments;
    own.set("optimizer", name, "command line");
    lane->plan = resolve_plan(own);
    lane->run = make_run(lane->plan);
    lane->plan.made_by = made_here(lane->run.demonstrations_digest);
    if (!folder.empty()) lane->folder = folder / fmt::format("{}-{}", lane->number + 1, name.substr(0, name.find(':')));
    lanes_.push_back(std::move(lane));
  }
  board_.emplace(names);
  pace_.emplace(static_cast<int>(lanes_.size()), lanes_[0]->plan.threads);
  for (const auto& lane : lanes_) {
    lane->plan.threads = 1;  // its own one; side by side they keep all busy
    lane->board = &*board_;
    lane->pace = &*pace_;
  }
}

int Race::run(bool silent) {
  agents::watch_signals();
  agents::ProgressLine progress;  // of the first: all are where it is
  {
    // Nobody starts before all can: those that did would wait at the pace for one that never comes.
    std::promise<bool> all_there;
    const std::shared_future<bool> start = all_there.get_future().share();
    std::vector<std::jthread> threads;
    try {
      for (const auto& lane : lanes_)
        threads.emplace_back([&progress, silent, start, one = lane.get()] {
          if (start.get()) one->race(one->number == 0 && !silent ? &progress : nullptr);
        });
      all_there.set_value(true);
    } catch (const std::system_error& error) {
      all_there.set_value(false);
      throw std::runtime_error(
          envs::thread_refusal(fmt::format("Thread {} of {}", threads.size() + 1, lanes_.size()), error.code()));
    }
  }
  for (const auto& lane : lanes_)
    if (lane->failure) std::rethrow_exception(lane->failure);
  return agents::raised_signal();
}

render::RaceSheet Race::sheet() const {
  const Lane& first = *lanes_[0];
  const envs::Spec& spec = first.run.world.spec;
  render::Sketch probe;  // the view is what a world asks its canvas for
  first.run.world.factory()->draw(probe);
  std::vector<render::Racer> racers = board_->look();
  std::int64_t last = first.plan.steps;  // the last iteration may go beyond what was asked for
  for (const render::Racer& racer : racers) last = std::max(last, racer.steps);
  return {.title = fmt::format("{} in {}", first.run.agent->name(), spec.id),
          .subtitle =
              fmt::format("{} optimizers from the same weights and seeds (seed {})", lanes_.size(), first.plan.seed),
          .racers = std::move(racers),
          .total_steps = last,
          .threshold = spec.return_threshold,
          .asked = first.plan.until_return,
          .aspect = probe.aspect()};
}

void Race::print() const {
  const render::RaceSheet sheet = this->sheet();
  std::size_t widest = 9;
  for (const auto& lane : lanes_) widest = std::max(widest, lane->name.size());
  print_text("{:>4}  {:{}}  {:>16}  {:>8}  {:>8}  {:>9}  {:>8}\n", "rank", "optimizer", widest, "return", "success",
             "training", "steps", "updates");
  std::size_t rank = 0;
  for (const std::size_t i : render::ranking(sheet)) {
    const Lane& lane = *lanes_[i];
    const agents::EvaluationResult& end = lane.result.evaluation;
    const bool evaluated = lane.trouble.empty() && !end.returns.empty();
    print_text("{:>4}  {:{}}  {:>16}  {:>8}  {:>8.1f}  {:>9}  {:>8}\n", ++rank, lane.name, widest,
               !lane.trouble.empty() ? lane.trouble
               : evaluated           ? fmt::format("{:.1f} ± {:.1f}", end.mean_return, end.standard_error)
                                     : "-",
               evaluated ? fmt::format("{:.0f} %", 100 * end.success_rate) : "-", lane.mean_training_return(),
               lane.result.steps, lane.result.updates);
  }
  const RunPlan& plan = lanes_[0]->plan;
  const std::string goal =
      plan.until_return
          ? fmt::format("the steps to a return of {:g} over 100 fresh episodes, then by ", *plan.until_return)
          : "";
  print_text(
      "\nRanked by {}the return of the last evaluation, {} greedy episodes, with its standard error. Training: the "
      "mean of the "
      "training returns that the chart shows, of sampled actions.\n",
      goal, plan.evaluation_episodes);
  print_text(
      "One seed, {}: another may rank them otherwise. For conclusions, 'cairn compare' trains by each on many seeds.\n",
      plan.seed);
  print_out("\nAll: --env {} --agent {}{} --envs {} --steps {} (preset {})\n", plan.environment, plan.agent,
            plan.bonus.empty() ? "" : " --bonus " + plan.bonus, plan.environments, plan.steps, plan.preset);
  for (const auto& lane : lanes_)
    print_out("{:{}}  --optimizer {} --schedule {} --clip {}\n", lane->name, widest, lane->plan.optimizer,
              lane->plan.schedule, lane->plan.clip);
}

std::string Race::json() const {
  Json racers = Json::array();
  for (const std::size_t i : render::ranking(sheet())) {
    const Lane& lane = *lanes_[i];
    const agents::EvaluationResult& end = lane.result.evaluation;
    Json racer = {{"optimizer", lane.plan.optimizer},
                  {"schedule", lane.plan.schedule},
                  {"clip", lane.plan.clip},
                  {"called", lane.name}};
    if (!lane.trouble.empty()) racer["trouble"] = lane.trouble;
    if (!end.returns.empty()) {
      racer["mean_return"] = end.mean_return;
      racer["returns"] = end.returns;
      racer["success_rate"] = end.success_rate;
      racer["best_return"] = lane.result.best_return;
    }
    if (lane.plan.until_return) racer["reached"] = lane.reached();
    racer["training_return"] = lane.mean_training_return();
    racer["steps"] = lane.result.steps;
    racer["updates"] = lane.result.updates;
    if (!lane.folder.empty()) racer["folder"] = lane.folder.string();
    racers.push_back(racer);
  }
  const RunPlan& plan = lanes_[0]->plan;
  Json out = {{"env", plan.environment},   {"agent", plan.agent}, {"preset", plan.preset},
              {"envs", plan.environments}, {"seed", plan.seed},   {"steps", plan.steps}};
  if (!plan.bonus.empty()) out["bonus"] = plan.bonus;
  if (plan.until_return) out["until"] = *plan.until_return;
  out["ranking"] = racers;
  return indented(out);
}

/// The end: each racer's last policy flies the first episode of an evaluation.
void Race::draw(render::Picture& page) const {
  const render::RaceSheet sheet = this->sheet();
  render::draw_race(page, sheet, [&](std::size_t i, render::Picture& picture, render::Box box) {
    if (sheet.racers[i].policy == nullptr) return;
    render::draw_flight(picture, box,
                        render::fly(*sheet.racers[i].policy, lanes_[i]->run.world.factory, lanes_[i]->plan.seed, 0),
                        corner);
  });
}

void Race::record(const std::filesystem::path& file) {
  if (render::is_picture(file)) {
    render::write_picture(file, render::race_width, render::race_height, [&](render::Picture& page) { draw(page); });
    return;
  }
  const float scale = render::video_scale(file);
  render::Picture page(static_cast<int>(render::race_width * scale), static_cast<int>(render::race_height * scale),
                       scale);
  render::Recorder recorder(file, page.width_pixels(), page.height_pixels(), render::video_rate);
  render::RaceSheet sheet = this->sheet();
  std::vector<render::ShownWorlds> worlds;
  for (const auto& lane : lanes_) {
    worlds.emplace_back(lane->run.world.factory, 1, lane->plan.seed).set_best_actions(true);
  }
  std::vector<std::size_t> flown(lanes_.size());  // policies that have had their turn
  const int frames = static_cast<int>(race_film_seconds * render::video_rate);
  const int rest = static_cast<int>(race_end_seconds * render::video_rate);
  std::int64_t last = 0;  // the step that any came to: all may be through before the steps are
  for (const auto& lane : lanes_) last = std::max(last, lane->result.steps);
  double due = 0;  // steps of the worlds
  for (int frame = 0; frame <= frames + rest; ++frame) {
    const double share = std::min(1.0, static_cast<double>(frame) / frames);
    if (frame < frames)
      sheet.until = share * static_cast<double>(last);
    else
      sheet.until = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      const auto& policies = lanes_[i]->policies;
      std::size_t next = flown[i];
      while (next < policies.size() && static_cast<double>(policies[next].first) <= sheet.until) ++next;
      if (next != flown[i]) worlds[i].set_policy(*policies[next - 1].second);
      flown[i] = next;
    }
    due += static_cast<double>(worlds[0].spec().steps_a_second) / render::video_rate;
    const auto moves = static_cast<int>(due);
    due -= moves;
    for (int i = 0; i < moves; ++i)
      for (render::ShownWorlds& world : worlds) world.step();
    render::draw_race(page, sheet, [&](std::size_t i, render::Picture& picture, render::Box box) {
      render::PictureCanvas canvas(picture, box, corner);
      worlds[i].world(0).environment->draw(canvas);
    });
    recorder.add(page);
  }
  recorder.finish();
}

}  // namespace

int race(const std::vector<std::string>& line) {
  const std::vector<Option> options = race_options();
  const Arguments arguments = parse_arguments(line, options, 0);
  if (arguments.flag("help")) {
    print_help("{}{}", about_race, help_for(options));
    return 0;
  }
  std::filesystem::path file = record_option(arguments);
  const bool window = wants_window(arguments);
  Race race(arguments);
  if (file.empty() && race.folder.empty()) file = "race.png";
  if (window) require_display();
  std::optional<agents::FolderLock> lock;
  if (!race.folder.empty()) {
    std::filesystem::create_directories(race.folder);
    if (const std::string& caveat = lock.emplace(race.folder).caveat(); !caveat.empty()) agents::print_message(caveat);
  }
#ifdef CAIRN_HAS_WINDOW
  if (window) race.show();
#endif
  if (render::is_recording(file)) {
    const render::Recorder rehearsal(file, 2, 2, render::video_rate);  // what cannot be recorded is not raced for first
    race.film();
  } else if (!file.empty()) {
    const agents::AtomicFile rehearsal(file);
  }
  const int signal = race.run(arguments.flag("quiet") || arguments.flag("json"));
  if (arguments.flag("json"))
    print_out("{}", race.json());
  else
    race.print();
  flush_out();
  if (signal != 0 && !arguments.flag("json")) print_out("Interrupted: ranked by what there was.\n");
  if (!race.folder.empty()) {
    race.record(race.folder / "race.png");
    agents::write_file(race.folder / "race.json", race.json());
  }
  if (!file.empty()) race.record(file);
  if (!arguments.flag("json")) print_out("Saved {}\n", (file.empty() ? race.folder / "race.png" : file).string());
  if (signal != 0) return 128 + signal;
#ifdef CAIRN_HAS_WINDOW
  if (window) race.linger();
#endif
  return 0;
}

}  // namespace cairn::apps
