#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apps/comparison/analysis.h"
#include "apps/comparison/matrix.h"
#include "apps/comparison/workers.h"

namespace cairn::comparison {

/// One option of an optimizer that trials vary, uniformly in the logarithm of a multiple or distance.
struct Dimension {
  std::string key;                ///< as the optimizer's spec names it; `beta1` where momentum was asked for
  double low = 0, high = 0;       ///< of the value, or of 1 - value
  bool below_one = false;         ///< 1 - value is what varies (momentum)
  double at(double share) const;  ///< share in [0, 1] to the option's value
  double share(double value) const;
};

/// The declared space, from what `keys` asks for and the optimizer has:
/// lr: 0.03 to 30 times the arm's own; eps: 1e-10 to 0.1; momentum (or beta1): 0 to 0.995, where it has some.
/// Wide enough that Adam holds momentum and momentum holds plain descent (Choi et al. 2019). Throws UsageError for a
/// key that is none of these.
std::vector<Dimension> space_of(const std::string& optimizer, const std::vector<std::string>& keys);

/// Point `index` (from 1) of Halton's sequence in dimension `base` (a prime): the digits of index, mirrored at the
/// point.
double halton(int index, int base);

/// Trial 0 is the arm as written, the others are Halton's points: spec with options replaced.
std::string trial_spec(const std::string& optimizer, const std::vector<Dimension>& space, int trial);

struct Trial {
  std::string optimizer;
  std::vector<std::vector<double>> scores;  ///< [workload][seed]; fewer seeds where halving stopped it
  double rate = 0;                          ///< its learning rate
};

struct TunedArm {
  std::vector<Dimension> space;
  std::vector<Trial> trials;
  std::size_t best_overall = 0;       ///< by the mean over workloads: one configuration for all
  std::vector<std::size_t> best;      ///< best of each workload
  std::vector<std::string> warnings;  ///< best trials that are the outermost ones, near the border of the space
};

/// What trials of an optimizer vary, in a sentence: `adam: trials vary lr and beta1 (its momentum).` Where it has
/// nothing of what was asked for, that it stays as written.
std::string varied_text(const std::string& optimizer, const std::vector<Dimension>& space);

/// Seeds of selection begin here; those reported are 1, 2, …
inline constexpr std::uint64_t first_selection_seed = 1'000'001;

/// Where a run lives, given its plan.
using PlaceRun = std::function<std::filesystem::path(const apps::RunPlan&)>;

struct TuningResult {
  std::vector<TunedArm> arms;
  std::vector<Job> jobs;  ///< of all trials, as far as halving has come
  bool complete = false;  ///< all trials were run; else nothing is chosen
  int signal = 0;         ///< interrupted
};

/// Runs every arm's trials, equally many each (one where there is nothing to vary), and chooses. With halving: all
/// trials on the first selection seed, the better half on the second, and so on; each such round waits for all runs of
/// the one before, whichever process makes them. A process that makes a share, or nothing, ends early where a run is
/// missing or failed without diverging: else it might choose otherwise than the rest.
TuningResult tune(const Matrix& matrix, const PlaceRun& place, const WorkOptions& options);

/// Chooses among finished trials and fills in `best_overall`, `best` and `warnings`; `kept`: trials that all seeds were
/// run of.
void choose(TunedArm& arm, const Matrix& matrix, const std::vector<std::size_t>& kept);

}  // namespace cairn::comparison
