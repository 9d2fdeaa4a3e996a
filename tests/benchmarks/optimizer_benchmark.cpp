// Update rules beside the memory traffic that they cannot do without: one core, float32, time on the processor. A rule
// with k numbers of state a parameter reads gradient, parameter and state and writes the last two: 4 + 8 (1 + k) bytes,
// 28 for Adam; and 4 more where the gradient is looked at first (finite? how long?). A loop that only moves those
// bytes, of the very same arrays, is timed in turns with the rule in the same run, so that a busy machine or an unlucky
// place in memory slows both; `ratio` is between medians. In the cache the bound is arithmetic instead: a root and a
// quotient an element.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <random>
#include <set>
#include <span>

#include "optim/catalogue.h"
#include "optim/large_vector.h"

namespace {

using namespace cairn::optim;

constexpr std::size_t in_cache = 5'000, in_memory = 10'000'000;

Layout vector_of(std::size_t size) {
  Layout layout;
  layout.add("weights", static_cast<Eigen::Index>(size), 1, {"weight"});
  return layout;
}

LargeVector<float> normal_numbers(std::size_t size, unsigned seed) {
  std::minstd_rand random(seed);
  std::normal_distribution<float> normal(0, 1e-2F);
  LargeVector<float> values(size);
  for (float& value : values) value = normal(random);
  return values;
}

/// Moves what a rule moves that reads and writes `arrays`, parameters first.
class Traffic {
 public:
  explicit Traffic(std::vector<std::span<float>> arrays) : arrays_(std::move(arrays)) {}
  /// `looks`: the gradient is read beforehand. `reduces`: the update goes to memory, is read with the parameters, and
  /// read again to be applied, as of rules that reduce over their update.
  void run(const LargeVector<float>& gradient, bool looks, bool reduces) {
    if (looks) read(gradient);
    if (reduces) scratch_.resize(gradient.size());
    switch (arrays_.size()) {
      case 1:
        return move(gradient, reduces, std::make_index_sequence<1>{});
      case 2:
        return move(gradient, reduces, std::make_index_sequence<2>{});
      case 3:
        return move(gradient, reduces, std::make_index_sequence<3>{});
      case 4:
        return move(gradient, reduces, std::make_index_sequence<4>{});
      default:
        return move(gradient, reduces, std::make_index_sequence<5>{});
    }
  }

 private:
  static void read(std::span<const float> values) {
    const Eigen::Map<const Eigen::ArrayXf> all(values.data(), static_cast<Eigen::Index>(values.size()));
    benchmark::DoNotOptimize(all.sum());
  }
  template <std::size_t... I>
  void move(const LargeVector<float>& gradient, bool reduces, std::index_sequence<I...>) {
    if (!reduces) return merge(gradient.data(), gradient.size(), arrays_[I].data()...);
    merge(gradient.data(), gradient.size(), arrays_[I].data()..., scratch_.data());
    read(arrays_[0]);
    read(scratch_);
    merge(scratch_.data(), scratch_.size(), arrays_[0].data());
  }
  // The greater of two: it leaves all in range, and second moments positive, however often it runs.
  template <class... Array>
  static void merge(const float* from, std::size_t size, Array*... to) {
#pragma GCC ivdep
    for (std::size_t i = 0; i < size; ++i) ((to[i] = std::max(to[i], from[i])), ...);
    benchmark::ClobberMemory();
  }

  std::vector<std::span<float>> arrays_;
  LargeVector<float> scratch_;
};

/// Time on the processor: what other programs take of it does not count.
double nanoseconds_of_this_thread() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e9 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec);
}

