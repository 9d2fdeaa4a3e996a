#pragma once

// Every rule, schedule and clip by name, once: what the command line parses, lists and explains falls out of this.

#include "optim/adabelief.h"
#include "optim/adadelta.h"
#include "optim/adafactor.h"
#include "optim/adagrad.h"
#include "optim/adam.h"
#include "optim/adamax.h"
#include "optim/adan.h"
#include "optim/ademamix.h"
#include "optim/adopt.h"
#include "optim/clip.h"
#include "optim/d_muon.h"
#include "optim/federated.h"
#include "optim/intentional.h"
#include "optim/kron.h"
#include "optim/l2_init.h"
#include "optim/lamb.h"
#include "optim/lion.h"
#include "optim/mars.h"
#include "optim/multi_steps.h"
#include "optim/muon.h"
#include "optim/nadam.h"
#include "optim/normuon.h"
#include "optim/obgd.h"
#include "optim/partition.h"
#include "optim/prodigy.h"
#include "optim/radam.h"
#include "optim/restart.h"
#include "optim/rmsprop.h"
#include "optim/rprop.h"
#include "optim/schedule.h"
#include "optim/schedule_composition.h"
#include "optim/schedule_cycles.h"
#include "optim/schedule_decay.h"
#include "optim/schedule_free.h"
#include "optim/scheduled.h"
#include "optim/sgd.h"
#include "optim/shampoo.h"
#include "optim/signum.h"
#include "optim/soap.h"
#include "optim/trac.h"
#include "optim/yogi.h"

