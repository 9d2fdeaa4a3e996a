#include "optim/clip.h"

#include "optim/options.h"

namespace cairn::optim {

std::string_view to_string(Norm norm) {
  return norm == Norm::one ? "1" : norm == Norm::two ? "2" : "inf";
}

bool parse(std::string_view text, Norm& norm) {
  for (const Norm each : {Norm::one, Norm::two, Norm::inf})
    if (text == to_string(each)) {
      norm = each;
      return true;
    }
  return false;
}

Clip global_norm(const GlobalNormOptions& options) {
  return {.kind = Clip::Kind::global_norm,
          .limit = options.max,
          .norm = options.norm,
          .description = describe("global_norm", options)};
}

Clip clip_value(const ClipValueOptions& options) {
  return {.kind = Clip::Kind::value, .limit = options.max, .description = describe("value", options)};
}

Clip agc(const AgcOptions& options) {
  return {.kind = Clip::Kind::agc, .limit = options.ratio, .eps = options.eps, .description = describe("agc", options)};
}

Clip unchecked(const UncheckedOptions& options) {
  return {.kind = Clip::Kind::unchecked, .description = describe("unchecked", options)};
}

}  // namespace cairn::optim