double middle(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

struct Case {
  std::string name;
  Rule rule;
  std::size_t size;
  bool looks = false;    ///< checks and clips, and that pass counts as traffic
  bool reduces = false;  ///< over its update
};

/// Rule and traffic in turns.
void beside_traffic(benchmark::State& state, const Case& tried) {
  const std::size_t size = tried.size;
  const auto optimizer =
      tried.rule.with_clip(tried.looks ? global_norm({.max = 1e-3}) : unchecked()).bind<float>(vector_of(size));
  LargeVector<float> parameters = normal_numbers(size, 1);
  const LargeVector<float> gradient = normal_numbers(size, 2);
  std::vector<std::span<float>> moved{parameters};
  for (const auto& array : optimizer->arrays())
    if (array.values.size() == size) moved.push_back(array.values);
  Traffic traffic(std::move(moved));
  // What fits in the cache takes little longer than reading the clock; so many of it at once.
  const std::size_t repeats = std::max<std::size_t>(1, 1'000'000 / size);
  const auto timed = [&](const auto& work) {
    const double start = nanoseconds_of_this_thread();
    for (std::size_t k = 0; k < repeats; ++k) work();
    return (nanoseconds_of_this_thread() - start) / static_cast<double>(repeats * size);
  };
  std::vector<double> own, bound;
  for (auto _ : state) {
    bound.push_back(timed([&] { traffic.run(gradient, tried.looks, tried.reduces); }));
    own.push_back(timed([&] { optimizer->step(parameters, gradient); }));
    state.SetIterationTime(own.back() * 1e-9 * static_cast<double>(size));
  }
  state.counters["ns/param"] = middle(own);
  state.counters["traffic_ns/param"] = middle(bound);
  state.counters["ratio"] = middle(own) / middle(bound);
}

/// The arithmetic that exactly rounded Adam cannot do without: a root and a quotient, which share one unit.
void root_and_quotient(benchmark::State& state) {
  const LargeVector<float> a = normal_numbers(in_cache, 1), b(in_cache, 2.0F);
  LargeVector<float> out(in_cache);
  for (auto _ : state) {
#pragma GCC ivdep
    for (std::size_t i = 0; i < in_cache; ++i) out[i] = a[i] / (std::sqrt(b[i]) + 1e-8F);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(in_cache) * state.iterations());
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto& [name, rule] : {std::pair<std::string, Rule>{"adam", adam()}, {"adamw", adamw()}})
    for (const std::size_t size : {in_cache, in_memory}) {
      const std::string place = size == in_cache ? "/5k" : "/10M";
      all.push_back({name + place + "/plain", rule, size});
      all.push_back({.name = name + place + "/checked_and_clipped", .rule = rule, .size = size, .looks = true});
    }
  // Every rule whose work is done element by element. Those on matrices and those around others have no traffic of
  // their own.
  const std::set<std::string> others{"muon",    "normuon",     "d_muon",    "mars",     "kron",
                                     "shampoo", "soap",        "adafactor", "trac",     "restart",
                                     "l2_init", "multi_steps", "scheduled", "partition"};
  for_each_rule([&]<class Options, class Made>(const Entry<Options, Made>& entry) {
    if constexpr (!requires(Options options) { options.open(std::string_view()); })
      if (!others.contains(entry.name))
        all.push_back({.name = std::string("every/") + entry.name,
                       .rule = entry.make(Options{}),
                       .size = in_memory,
                       .reduces = std::string_view(entry.name) == "lamb"});
  });
  all.push_back({"every/sgd_momentum", sgd({.momentum = 0.9}), in_memory});
  all.push_back({"every/rmsprop_centered", rmsprop({.centered = true}), in_memory});
  all.push_back({.name = "every/adam_cautious", .rule = adam({.cautious = true}), .size = in_memory, .reduces = true});
  return all;
}

}  // namespace

int main(int count, char** words) {
  benchmark::Initialize(&count, words);
  if (benchmark::ReportUnrecognizedArguments(count, words)) return 1;
  benchmark::RegisterBenchmark("bound/root_and_quotient/5k", &root_and_quotient);
  for (const Case& each : cases())
    benchmark::RegisterBenchmark(each.name.c_str(), [=](benchmark::State& state) { beside_traffic(state, each); })
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond)
        ->Iterations(each.size == in_cache ? 300 : 40);
  benchmark::RunSpecifiedBenchmarks();
}