namespace cairn::optim {

/// A component that is made from an option struct with `fields`.
template <class Options, class Made>
struct Entry {
  const char* name;              ///< as the command line says it
  const char* summary;           ///< one phrase
  const char* paper;             ///< authors and year
  Made (*make)(const Options&);  ///< throws std::invalid_argument for options out of range
};

/// Calls f(Entry<Options, Rule>) for every update rule.
template <class F>
void for_each_rule(F&& f) {
  f(Entry<SgdOptions, Rule>{"sgd", "gradient descent, with momentum and Nesterov's look-ahead", "Sutskever et al. 2013",
                            &sgd});
  f(Entry<AdagradOptions, Rule>{"adagrad", "divides by the root of the sum of squares", "Duchi et al. 2011", &adagrad});
  f(Entry<RmspropOptions, Rule>{"rmsprop", "divides by the root of the mean square", "Tieleman and Hinton 2012",
                                &rmsprop});
  f(Entry<AdadeltaOptions, Rule>{"adadelta", "steps in the parameters' own units", "Zeiler 2012", &adadelta});
  f(Entry<AdamOptions, Rule>{"adam", "momentum over root mean square, bias-corrected", "Kingma and Ba 2015", &adam});
  f(Entry<AdamOptions, Rule>{"amsgrad", "Adam whose denominator never shrinks", "Reddi et al. 2018",
                             [](const AdamOptions& options) { return amsgrad(options); }});
  f(Entry<AdamWOptions, Rule>{"adamw", "Adam with decoupled weight decay", "Loshchilov and Hutter 2019", &adamw});
  f(Entry<AdamaxOptions, Rule>{"adamax", "Adam with the largest gradient as denominator", "Kingma and Ba 2015",
                               &adamax});
  f(Entry<NadamOptions, Rule>{"nadam", "Adam that looks ahead along its momentum", "Dozat 2016", &nadam});
  f(Entry<RadamOptions, Rule>{"radam", "Adam without denominator while its variance is unknown", "Liu et al. 2020",
                              &radam});
  f(Entry<YogiOptions, Rule>{"yogi", "Adam whose mean square forgets slowly", "Zaheer et al. 2018", &yogi});
  f(Entry<AdabeliefOptions, Rule>{"adabelief", "divides by how far gradients stray from their mean",
                                  "Zhuang et al. 2020", &adabelief});
  f(Entry<AdanOptions, Rule>{"adan", "Nesterov momentum on the gradient and its change", "Xie et al. 2022", &adan});
  f(Entry<AdemamixOptions, Rule>{"ademamix", "Adam with a second, far longer memory", "Pagliardini et al. 2024",
                                 &ademamix});
  f(Entry<AdoptOptions, Rule>{"adopt", "Adam that divides by the mean square before this gradient",
                              "Taniguchi et al. 2024", &adopt});
  f(Entry<MarsOptions, Rule>{"mars", "AdamW on gradients corrected by how they changed", "Yuan et al. 2024", &mars});
  f(Entry<LionOptions, Rule>{"lion", "the sign of a mean that looks ahead", "Chen et al. 2023", &lion});
  f(Entry<SignumOptions, Rule>{"signum", "the sign of the mean gradient", "Bernstein et al. 2018", &signum});
  f(Entry<RpropOptions, Rule>{"rprop", "signs, with a step of its own for each parameter", "Riedmiller and Braun 1993",
                              &rprop});
  f(Entry<LambOptions, Rule>{"lamb", "Adam whose step is as long as the block's weights are", "You et al. 2020",
                             &lamb});
  f(Entry<ScheduleFreeAdamWOptions, Rule>{"schedule_free_adamw", "an average of iterates in place of a schedule",
                                          "Defazio et al. 2024", &schedule_free_adamw});
  f(Entry<ScheduleFreeSgdOptions, Rule>{"schedule_free_sgd", "the same without a denominator", "Defazio et al. 2024",
                                        &schedule_free_sgd});
  f(Entry<ProdigyOptions, Rule>{"prodigy", "Adam that estimates its own rate", "Mishchenko and Defazio 2024",
                                &prodigy});
  f(Entry<MuonOptions, Rule>{"muon", "momentum with all singular values made alike, on matrices", "Jordan et al. 2024",
                             &muon});
  f(Entry<NorMuonOptions, Rule>{"normuon", "Muon with each row divided by its root mean square", "Li et al. 2025",
                                &normuon});
  f(Entry<DMuonOptions, Rule>{"d_muon", "Muon with steps as large as AdamW's, whatever the shape", "Liu et al. 2025",
                              &d_muon});
  f(Entry<ShampooOptions, Rule>{"shampoo", "Adagrad with whole rows and columns of a matrix", "Gupta et al. 2018",
                                &shampoo});
  f(Entry<SoapOptions, Rule>{"soap", "Adam in the eigenbasis of Shampoo", "Vyas et al. 2024", &soap});
  f(Entry<KronOptions, Rule>{"kron", "momentum whitened by triangular factors of rows and columns",
                             "Pooladzandi and Li 2024", &kron});
  f(Entry<AdafactorOptions, Rule>{"adafactor", "mean squares as rows times columns, steps relative to the weights",
                                  "Shazeer and Stern 2018", &adafactor});
  f(Entry<ObgdOptions, Rule>{"obgd", "a step that cannot overshoot; with traces and errors in stream_q and stream_ac",
                             "Elsayed et al. 2024", &obgd});
  f(Entry<IntentionalOptions, Rule>{"intentional", "a step as long as the change it is to make, likewise",
                                    "arXiv:2604.19033", &intentional});
  f(Entry<FedAvgOptions, Rule>{"fedavg", "the clients' mean, for pseudo-gradients", "McMahan et al. 2017", &fed_avg});
  f(Entry<FedAdagradOptions, Rule>{"fedadagrad", "Adagrad on a server, for pseudo-gradients", "Reddi et al. 2021",
                                   &fed_adagrad});
  f(Entry<FedAdamOptions, Rule>{"fedadam", "Adam on a server, for pseudo-gradients", "Reddi et al. 2021", &fed_adam});
  f(Entry<FedAdamOptions, Rule>{"fedyogi", "Yogi on a server, for pseudo-gradients", "Reddi et al. 2021", &fed_yogi});
  f(Entry<TracOptions, Rule>{"trac", "any rule, kept near its start until gradients say otherwise",
                             "Muppidi et al. 2024", &trac});
  f(Entry<RestartOptions, Rule>{"restart", "any rule, started anew when its problem has changed", "Ellis et al. 2024",
                                &restart});
  f(Entry<L2InitOptions, Rule>{"l2_init", "any rule, pulled towards the initial parameters", "Kumar et al. 2023",
                               &l2_init});
  f(Entry<MultiStepsOptions, Rule>{"multi_steps", "any rule, on the mean of several gradients", "", &multi_steps});
  f(Entry<ScheduledOptions, Rule>{"scheduled", "any rule, with a schedule and a clip of its own", "", &scheduled});
  f(Entry<PartitionOptions, Rule>{"partition", "a rule for each tag, as in critic=(adam),rest=(sgd)", "", &partition});
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
  f(Entry<PolynomialOptions, Schedule>{"polynomial", "a power of what is left of the run", "", &polynomial});
  f(Entry<ExponentialOptions, Schedule>{"exponential", "one factor an update, or every so many, down to a floor", "",
                                        &exponential});
  f(Entry<StepOptions, Schedule>{"step", "one factor every so many updates", "", &step});
  f(Entry<MultiStepOptions, Schedule>{"multi_step", "one factor at each milestone", "", &multi_step});
  f(Entry<InverseSqrtOptions, Schedule>{"inverse_sqrt", "a climb, then down with the root of time",
                                        "Vaswani et al. 2017", &inverse_sqrt});
  f(Entry<WarmupStableDecayOptions, Schedule>{"warmup_stable_decay", "a climb, a plateau, a straight line down",
                                              "Hu et al. 2024", &warmup_stable_decay});
  f(Entry<CosineRestartsOptions, Schedule>{"cosine_restarts", "half a cosine down, again and again",
                                           "Loshchilov and Hutter 2017", &cosine_restarts});
  f(Entry<OneCycleOptions, Schedule>{"one_cycle", "one climb and one descent far below the start",
                                     "Smith and Topin 2018", &one_cycle});
  f(Entry<CyclicOptions, Schedule>{"cyclic", "up and down between two rates", "Smith 2017", &cyclic});
  f(Entry<JoinOptions, Schedule>{"join", "one schedule, then another", "", &join});
  f(Entry<ProductOptions, Schedule>{"product", "two schedules' factors multiplied", "", &product});
}

/// Calls f(Entry<Options, Clip>) for every way of clipping.
template <class F>
void for_each_clip(F&& f) {
  f(Entry<GlobalNormOptions, Clip>{"global_norm", "scales the whole gradient down to a length", "Pascanu et al. 2013",
                                   &global_norm});
  f(Entry<ClipValueOptions, Clip>{"value", "clamps each component", "", &clip_value});
  f(Entry<AgcOptions, Clip>{"agc", "each unit's gradient, against the length of its weights", "Brock et al. 2021",
                            &agc});
  f(Entry<UncheckedOptions, Clip>{"unchecked", "nothing, not even whether the gradient is finite; for speed", "",
                                  &unchecked});
}

}  // namespace cairn::optim
