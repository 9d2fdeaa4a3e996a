#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <set>

#include "agents/archive/atomic_file.h"
#include "agents/archive/folder_lock.h"
#include "agents/training/standard_error.h"
#include "apps/command_line/build_info.h"
#include "apps/command_line/errors.h"
#include "apps/command_line/fields.h"
#include "apps/command_line/json.h"
#include "apps/command_line/options.h"
#include "apps/command_line/output.h"
#include "apps/comparison/merging.h"
#include "apps/comparison/report_parts.h"
#include "apps/comparison/results.h"
#include "apps/comparison/shares.h"
#include "apps/comparison/workers.h"
#include "apps/subcommands.h"
#include "apps/suite/entries.h"
#include "apps/suite/report.h"
#include "apps/suite/results.h"
#include "envs/cores.h"
#include "render/drawing/ticks.h"

namespace cairn::apps {

namespace {

using comparison::Job;
using suite::Entry;

constexpr int usual_suite_seeds = 10, quick_seeds = 2;

std::vector<Option> make_options() {
  std::vector<Option> options = {
      {"out", "DIR", "folder of the suite, new or to go on with", false},
      {"only", "WORLD...", "only these worlds (default all)", true, true},
      {"methods", "NAME...", "only these methods, as 'cairn suite list' names them (default all)", true, true},
      {"seeds", "N", fmt::format("runs of each method in each world (default {})", usual_suite_seeds)},
      {"quick", "", "two seeds and a tenth of the budgets: whether it runs, not what solves what"},
      {"jobs", "J", "runs at a time, one thread each (default: all cores that it may use)"},
      {"quiet", "", "no progress"},
      {"help", "", "this text", false},
  };
  std::vector<Option> dealing = comparison::dealing_options();
  std::ranges::find(dealing, "json", &Option::name)->help = "of 'list' and with --list-runs: for scripts";
  options.insert(std::ranges::find(options, "quiet", &Option::name), dealing.begin(), dealing.end());
  return options;
}

const std::vector<Option> suite_options = make_options();

/// What the folder holds, as suite.json says it. Entries and seeds may be added later; the rest stays.
struct Plan {
  std::vector<std::string> entries;  ///< `world, method`
  int seeds = 0;
  bool quick = false;
};

std::string name_of(const Entry& entry) {
  return entry.world + ", " + entry.method;
}

Plan read_plan_file(const std::filesystem::path& file) {
  std::ifstream stream(file);
  const Json json = read_json(stream, false);
  const auto refuse = [&](const std::string& why) -> void {
    throw std::runtime_error(file.string() + " cannot be used: " + why + ".");
  };
  if (!json.is_object() || !json.contains("suite") || !json.contains("seeds") || !json.contains("quick") ||
      !json.contains("entries") || !json["entries"].is_array() || !json["quick"].is_boolean() ||
      !json["seeds"].is_number_integer())
    refuse("it is no JSON object with suite, seeds, quick and entries");
  if (json["suite"] != suite::version)
    refuse(fmt::format("it is of {}, and this program has {}", compact(json["suite"]), suite::version));
  Plan plan;
  read_value({"'seeds'", "[1,1000]"}, compact(json["seeds"]), plan.seeds);
  plan.quick = json["quick"].get<bool>();
  for (const Json& entry : json["entries"]) {
    if (!entry.is_string()) refuse("its entries are no texts");
    plan.entries.push_back(entry.get<std::string>());
    if (std::ranges::none_of(suite::entries(), [&](const Entry& one) { return name_of(one) == plan.entries.back(); }))
      refuse("the suite has no entry '" + plan.entries.back() + "'");
  }
  return plan;
}

/// The entries that a person asked for. Throws UsageError for a name that is none, with what there is.
std::vector<std::string> chosen(const Arguments& arguments) {
  std::vector<std::string> worlds, methods, names;
  for (const Entry& entry : suite::entries()) {
    if (std::ranges::find(worlds, entry.world) == worlds.end()) worlds.push_back(entry.world);
    if (std::ranges::find(methods, entry.method) == methods.end()) methods.push_back(entry.method);
  }
  const std::vector<std::string> only = arguments.list("only"), by = arguments.list("methods");
  // A world goes by its name without options, too, which stands for all of its variants.
  const auto is_world = [](const std::string& world, const std::string& asked) {
    return world == asked || world.starts_with(asked + ":");
  };
  for (const std::string& one : only)
    if (std::ranges::none_of(worlds, [&](const std::string& world) { return is_world(world, one); }))
      throw unknown("world", one, worlds);
  for (const std::string& one : by)
    if (std::ranges::find(methods, one) == methods.end()) throw unknown("method", one, methods);
  for (const Entry& entry : suite::entries())
    if ((only.empty() || std::ranges::any_of(only, [&](const auto& one) { return is_world(entry.world, one); })) &&
        (by.empty() || std::ranges::find(by, entry.method) != by.end()))
      names.push_back(name_of(entry));
  if (names.empty())
    throw UsageError(
        "None of these methods is among the suite's pairs in these worlds; 'cairn suite list' shows them.");
  return names;
}

bool among(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

/// Entries and seeds of both.
Plan joined(const Plan& there, const Plan& here) {
  Plan both{.entries = {}, .seeds = std::max(there.seeds, here.seeds), .quick = here.quick};
  for (const Entry& entry : suite::entries())  // in the suite's own order
    if (among(there.entries, name_of(entry)) || among(here.entries, name_of(entry)))
      both.entries.push_back(name_of(entry));
  return both;
}

/// What the arguments ask for, added to what the folder has. A report or a list of a folder's runs asks for no more
/// than they say.
Plan settle(const std::filesystem::path& folder, const Arguments& arguments, bool makes_runs) {
  const std::filesystem::path file = folder / "suite.json";
  const bool exists = std::filesystem::exists(file);
  const auto none = [&](std::initializer_list<const char*> names) {
    return std::ranges::none_of(names, [&](const char* name) { return arguments.has(name); });
  };
  if (exists && !makes_runs && none({"only", "methods", "seeds", "quick"})) return read_plan_file(file);
  Plan plan{.entries = chosen(arguments), .seeds = 0, .quick = arguments.flag("quick")};
  plan.seeds = static_cast<int>(arguments.count("seeds", "[1,1000]", plan.quick ? quick_seeds : usual_suite_seeds));
  if (exists) {
    const Plan there = read_plan_file(file);
    if (there.quick != plan.quick)
      throw UsageError(fmt::format("Option '--out': {} was made {} '--quick'. Name another folder.", folder.string(),
                                   there.quick ? "with" : "without"));
    return joined(there, plan);
  }
  // In this order, since another process may just be making the folder.
  if (std::filesystem::exists(folder) && !agents::holds_nothing(folder) && !std::filesystem::exists(file))
    throw UsageError("Option '--out': " + folder.string() + " exists and holds no suite.");
  return plan;
}

std::string plan_text(const Plan& plan) {
  return indented({{"suite", suite::version}, {"seeds", plan.seeds}, {"quick", plan.quick}, {"entries", plan.entries}});
}

/// The plan of all these folders, which must be of one size.
Plan merged(const std::vector<std::filesystem::path>& folders) {
  std::optional<Plan> all;
  for (const std::filesystem::path& folder : folders) {
    if (!std::filesystem::exists(folder / "suite.json"))
      throw UsageError("Option '--merge': " + folder.string() + " holds no suite.");
    const Plan plan = read_plan_file(folder / "suite.json");
    if (all && all->quick != plan.quick)
      throw UsageError(fmt::format("Option '--merge': {} was made {} '--quick', {} {} it. Nothing was merged.",
                                   folder.string(), plan.quick ? "with" : "without", folders.front().string(),
                                   all->quick ? "with" : "without"));
    all = all ? joined(*all, plan) : plan;
  }
  return *all;
}

/// `--only` and `--methods` that choose just these entries, or empty; a line of options for each world where no one
/// line does.
std::vector<std::string> choices(const std::vector<std::string>& entries) {
  std::vector<std::string> worlds, methods;
  for (const Entry& entry : suite::entries()) {
    if (!among(entries, name_of(entry))) continue;
    if (!among(worlds, entry.world)) worlds.push_back(entry.world);
    if (!among(methods, entry.method)) methods.push_back(entry.method);
  }
  const auto chooses = [&](bool by_world, bool by_method) {
    return std::ranges::all_of(suite::entries(), [&](const Entry& entry) {
      const bool in = (!by_world || among(worlds, entry.world)) && (!by_method || among(methods, entry.method));
      return in == among(entries, name_of(entry));
    });
  };
  const std::string only = fmt::format(" --only {}", fmt::join(worlds, " ")),
                    by = fmt::format(" --methods {}", fmt::join(methods, " "));
  if (chooses(false, false)) return {""};
  if (chooses(true, false)) return {only};
  if (chooses(false, true)) return {by};
  if (chooses(true, true)) return {only + by};
  std::vector<std::string> lines;
  for (const std::string& world : worlds) {
    std::string line = " --only " + world + " --methods";
    for (const Entry& entry : suite::entries())
      if (entry.world == world && among(entries, name_of(entry))) line += " " + entry.method;
    lines.push_back(line);
  }
  return lines;
}

/// Work at one folder's suite.
struct SuiteWork {
  std::filesystem::path folder;
  comparison::Dealing dealing;
  comparison::WorkOptions work;
  std::optional<agents::FolderLock> lock{};  ///< while nobody else may work there

  bool alone() const { return dealing.share.whole(); }
};

/// The plan, written down where runs are to be made.
Plan take_up(SuiteWork& task, const Arguments& arguments) {
  const std::filesystem::path file = task.folder / "suite.json";
  if (!task.dealing.merged.empty()) {
    std::vector<std::filesystem::path> folders = task.dealing.merged;
    comparison::refuse_itself(folders, task.folder);
    if (std::filesystem::exists(file)) folders.insert(folders.begin(), task.folder);
    Plan plan = merged(folders);
    std::filesystem::create_directories(task.folder);
    task.lock.emplace(task.folder);
    agents::write_file(file, plan_text(plan));
    for (const std::filesystem::path& one : task.dealing.merged) comparison::gather_runs(one, task.folder);
    return plan;
  }
  Plan plan = settle(task.folder, arguments, task.work.makes_runs);  // refused before anything is written
  if (task.dealing.lists) return plan;
  if (!task.alone() && std::filesystem::exists(file) && plan_text(read_plan_file(file)) == plan_text(plan)) return plan;
  std::filesystem::create_directories(task.folder);
  if (task.alone())
    task.lock.emplace(task.folder);
  else
    task.lock.emplace(task.folder, comparison::until_others_wrote);
  plan = settle(task.folder, arguments, task.work.makes_runs);
  if (task.work.makes_runs) agents::write_file(file, plan_text(plan));
  if (!task.alone()) task.lock.reset();
  return plan;
}

int run(const Arguments& arguments) {
  SuiteWork task{
      .folder = arguments.text("out"), .dealing = comparison::read_dealing(arguments, suite_options), .work = {}};
  if (!arguments.has("out")) throw UsageError("Option '--out' is missing: the folder of the suite.");
  const std::filesystem::path& folder = task.folder;
  if (task.dealing.reports && !std::filesystem::exists(folder / "suite.json"))
    throw UsageError("Option '--report': there is no suite in " + folder.string() + ".");
  task.work = {.workers = static_cast<int>(arguments.count("jobs", "[1,4096]", envs::available_cores())),
               .quiet = arguments.flag("quiet"),
               .share = task.dealing.share,
               .makes_runs = task.dealing.makes_runs()};
  const Plan plan = take_up(task, arguments);

  std::vector<Entry> entries;
  for (const Entry& entry : suite::entries())
    if (among(plan.entries, name_of(entry))) entries.push_back(plan.quick ? suite::quick(entry) : entry);
  const auto job_of = [&](const Entry& entry, int seed) {
    return Job{suite::plan_of(entry, seed),
               folder / "runs" / comparison::report_parts::slug(name_of(entry)) / fmt::format("s{}", seed),
               name_of(entry)};
  };
  std::vector<Job> jobs;  // seed by seed, so that what there is early is balanced
  for (int seed = 1; seed <= plan.seeds; ++seed)
    for (const Entry& entry : entries) jobs.push_back(job_of(entry, seed));
  if (task.dealing.lists) {
    std::vector<comparison::ListedRun> listed;
    listed.reserve(jobs.size());
    for (const Job& job : jobs) listed.push_back({"run", job});
    comparison::print_runs(listed, task.dealing);
    return 0;
  }
  const std::string command = "cairn suite run --out " + folder.string();
  if (task.work.makes_runs)
    if (const int signal = comparison::run_jobs(jobs, task.work); signal != 0) {
      agents::print_aside("Interrupted; nothing is lost. Go on with the same command.\n");
      return 128 + signal;
    }
  if (!(task.work.makes_runs && task.alone()) && !std::ranges::all_of(jobs, &comparison::concluded))
    return comparison::without_report(jobs, task.dealing, command, false);

  std::vector<std::vector<suite::Run>> runs;
  std::set<std::string> made_by;
  for (const Entry& entry : entries) {
    runs.emplace_back();
    for (int seed = 1; seed <= plan.seeds; ++seed) {
      const Job job = job_of(entry, seed);
      runs.back().push_back(suite::read_run(job, seed));
      made_by.insert(comparison::made_by_text(job.folder / "config.json"));
    }
  }
  made_by.erase("");
  const std::vector<suite::Cell> cells = suite::analyse(entries, std::move(runs));
  std::string again;  // the commands that make it anew
  for (const std::string& choice : choices(plan.entries))
    again += fmt::format("{}cairn suite run{}{} --seeds {} --out {}", again.empty() ? "" : "\n", choice,
                         plan.quick ? " --quick" : "", plan.seeds, folder.filename().string());
  if (!task.alone()) task.lock.emplace(folder, comparison::until_others_wrote);
  suite::write_report(
      cells, {.seeds = plan.seeds, .quick = plan.quick, .command = again, .made_by = {made_by.begin(), made_by.end()}},
      folder);
  print_text("{}{}Report: {}\n", plan.quick ? "Exploratory: two seeds, a tenth of the budgets.\n" : "",
             suite::to_text(cells), (folder / "report.html").string());
  return 0;
}

/// As JSON, for scripts.
Json listed() {
  Json all = Json::array();
  for (const Entry& entry : suite::entries()) {
    Json options;
    for (const auto& [name, value] : entry.options) options[name] = value;
    all.push_back({{"world", entry.world},
                   {"method", entry.method},
                   {"steps", entry.steps},
                   {"expected", suite::to_string(entry.expected)},
                   {"rival", entry.rival},
                   {"options", options}});
  }
  return all;
}

int show(const Arguments& arguments) {
  if (arguments.flag("json")) {
    print_out("{}", indented(listed()));
    return 0;
  }
  std::size_t world = 0, method = 0;
  for (const Entry& entry : suite::entries())
    world = std::max(world, entry.world.size()), method = std::max(method, entry.method.size());
  const auto print = [&](const std::string& of, const std::string& by, const std::string& steps,
                         const std::string& expected) {
    write_out(fitted(fmt::format("{:{}}  {:{}}  {:>5}  {}\n", of, world, by, method, steps, expected)));
  };
  print("world", "method", "steps", "success expected");
  for (const Entry& entry : suite::entries()) {
    const bool fails = entry.expected == suite::Expectation::fails;
    print(entry.world, entry.method, render::short_count(entry.steps),
          fails ? "below " + entry.rival : std::string(suite::to_string(entry.expected)));
  }
  return 0;
}

}  // namespace

int suite_command(const std::vector<std::string>& line) {
  const Arguments arguments = parse_arguments(line, suite_options, 1);
  if (arguments.flag("help")) {
    print_help(
        "cairn suite list [--json]\ncairn suite run --out DIR [options]\n\n"
        "Trains each method in each world of the suite on the same seeds and reports which solves which. Finished "
        "runs are\nkept, so that the same command goes on after an interruption, and more worlds or seeds run only "
        "what is missing.\n\n{}",
        help_for(suite_options));
    return 0;
  }
  const std::vector<std::string>& words = arguments.words();
  if (words.empty() || (words[0] != "list" && words[0] != "run"))
    throw UsageError("What to do is missing or unknown. Allowed: list, run.");
  if (words[0] == "run") {
    return run(arguments);
  }
  for (const Option& option : suite_options)
    if (option.name != "json" && arguments.typed(option.name))
      throw UsageError("Option '--" + option.name + "' belongs to 'run'.");
  return show(arguments);
}

}  // namespace cairn::apps
