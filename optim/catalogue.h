#pragma once

// Every rule, schedule and clip by name, once: what the command line parses, lists and explains falls out of this.

#include "optim/adam.h"
#include "optim/clip.h"
#include "optim/rmsprop.h"
#include "optim/schedule.h"
#include "optim/sgd.h"

namespace cairn::optim {

/// A component that is made from an option struct with `fields`.
template <class Options, class Made>
struct Entry {
  const char* name;
  const char* summary;
  const char* paper;
  Made (*make)(const Options&);
};

/// Calls f(Entry<Options, Rule>) for every update rule.
template <class F>
void for_each_rule(F&& f) {
  f(Entry<SgdOptions, Rule>{"sgd", "gradient descent, with momentum and Nesterov's look-ahead", "Sutskever et al. 2013",
                            &sgd});
  f(Entry<RmspropOptions, Rule>{"rmsprop", "divides by the root of the mean square", "Tieleman and Hinton 2012",
                                &rmsprop});
  f(Entry<AdamOptions, Rule>{"adam", "momentum over root mean square, bias-corrected", "Kingma and Ba 2015", &adam});
  f(Entry<AdamOptions, Rule>{"amsgrad", "Adam whose denominator never shrinks", "Reddi et al. 2018",
                             [](const AdamOptions& options) { return amsgrad(options); }});
  f(Entry<AdamWOptions, Rule>{"adamw", "Adam with decoupled weight decay", "Loshchilov and Hutter 2019", &adamw});
}

/// Calls f(Entry<Options, Schedule>) for every learning-rate schedule.
template <class F>
void for_each_schedule(F&& f) {
  f(Entry<ConstantOptions, Schedule>{"constant", "the base rate, after a first stretch at a multiple of it", "",
                                     &constant});
  f(Entry<LinearOptions, Schedule>{"linear", "a straight line, by default down to zero at the end of the run", "",
                                   &linear});
  f(Entry<CosineOptions, Schedule>{"cosine", "half a cosine down", "Loshchilov and Hutter 2017", &cosine});
  f(Entry<WarmupOptions, Schedule>{"warmup", "a climb, then any other schedule", "Goyal et al. 2017", &warmup});
}

/// Calls f(Entry<Options, Clip>) for every way of clipping.
template <class F>
void for_each_clip(F&& f) {
  f(Entry<GlobalNormOptions, Clip>{"global_norm", "scales the whole gradient down to a length", "Pascanu et al. 2013",
                                   &global_norm});
  f(Entry<ClipValueOptions, Clip>{"value", "clamps each component", "", &clip_value});
}

}  // namespace cairn::optim
