# What scripts that make a comparison, a suite or tuning in shares have in common; sourced by them, after
#   shares=N out=DIR command=(compare --tasks …)
# With apart=1 in the environment each share has a folder of its own, $out.shares/I, and all are merged in the end: for
# disks without file locks, and for disks that are not shared until then. Trials of tuning are then made by each share.
cairn=${program:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)/build/release/apps/cairn}

subcommand=("${command[0]}")
[[ ${command[0]} != suite ]] || subcommand=(suite run)

# The folder that share I works in.
folder_of() {
  if [[ ${apart:-} ]]; then echo "$out.shares/$1"; else echo "$out"; fi
}

# Fails where runs are missing, and says which.
write_report() {
  if [[ ${apart:-} ]]; then
    "$cairn" "${subcommand[@]}" --merge "$out.shares"/* --out "$out"
  else
    "$cairn" "${subcommand[@]}" --report --out "$out"
  fi
}
