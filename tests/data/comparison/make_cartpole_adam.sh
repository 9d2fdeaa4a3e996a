#!/usr/bin/env bash
# Writes cartpole_adam.csv beside itself: 200 runs that differ in their seed alone. Argument: the cairn program. Takes
# a minute or two of one core.
set -euo pipefail
out=$(cd "$(dirname "$0")" && pwd)/cartpole_adam.csv
cairn=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo "seed,area,final" >"$out"
for seed in $(seq 1 200); do
  "$cairn" train --env cartpole --agent ppo --preset none --optimizer adam --steps 20000 --seed "$seed" --threads 1 \
    --evaluate-every 2048 --evaluation-episodes 10 --checkpoint-every 0 --quiet --out "$scratch/run" >/dev/null
  # The area by trapezoids over the mean returns, divided by the steps between first and last; the last mean return.
  awk -F, -v seed="$seed" 'NR == 2 { first = $1 }
    NR > 2 { area += ($1 - x) * ($3 + y) / 2 }
    NR > 1 { x = $1; y = $3 }
    END { printf "%d,%.6g,%.6g\n", seed, area / (x - first), y }' "$scratch/run/evaluations.csv" >>"$out"
  rm -r "$scratch/run"
done
