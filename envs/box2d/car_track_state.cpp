#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

#include "envs/box2d/car_track_physics.h"

// Episodes of the car that begin in a state.

namespace cairn::envs {

namespace {

constexpr std::size_t bodies = CarParts::names.size(), most_tiles = Road::most_tiles, tiles_a_number = 16;
constexpr std::size_t omega_at = bodies * motion_size, gas_at = omega_at + CarTrack::wheels, on_road_at = gas_at + 1,
                      nearest_at = on_road_at + CarTrack::wheels, asked_at = nearest_at + 1, paid_at = asked_at + 1,
                      draws_at = paid_at + 1, touched_at = draws_at + Road::draws;

bool bit(std::span<const float> state, std::size_t tile) {
  return (static_cast<unsigned>(state[touched_at + tile / tiles_a_number]) >> (tile % tiles_a_number) & 1U) != 0;
}

}  // namespace

std::vector<Component> CarParts::state() {
  constexpr float infinity = std::numeric_limits<float>::infinity(), field = static_cast<float>(CarSizes::field);
  constexpr float most = most_tiles, word = 0xFFFF;
  std::vector<Component> state;
  add_motion(state, names[0], {-field, -field}, {field, field});
  for (std::size_t body = 1; body < bodies; ++body)
    add_motion(state, names[body], {-infinity, -infinity}, {infinity, infinity});
  for (std::size_t i = 1; i < bodies; ++i)
    state.push_back({std::string(names[i]) + " speed", "rad/s", -infinity, infinity});
  state.push_back({"gas", "", 0, 1});
  for (std::size_t i = 1; i < bodies; ++i) state.push_back({std::string(names[i]) + " on road", "", 0, 1});
  state.insert(state.end(),
               {{"nearest tile", "", 0, most - 1}, {"tiles asked", "", 1, most}, {"tiles paid", "", 0, most}});
  for (int c = 0; c < Road::checkpoints; ++c)
    state.insert(state.end(),
                 {{"checkpoint " + std::to_string(c) + " noise", "rad", 0, static_cast<float>(Road::widest_noise)},
                  {"checkpoint " + std::to_string(c) + " distance", "m", static_cast<float>(Road::nearest),
                   static_cast<float>(Road::farthest)}});
  for (std::size_t i = 0; i < most_tiles; i += tiles_a_number)
    state.push_back({"touched from tile " + std::to_string(i), "bits", 0, word});
  return state;
}

void CarTrack::start_in(std::span<const float> state) {
  std::ranges::copy(state.subspan(draws_at, Road::draws), road_draws_.begin());
  road_ = *Road::make(road_draws_);
  touched_tiles_.assign(road_.tiles(), false);
  for (std::size_t i = 0; i < road_.tiles(); ++i) touched_tiles_[i] = bit(state, i);
  touched_ = static_cast<int>(std::ranges::count(touched_tiles_, true));
  asked_ = static_cast<int>(state[asked_at]);
  paid_ = static_cast<int>(state[paid_at]);
  nearest_ = static_cast<std::size_t>(state[nearest_at]);
  for (std::size_t i = 0; i < wheels; ++i) {
    omega_[i] = state[omega_at + i];
    on_road_[i] = state[on_road_at + i] != 0;
  }
  gas_ = state[gas_at];
  controls_ = {};
  build(road_.places.front());
  set_motion(*physics_->hull, state.first<motion_size>());
  for (std::size_t i = 0; i < wheels; ++i)
    set_motion(*physics_->wheel[i], state.subspan((1 + i) * motion_size).first<motion_size>());
}

void CarTrack::write_state(std::span<float> state) const {
  std::ranges::fill(state, 0.0F);
  write_motion(*physics_->hull, state.first<motion_size>());
  for (std::size_t i = 0; i < wheels; ++i) {
    write_motion(*physics_->wheel[i], state.subspan((1 + i) * motion_size).first<motion_size>());
    state[omega_at + i] = static_cast<float>(omega_[i]);
    state[on_road_at + i] = on_road_[i] ? 1 : 0;
  }
  state[gas_at] = static_cast<float>(gas_);
  state[nearest_at] = static_cast<float>(nearest_);
  state[asked_at] = static_cast<float>(asked_);
  state[paid_at] = static_cast<float>(paid_);
  std::ranges::transform(road_draws_, state.subspan(draws_at).begin(), [](double x) { return static_cast<float>(x); });
  for (std::size_t i = 0; i < road_.tiles(); ++i)
    if (touched_tiles_[i]) state[touched_at + i / tiles_a_number] += static_cast<float>(1U << (i % tiles_a_number));
}

void CarTrack::check_state(std::span<const float> state) const {
  constexpr float farthest = 5;  // m, of a wheel from the hull's origin
  for (std::size_t part = motion_size; part < omega_at; part += motion_size)
    if (std::hypot(state[part] - state[0], state[part + 1] - state[1]) > farthest)
      throw std::invalid_argument("car_track: a wheel of a state lies more than 5 m away from the hull.");
  const auto fraction = [](float value) { return value != std::floor(value); };
  if (std::ranges::any_of(state.subspan(on_road_at, draws_at - on_road_at), fraction) ||
      std::ranges::any_of(state.subspan(touched_at), fraction))
    throw std::invalid_argument("car_track: flags and numbers of tiles of a state are whole numbers.");
  std::array<double, Road::draws> draws{};
  std::ranges::copy(state.subspan(draws_at, Road::draws), draws.begin());
  const std::optional<Road> road = Road::make(draws);
  if (!road) throw std::invalid_argument("car_track: the checkpoints of a state make no closed road.");
  const auto tiles = static_cast<float>(road->tiles());
  int touched = 0;
  for (std::size_t i = 0; i < most_tiles; ++i)
    if (bit(state, i)) {
      if (i >= road->tiles()) throw std::invalid_argument("car_track: a state's road has no tile that far.");
      ++touched;
    }
  if (state[nearest_at] >= tiles || state[asked_at] > tiles)
    throw std::invalid_argument("car_track: a state's road has no tile that far.");
  if (static_cast<float>(touched) < state[paid_at])
    throw std::invalid_argument("car_track: no more tiles of a state can be paid than were touched.");
  if (static_cast<float>(touched) >= state[asked_at])
    throw std::invalid_argument("car_track: a state in which the lap is driven starts no episode.");
}

}  // namespace cairn::envs
