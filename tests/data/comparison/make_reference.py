#!/usr/bin/env python3
"""Writes reference.json beside itself: statistics of small data sets, by SciPy and by definitions written out the slow
way. Needs Debian's python3-scipy. Takes a minute."""
import itertools
import json
import pathlib

import numpy as np
from scipy import integrate, optimize, stats

rng, gap_rng, pair_rng = (np.random.default_rng(seed) for seed in (20, 21, 22))
RESAMPLES = 20_000


def iqm(values):
    """The empirical quantile function averaged over [1/4, 3/4]."""
    values = np.sort(values)
    edges = np.unique(np.concatenate([np.arange(len(values) + 1) / len(values), [0.25, 0.75]]))
    middle = [(a, b) for a, b in zip(edges, edges[1:]) if a >= 0.25 - 1e-12 and b <= 0.75 + 1e-12]
    return sum((b - a) * values[min(int((a + b) / 2 * len(values)), len(values) - 1)] for a, b in middle) / 0.5


def interval(strata, statistic, rng=rng):
    n = min(map(len, strata))
    below = stats.norm.cdf(-np.sqrt(n / (n - 1)) * stats.t.ppf(0.975, n - 1))
    result = stats.bootstrap([np.asarray(s) for s in strata], lambda *s: statistic(*s), confidence_level=1 - 2 * below,
                             n_resamples=RESAMPLES, method="percentile", vectorized=False, random_state=rng)
    return [result.confidence_interval.low, result.confidence_interval.high]


def gap(values):
    """As rliable has it: what the scores, cut at 1, lack of 1."""
    return 1 - np.mean(np.minimum(values, 1))


def newcombe(m, n):
    more, z = (m + n) / 2 - 1, stats.norm.ppf(0.975)

    def gap(t):
        return (1 - t) ** 2 - z * z * t * (1 - t) * (1 + more * ((1 - t) / (2 - t) + t / (1 + t))) / (m * n)
    return optimize.brentq(gap, 1e-9, 1 - 1e-9)


def closed_bonferroni(p):
    """Holm by closed testing: every intersection hypothesis by Bonferroni."""
    everything = range(len(p))
    return [max(min(1, len(s) * min(p[j] for j in s)) for k in everything for s in itertools.combinations(everything, k + 1)
                if i in s) for i in everything]


def improvement(a, b):
    return np.mean([stats.mannwhitneyu(x, y).statistic / (len(x) * len(y)) for x, y in zip(a, b)])


def half(values, digits=3):
    return [round(float(v), digits) for v in values]


sets = {
    "normal": [half(rng.normal(0, 1, 20))],
    "five": [half(rng.normal(100, 30, 5))],
    "seven": [half(rng.exponential(10, 7))],
    "capped": [half(np.minimum(500, rng.normal(430, 90, 12)), 0)],
    "strata": [half(rng.normal(0, 1, 10)), half(rng.normal(3, 2, 10)), half(rng.exponential(1, 10))],
}
single = {}
for name, strata in sets.items():
    pooled = np.concatenate(strata)
    single[name] = {
        "scores": strata, "mean": float(np.mean(pooled)), "iqm": float(iqm(pooled)),
        "trim_mean": float(stats.trim_mean(pooled, 0.25)) if len(pooled) % 4 == 0 else None,
        "iqm_interval": interval(strata, lambda *s: iqm(np.concatenate(s))),
        "mean_interval": interval(strata, lambda *s: np.mean(np.concatenate(s))),
        "gap": float(gap(pooled)), "gap_interval": interval(strata, lambda *s: gap(np.concatenate(s)), gap_rng),
        "spread": float(np.std(pooled)),
        "quartiles": [float(q) for q in np.quantile(pooled, [0.1, 0.25, 0.5, 0.9])],
        "threshold": float(np.median(pooled)),
        "above": float(np.mean(pooled > np.median(pooled))),
        "above_interval": interval(strata, lambda *s: np.mean(np.concatenate(s) > np.median(pooled))),
    }

pairs = {}
for name, a, b in [
    ("near", [half(rng.normal(0, 1, 8))], [half(rng.normal(0.3, 1, 8))]),
    ("apart", [half(rng.normal(0, 1, 9))], [half(rng.normal(2, 1, 7))]),
    ("ties", [[500, 500, 500, 480, 20, 500, 500]], [[500, 20, 20, 500, 310, 20, 20]]),
    ("strata", [half(rng.normal(1, 1, 6)), half(rng.normal(0, 1, 6))], [half(rng.normal(-1, 1, 6)), half(rng.normal(-1, 2, 6))]),
    ("separated", [[5.0, 6, 7, 8]], [[1.0, 2, 3, 4]]),
]:
    def distance(*groups, axis=-1):
        k = len(groups) // 2
        return abs(improvement(groups[:k], groups[k:]) - 0.5)
    if len(a) == 1:  # every assignment
        p = stats.permutation_test((a[0], b[0]), distance, alternative="greater", n_resamples=np.inf, vectorized=False).pvalue
    else:
        def values(x, y):
            both = np.concatenate([x, y])
            return [improvement([both[list(s)]], [np.delete(both, list(s))])
                    for s in itertools.combinations(range(len(both)), len(x))]
        seen = improvement(a, b)
        every = np.add.outer(values(a[0], b[0]), values(a[1], b[1])).ravel() / 2
        p = float(np.mean(np.abs(every - 0.5) >= abs(seen - 0.5) - 1e-12))
    pairs[name] = {"a": a, "b": b, "probability": float(improvement(a, b)), "p_value": float(p)}
    if name == "separated":
        pairs[name]["interval"] = [newcombe(4, 4), 1.0]
    else:
        pairs[name]["interval"] = interval(a + b, lambda *s: improvement(s[:len(s) // 2], s[len(s) // 2:])) \
            if len(set(map(len, a + b))) == 1 else None

paired = []
for shared, own in [(1, 0.3), (0.2, 1)]:  # what a seed gives both, and what not
    strata = [pair_rng.normal(0, shared, (1, 8)) + pair_rng.normal([[0.5], [0]], own, (2, 8)) for _ in range(2)]
    a, b = ([half(both[i]) for both in strata] for i in range(2))

    def difference(*chosen):
        return iqm(np.concatenate([np.asarray(x)[i] for x, i in zip(a, chosen)])) - \
            iqm(np.concatenate([np.asarray(x)[i] for x, i in zip(b, chosen)]))
    paired.append({"a": a, "b": b, "difference": float(difference(*(range(8) for _ in a))),
                   "spread": float(np.std(a)), "interval": interval([range(8) for _ in a], difference, pair_rng)})

p_values = [half(rng.uniform(0, 0.1, 5), 4), [0.01, 0.01, 0.04, 0.03], [0.5], [0.2, 0.9, 0.001]]
curve_x, curve_y = [5, 10, 20, 25, 40], half(rng.normal(0, 10, 5))
reference = {
    "single": single, "pairs": pairs, "paired": paired,
    "holm": [{"p": p, "adjusted": closed_bonferroni(p)} for p in p_values],
    "wilson": [{"successes": k, "n": n, "interval": list(stats.binomtest(k, n).proportion_ci(0.95, "wilson"))}
               for k, n in [(0, 5), (5, 5), (3, 10), (17, 20), (1, 100)]],
    "curve": {"steps": curve_x, "returns": curve_y,
              "area": float(integrate.trapezoid(curve_y, curve_x) / (curve_x[-1] - curve_x[0]))},
}
pathlib.Path(__file__).with_name("reference.json").write_text(json.dumps(reference, indent=1) + "\n")
