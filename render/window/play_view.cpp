#include "render/window/play_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <thread>
#include <utility>

#include "render/sheets/dashboard.h"
#include "render/worlds/flight.h"

namespace cairn::render {

namespace {

using namespace std::chrono_literals;

constexpr auto steering_frame_time = 16'667us;  // a person steers by what is seen
constexpr float long_burst = 2;                 // seconds for which what was earned bursts: who flies has to see it
constexpr double slowest = 0.25, fastest = 2;

std::vector<KeyHelp> help(const Controls& controls, bool discrete, bool keeps, const std::string& policy) {
  std::vector<KeyHelp> keys{{"H", "this help"}};
  const auto letter = [](const std::string& arrow) {
    return arrow == "Left" ? "A" : arrow == "Right" ? "D" : arrow == "Up" ? "W" : "S";
  };
  for (const Controls::Key& key : controls.keys()) keys.push_back({key.key + "  " + letter(key.key), key.does});
  if (discrete) keys.push_back({"1  2  …", "the first, the second action, …"});
  keys.push_back({"Gamepad", "left stick or cross; the first button is up"});
  keys.push_back({"R  Space", "begin again; what was not flown to its end is not kept"});
  if (!policy.empty()) keys.push_back({"P", policy + " flies the very same start"});
  if (keeps) keys.push_back({"X", "take the last episode out of the file again"});
  keys.push_back({"+  -", "faster, slower"});
  keys.push_back({"F", "fill the screen, and back"});
  keys.push_back({"C", "save a picture of the window"});
  keys.push_back({"Q  Esc", "close the window"});
  return keys;
}

}  // namespace

PlayView::PlayView(PlayOptions options)
    : options_(std::move(options)),
      world_(options_.factory()),
      controls_(world_->spec()),
      window_("Cairn: play " + world_->spec().id),
      picture_(picture_for(window_, play_width, play_height)),
      episode_(options_.first_episode),
      observation_(static_cast<std::size_t>(world_->spec().observation_size())),
      last_frame_(Clock::now()) {
  status_.title = world_->spec().summary;
  status_.achieved = turned(world_->spec(), {.success = true});
  status_.horizon = world_->spec().horizon;
  status_.target = world_->spec().return_threshold;
  if (options_.keep) status_.kept = episode_;
  if (options_.policy) {
    scratch_ = options_.policy->scratch(1);
    status_.policy = options_.flown_by;
  }
  begin(false);
}

/// The person's next episode, or the one at hand once more, flown by the policy.
void PlayView::begin(bool by_policy) {
  if (!by_policy) shown_ = episode_;
  const envs::Random start(options_.seed, envs::Stream::demonstration, 0, static_cast<std::uint32_t>(shown_));
  if (options_.policy && scored_ != shown_) {
    status_.policy_return = fly(*options_.policy, options_.factory, start).episode_return;
    scored_ = shown_;
  }
  controls_ = Controls(world_->spec());
  world_->reset(start, observation_);
  beginning_.clear();
  world_->draw(beginning_);
  earned_at_.reset();
  observations_ = observation_;
  actions_.clear();
  rewards_.clear();
  due_ = 0;
  status_.by_policy = by_policy;
  status_.phase = by_policy ? PlayStatus::Phase::flying : PlayStatus::Phase::ready;
  status_.episode_return = status_.reward = 0;
  status_.steps = 0;
  status_.success = status_.truncated = false;
}

/// What the policy does now: its best action.
std::vector<float> PlayView::policy_action() {
  const envs::Spec& spec = world_->spec();
  const Eigen::MatrixXf seen =
      Eigen::Map<const Eigen::VectorXf>(observation_.data(), static_cast<Eigen::Index>(observation_.size()));
  Eigen::MatrixXf legal = Eigen::MatrixXf::Ones(spec.actions(), 1),
                  chosen = Eigen::MatrixXf::Zero(spec.action_size(), 1);
  if (spec.masks) world_->mask({legal.data(), static_cast<std::size_t>(legal.rows())});
  options_.policy->act(seen, legal, {}, chosen, *scratch_);
  return {chosen.data(), chosen.data() + chosen.rows()};
}

void PlayView::step() {
  const std::vector<float> action = status_.by_policy ? policy_action() : controls_.action(held_);
  const envs::Step step = world_->step(action, observation_);
  observations_.insert(observations_.end(), observation_.begin(), observation_.end());
  actions_.insert(actions_.end(), action.begin(), action.end());
  rewards_.push_back(step.reward);
  status_.reward = step.reward;
  status_.episode_return += static_cast<double>(step.reward);
  ++status_.steps;
  const bool rare = watch_.seen(step.reward), done = step.success && !status_.success;
  status_.success |= step.success;
  if (done || (rare && !earned_at_)) {
    Sketch now;
    world_->draw(now);
    status_.earned = {now.place_of_reward(beginning_), step.reward, done};
    earned_at_ = Clock::now();
  }
  if (!step.terminated && !step.truncated) return;
  status_.truncated = step.truncated;
  end();
}

void PlayView::end() {
  status_.phase = PlayStatus::Phase::over;
  if (status_.by_policy) return;
  status_.best = std::max(status_.best.value_or(status_.episode_return), status_.episode_return);
  ++episode_;
  if (!options_.keep) return;
  const envs::Spec& spec = world_->spec();
  const auto steps = static_cast<Eigen::Index>(rewards_.size());
  agents::Demonstration flown;
  flown.observations = Eigen::Map<Eigen::MatrixXf>(observations_.data(), spec.observation_size(), steps + 1);
  flown.actions = Eigen::Map<Eigen::MatrixXf>(actions_.data(), spec.action_size(), steps);
  flown.rewards = Eigen::Map<Eigen::VectorXf>(rewards_.data(), steps);
  flown.terminated = !status_.truncated;
  flown.success = status_.success;
  keep(&flown);
}

void PlayView::keep(const agents::Demonstration* flown) {
  try {
    status_.kept = options_.keep(flown);
    status_.message.clear();
    failure_ = nullptr;
  } catch (const std::runtime_error& error) {
    status_.message = error.what();
    failure_ = std::current_exception();
  }
}

void PlayView::press(int key, bool down) {
  const auto hold = [&](bool Held::*which) { held_.*which = down; };
  switch (key) {
    case Event::left:
    case 'a':
      return hold(&Held::left);
    case Event::right:
    case 'd':
      return hold(&Held::right);
    case Event::up:
    case 'w':
      return hold(&Held::up);
    case Event::down:
    case 's':
      return hold(&Held::down);
    default:
      break;
  }
  if (key >= '1' && key <= '9') {
    if (down || held_.digit == key - '0') held_.digit = down ? key - '0' : 0;
    return;
  }
  if (!down) return;
  if (key == 'q' || (key == Event::escape && !help_)) open_ = false;
  if (key == 'h' || key == Event::escape) help_ = key == 'h' && !help_;
  const bool celebrates = status_.phase == PlayStatus::Phase::over && status_.success && earned_at_;
  if (key == 'r' || (key == Event::space && status_.phase == PlayStatus::Phase::over)) {
    if (!celebrates) begin(false);  // what was reached is seen first
  } else if (key == Event::space && status_.phase == PlayStatus::Phase::ready) {
    status_.phase = PlayStatus::Phase::flying;
  }
  if (key == 'p' && options_.policy && !celebrates) begin(true);
  if (key == 'x' && options_.keep) keep(nullptr);
  if (key == '+') speed_ = std::min(fastest, 2 * speed_);
  if (key == '-') speed_ = std::max(slowest, speed_ / 2);
  status_.speed = speed_ == 1 ? "" : fmt::format("{:g} times real time", speed_);
  if (key == 'c')
    status_.message = save_screenshot(picture_, fmt::format("play-{}-{}.png", world_->spec().id, status_.steps));
}

bool PlayView::frame() {
  const auto begin_time = Clock::now();
  while (const std::optional<Event> event = window_.poll()) {
    if (event->kind == Event::Kind::closed) open_ = false;
    if (event->kind == Event::Kind::resized) picture_ = picture_for(window_, play_width, play_height);
    if (event->kind == Event::Kind::unfocused) held_ = {};
    if (event->kind == Event::Kind::pressed || event->kind == Event::Kind::released)
      press(event->key, event->kind == Event::Kind::pressed);
  }
  if (!open_) {
    if (failure_) std::rethrow_exception(failure_);
    return false;
  }
  const Stick stick = stick_of(window_.gamepad());
  held_.x = stick.x;
  held_.y = stick.y;
  if (status_.phase == PlayStatus::Phase::ready && held_.any()) status_.phase = PlayStatus::Phase::flying;

  const double elapsed = std::min(0.1, std::chrono::duration<double>(begin_time - last_frame_).count());
  last_frame_ = begin_time;
  if (status_.phase == PlayStatus::Phase::flying && !help_) due_ += elapsed * speed_ * world_->spec().steps_a_second;
  while (due_ >= 1 && status_.phase == PlayStatus::Phase::flying) {
    --due_;
    step();
  }

  status_.burst =
      earned_at_ ? std::min(1.0F, std::chrono::duration<float>(begin_time - *earned_at_).count() / long_burst) : 1;
  if (status_.burst == 1) earned_at_.reset();
  draw_play(picture_, status_, *world_, controls_, held_);
  if (help_)
    draw_help(picture_, {0, 0, picture_.width(), picture_.height()},
              help(controls_, world_->spec().discrete(), options_.keep != nullptr, status_.policy));
  window_.show(picture_);
  std::this_thread::sleep_until(begin_time + steering_frame_time);
  return true;
}

}  // namespace cairn::render
