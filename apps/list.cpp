#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/command_line/errors.h"
#include "apps/command_line/json.h"
#include "apps/command_line/options.h"
#include "apps/command_line/output.h"
#include "apps/command_line/presets.h"
#include "apps/command_line/registry.h"
#include "apps/subcommands.h"
#include "envs/check.h"
#include "render/sheets/world_sheet.h"

namespace cairn::apps {

namespace {

const std::vector<Option> list_options = {
    {"json", "", "for scripts", false},
    {"check", "", "of 'envs NAME': plays a few episodes and says whether it keeps what every world must", false},
    {"sheet", "FILE", "of envs: all worlds in one picture, .png or .svg", false},
    {"help", "", "this text", false},
};

/// One thing that can be listed: a line, a page, and the same for scripts.
struct Item {
  std::string name, summary, page;
  Json data;
};

std::string fields_page(const std::vector<Field>& fields) {
  if (fields.empty()) return "";
  // A default that is a rule of its own is named without its options, which its own page has.
  const auto assigned = [](const Field& field) {
    return field.key + "=" + field.value.substr(0, field.value.find(':'));
  };
  std::size_t widest = 0;
  for (const Field& field : fields) widest = std::max(widest, assigned(field).size());
  std::string text = "\nOptions, and what they may be\n";
  for (const Field& field : fields)
    text += fmt::format("  {:{}}  {}; {}\n", assigned(field), widest, field.help, field.allowed);
  return text;
}

Json fields_json(const std::vector<Field>& fields) {
  Json out = Json::array();
  for (const Field& field : fields)
    out.push_back({{"key", field.key}, {"default", field.value}, {"allowed", field.allowed}, {"help", field.help}});
  return out;
}

std::string bound(float value) {
  return std::isinf(value) ? (value < 0 ? "-inf" : "inf") : fmt::format("{}", value);
}

std::string components_page(const char* title, const std::vector<envs::Component>& components) {
  if (components.empty()) return "";
  std::string text = fmt::format("\n{}\n", title);
  for (std::size_t i = 0; i < components.size(); ++i)
    text += fmt::format("  {:2}  {:24} [{}, {}] {}\n", i, components[i].name, bound(components[i].low),
                        bound(components[i].high), components[i].unit);
  return text;
}

Json components_json(const std::vector<envs::Component>& components) {
  const auto number = [](float value) { return std::isinf(value) ? Json(nullptr) : Json(value); };
  Json out = Json::array();
  for (const envs::Component& component : components)
    out.push_back({{"name", component.name},
                   {"unit", component.unit},
                   {"low", number(component.low)},
                   {"high", number(component.high)}});
  return out;
}

Item world(const std::string& name, const envs::Spec& spec, const std::vector<Field>& fields) {
  std::string page = components_page("Observation", spec.observation) + components_page("Action", spec.action);
  for (std::size_t i = 0; i < spec.action_names.size(); ++i)
    page += fmt::format("{}  {:2}  {}\n", i == 0 ? "\nActions\n" : "", i, spec.action_names[i]);
  page += fmt::format("\nEpisodes are cut after {} steps, of which people see {} a second.", spec.horizon,
                      spec.steps_a_second);
  if (spec.return_threshold) page += fmt::format(" Solved at a mean return of {}.", *spec.return_threshold);
  if (spec.goal) page += fmt::format(" Goals have {} components.", spec.goal.size);
  Json data = {{"observation", components_json(spec.observation)},
               {"horizon", spec.horizon},
               {"steps_a_second", spec.steps_a_second},
               {"discrete", spec.discrete()},
               {"options", fields_json(fields)}};
  data["actions"] = spec.discrete() ? Json(spec.action_names) : components_json(spec.action);
  if (spec.return_threshold) data["return_threshold"] = *spec.return_threshold;
  return {name, spec.summary, page + "\n" + fields_page(fields), data};
}

/// `cairn list envs lander:continuous=true` shows that variant, and `skip:of=(lander)` what is wrapped so.
std::vector<Item> worlds(const ComponentText* chosen) {
  std::vector<Item> items;
  for (const EnvironmentEntry& entry : registry().environments) {
    const bool variant = chosen != nullptr && chosen->name == entry.name;
    items.push_back(
        world(entry.name, entry.make(variant ? *chosen : ComponentText{entry.name, {}}).spec, entry.fields));
  }
  for (const auto& entry : registry().wrappers)
    if (chosen != nullptr && chosen->name == entry.name)
      items.push_back(world(entry.name, make_environment(*chosen).spec, entry.fields));
  return items;
}

std::vector<Item> learners() {
  std::vector<Item> items;
  for (const AgentEntry& entry : registry().agents)
    items.push_back({entry.name,
                     fmt::format("{} ({})", entry.summary, entry.paper),
                     fmt::format("\nUnless told otherwise: --optimizer {} --clip {}\n", entry.optimizer, entry.clip) +
                         fields_page(entry.fields),
                     {{"paper", entry.paper},
                      {"optimizer", entry.optimizer},
                      {"clip", entry.clip},
                      {"options", fields_json(entry.fields)}}});
  return items;
}

template <class Entry>
std::vector<Item> part_items(const std::vector<Entry>& entries) {
  std::vector<Item> items;
  items.reserve(entries.size());
  for (const Entry& entry : entries)
    items.push_back({entry.name,
                     entry.paper.empty() ? entry.summary : fmt::format("{} ({})", entry.summary, entry.paper),
                     fields_page(entry.fields),
                     {{"paper", entry.paper}, {"options", fields_json(entry.fields)}}});
  return items;
}

/// `1.2, 12`, cut where it grows long.
std::string point(const std::vector<double>& x) {
  constexpr std::size_t most = 8;
  return fmt::format("({}{})", fmt::join(x.begin(), x.begin() + static_cast<long>(std::min(x.size(), most)), ", "),
                     x.size() > most ? ", …" : "");
}

std::vector<Item> problems(const ComponentText* chosen) {
  std::vector<Item> items;
  for (const auto& entry : registry().problems) {
    // `cairn list problems quadratic:dimensions=3` shows that variant.
    const bool variant = chosen != nullptr && chosen->name == entry.name;
    const optim::Problem problem = make_problem(variant ? *chosen : ComponentText{entry.name, {}});
    items.push_back({entry.name,
                     entry.paper.empty() ? entry.summary : fmt::format("{} ({})", entry.summary, entry.paper),
                     fmt::format("\n{} parameters{}. Starts at {}; lowest, {:.6g}, at {}.\n", problem.start.size(),
                                 problem.sample ? ", seen through samples" : "", point(problem.start), problem.lowest(),
                                 point(problem.optimum)) +
                         fields_page(entry.fields),
                     {{"paper", entry.paper},
                      {"parameters", problem.start.size()},
                      {"sampled", problem.sample != nullptr},
                      {"start", problem.start},
                      {"optimum", problem.optimum},
                      {"lowest", problem.lowest()},
                      {"options", fields_json(entry.fields)}}});
  }
  return items;
}

/// `solved 19 of 20 seeds, not 1003`.
std::string judgement(const Preset::Judged& judged) {
  if (judged.seeds == 0) return "not judged yet";
  return fmt::format("solved {} of {} seeds{}", judged.solved, judged.seeds,
                     judged.failed.empty() ? "" : ", not " + judged.failed);
}

std::vector<Item> preset_items() {
  std::vector<Item> items;
  for (const Preset& preset : presets()) {
    std::string page = fmt::format(
        "\n  --env {}\n  --agent {}\n  --optimizer {}\n  --schedule {}\n  --clip {}\n  --envs {}\n  --steps {}\n",
        preset.environment, preset.agent, preset.optimizer, preset.schedule, preset.clip, preset.environments,
        preset.steps);
    if (!preset.demonstrations.empty()) page += fmt::format("  --demos {}\n", preset.demonstrations);
    if (!preset.bonus.empty()) page += fmt::format("  --bonus {}\n", preset.bonus);
    if (!preset.curriculum.empty()) page += fmt::format("  --curriculum {}\n", preset.curriculum);
    items.push_back(
        {preset.name,
         fmt::format("{} ({})", preset.about, judgement(preset.judged)),
         page,
         {{"env", preset.environment},
          {"agent", preset.agent},
          {"optimizer", preset.optimizer},
          {"schedule", preset.schedule},
          {"clip", preset.clip},
          {"demos", preset.demonstrations},
          {"bonus", preset.bonus},
          {"curriculum", preset.curriculum},
          {"envs", preset.environments},
          {"steps", preset.steps},
          {"judged",
           {{"seeds", preset.judged.seeds}, {"solved", preset.judged.solved}, {"failed", preset.judged.failed}}}}});
  }
  return items;
}

const std::vector<std::string> kinds = {"envs",  "wrappers", "agents",    "optimizers", "schedules",
                                        "clips", "bonuses",  "curricula", "problems",   "presets"};

std::vector<Item> items_of(const std::string& kind, const ComponentText* chosen) {
  if (kind == "envs") return worlds(chosen);
  if (kind == "wrappers") return part_items(registry().wrappers);
  if (kind == "agents") return learners();
  if (kind == "optimizers") return part_items(registry().rules);
  if (kind == "schedules") return part_items(registry().schedules);
  if (kind == "clips") return part_items(registry().clips);
  if (kind == "bonuses") return part_items(registry().bonuses);
  if (kind == "curricula") return part_items(registry().curricula);
  if (kind == "problems") return problems(chosen);
  if (kind == "presets") return preset_items();
  throw unknown("kind of thing to list", kind, kinds);
}

/// Says of each thing that a world must keep whether it does, and returns the exit status.
int check(const ComponentText& component, bool json) {
  const MadeEnvironment made = make_environment(component);
  bool sound = true;
  Json all = Json::array();
  for (const envs::Check& one : envs::check_environment(made.factory)) {
    const bool holds = one.fault.empty();
    sound = sound && holds;
    all.push_back({{"check", one.name}, {"holds", holds}, {"fault", one.fault}});
    if (!json) print_out("{:13}{}\n", one.name, holds ? "holds" : fmt::format("{} {}.", component.name, one.fault));
  }
  if (json) print_out("{}", indented(all));
  return sound ? 0 : 1;
}

/// Every world some way into an episode of its own.
void write_sheet(const std::string& file) {
  constexpr std::uint64_t seed = 1;
  constexpr int steps = 60;
  if (!render::is_picture(file))
    throw UsageError("Option '--sheet' cannot be '" + file + "'. Allowed: a file that ends in .png or .svg.");
  std::vector<render::ShownMoment> moments;
  for (const EnvironmentEntry& entry : registry().environments)
    moments.push_back(render::moment_of(make_environment({entry.name, {}}).factory, seed, steps));
  const render::SheetSize size = render::world_sheet_size(moments.size());
  render::write_picture(file, size.width, size.height,
                        [&](render::Picture& picture) { render::draw_world_sheet(picture, moments); });
}

Json as_json(const Item& item) {
  Json out = {{"name", item.name}, {"summary", item.summary}};
  out.update(item.data);
  return out;
}

}  // namespace

int list(const std::vector<std::string>& line) {
  const Arguments arguments = parse_arguments(line, list_options, 2);
  if (arguments.flag("help")) {
    print_help(
        "cairn list [KIND [NAME]] [options]\n\nKIND: {}. Without a kind: all names. With a name: everything about "
        "it.\n\n{}",
        fmt::join(kinds, ", "), help_for(list_options));
    return 0;
  }
  const std::vector<std::string>& words = arguments.words();
  if (arguments.has("sheet")) {
    if (words != std::vector<std::string>{"envs"} || arguments.flag("json"))
      throw UsageError("Option '--sheet' goes with 'cairn list envs' alone.");
    write_sheet(arguments.text("sheet"));
    return 0;
  }
  if (arguments.flag("check")) {
    if (words.size() != 2 || words[0] != "envs") throw UsageError("Option '--check' goes with 'cairn list envs NAME'.");
    return check(parse_component(words[1], "the name"), arguments.flag("json"));
  }
  if (words.empty()) {
    Json all;
    for (const std::string& kind : kinds) {
      std::string names;
      for (const Item& item : items_of(kind, nullptr)) {
        all[kind].push_back(item.name);
        names += (names.empty() ? "" : ", ") + item.name;
      }
      if (!arguments.flag("json")) write_out(fitted(fmt::format("{:10}  {}\n", kind, names)));
    }
    if (arguments.flag("json")) print_out("{}", indented(all));
    return 0;
  }
  ComponentText chosen;
  if (words.size() == 2) chosen = parse_component(words[1], "the name");
  const std::vector<Item> items = items_of(words[0], words.size() == 2 ? &chosen : nullptr);
  if (words.size() == 1) {
    Json all = Json::array();
    std::size_t widest = 0;
    for (const Item& item : items) widest = std::max(widest, item.name.size());
    for (const Item& item : items) {
      all.push_back(as_json(item));
      if (!arguments.flag("json")) write_out(fitted(fmt::format("{:{}}  {}\n", item.name, widest, item.summary)));
    }
    if (arguments.flag("json")) print_out("{}", indented(all));
    return 0;
  }
  std::vector<std::string> names;
  for (const Item& item : items) {
    names.push_back(item.name);
    if (item.name != chosen.name) continue;
    if (arguments.flag("json"))
      print_out("{}", indented(as_json(item)));
    else
      write_out(fitted(fmt::format("{}: {}\n{}", item.name, item.summary, item.page)));
    return 0;
  }
  throw unknown("name among " + words[0] + ":", chosen.name, names);
}

}  // namespace cairn::apps
