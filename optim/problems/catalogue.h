#pragma once

// Every problem by name, once, as in optim/catalogue.h.

#include "optim/catalogue.h"
#include "optim/problems/beale.h"
#include "optim/problems/canyon.h"
#include "optim/problems/cliff.h"
#include "optim/problems/least_squares.h"
#include "optim/problems/plateau.h"
#include "optim/problems/quadratic.h"
#include "optim/problems/rare_features.h"
#include "optim/problems/reddi.h"
#include "optim/problems/rosenbrock.h"
#include "optim/problems/saddle.h"

namespace cairn::optim {

/// Calls f(Entry<Options, Problem>) for every objective function.
template <class F>
void for_each_problem(F&& f) {
  using namespace problems;
  f(Entry<CanyonOptions, Problem>{"canyon", "steep walls, a nearly level floor, a ripple", "", &canyon});
  f(Entry<CliffOptions, Problem>{"cliff", "a gentle plain that ends at a wall", "Pascanu et al. 2013", &cliff});
  f(Entry<problems::PlateauOptions, Problem>{"plateau", "a bowl in a plain without slope", "", &problems::plateau});
  f(Entry<SaddleOptions, Problem>{"saddle", "a ridge that leads to a saddle between two basins", "", &saddle});
  f(Entry<RosenbrockOptions, Problem>{"rosenbrock", "a narrow curved valley", "Rosenbrock 1960", &rosenbrock});
  f(Entry<BealeOptions, Problem>{"beale", "a flat valley between sharp peaks", "Beale 1958", &beale});
  f(Entry<QuadraticOptions, Problem>{"quadratic", "an ill-conditioned bowl, also rotated or noisy", "", &quadratic});
  f(Entry<ReddiOptions, Problem>{"reddi", "the online problem on which Adam fails", "Reddi et al. 2018", &reddi});
  f(Entry<RareFeaturesOptions, Problem>{"rare_features", "logistic regression with a feature that is hardly ever there",
                                        "Duchi et al. 2011", &rare_features});
  f(Entry<LeastSquaresOptions, Problem>{"least_squares", "features whose units differ by orders of magnitude", "",
                                        &least_squares});
}

}  // namespace cairn::optim
