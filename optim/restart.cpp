#include "optim/restart.h"

#include "optim/wrapper.h"

namespace cairn::optim {

std::string_view to_string(Restarted what) {
  return what == Restarted::clock ? "clock" : "state";
}
bool parse(std::string_view text, Restarted& what) {
  what = text == "state" ? Restarted::state : Restarted::clock;
  return text == to_string(what);
}

std::string_view to_string(RestartOn on) {
  return on == RestartOn::update ? "update" : on == RestartOn::rollout ? "rollout" : "target";
}
bool parse(std::string_view text, RestartOn& on) {
  for (const RestartOn each : {RestartOn::update, RestartOn::rollout, RestartOn::target})
    if (text == to_string(each)) {
      on = each;
      return true;
    }
  return false;
}

namespace {

template <class S>
class Restarting final : public Wrapper<S> {
 public:
  Restarting(const Layout& layout, const Rule::Binding& binding, const RestartOptions& options)
      : Wrapper<S>(layout, binding, options.rule), options_(options) {
    for (const Block& block : layout.blocks)
      if (block.has_tag(options.blocks)) blocks_.push_back(block);
    if (options.blocks != "all" && blocks_.empty() && !layout.has_tag_elsewhere(options.blocks))
      throw std::invalid_argument("restart: no parameters are tagged '" + options.blocks + "'.");
  }

  // The step that completes a stretch restarts, so that a gradient that is refused or only added up changes nothing.
  StepReport step(std::span<S> parameters, std::span<const S> gradient) override {
    const std::int64_t before = this->inner_.updates();
    const StepReport report = this->inner_.step(parameters, gradient);
    const std::int64_t done = this->inner_.updates();
    if (options_.on == RestartOn::update && done != before && done % options_.every == 0) restart_now();
    return report;
  }

  void on(Event event) override {
    this->inner_.on(event);
    const bool mine = event == Event::rollout ? options_.on == RestartOn::rollout : options_.on == RestartOn::target;
    if (mine && ++*events_ % options_.every == 0) restart_now();
  }

 private:
  void update(std::span<S>, const ClippedGradient<S>&, StepReport&) override {}

  void restart_now() {
    const bool clock = options_.what == Restarted::clock;
    if (options_.blocks == "all") return clock ? this->inner_.restart_clock() : this->inner_.reset();
    for (const Block& block : blocks_) clock ? this->inner_.restart_clock(block) : this->inner_.reset(block);
  }

  RestartOptions options_;
  std::vector<Block> blocks_;
  std::int64_t* events_ = this->keep_counter();
};

}  // namespace

Rule restart(const RestartOptions& options) {
  return wrapping_rule<Restarting>("restart", options);
}

}  // namespace cairn::optim
