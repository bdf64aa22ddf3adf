# Two checkouts measured in pairs, in turn; read by the scripts beside it (bash).
#
# A script that reads it defines `measure CHECKOUT NAME`, which prints one number, and calls
# `measure_pairs UNIT "$@"`. Arguments: [-n PAIRS] BEFORE AFTER NAME...

export LC_ALL=C

fail() {
  echo "$(basename "$0"): $1" >&2
  exit 2
}

median() {
  sort -g | awk '{ value[NR] = $1 } END { print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'
}

# Builds it if need be, and fills the archive of class data, before anything is measured.
prepare() {
  [[ -x $1/rackplan ]] || fail "no ./rackplan in $1: the root of a checkout is needed"
  (cd "$1" && ./rackplan --version >/dev/null) || fail "$1 can't be built"
}

measure_pairs() {
  local unit=$1 pairs=5
  shift
  if [[ ${1:-} == -n ]]; then
    pairs=${2:-}
    shift 2
  fi
  [[ $pairs =~ ^[1-9][0-9]*$ && $# -ge 3 ]] || fail "usage: $(basename "$0") [-n PAIRS] BEFORE AFTER NAME..."
  local before=$1 after=$2
  shift 2
  prepare "$before"
  prepare "$after"
  local name pair
  for name in "$@"; do
    local -a olds=() news=() ratios=()
    for ((pair = 1; pair <= pairs; pair++)); do
      local old new
      # The one that begins changes from pair to pair: neither has the cooler machine always.
      if ((pair % 2)); then
        old=$(measure "$before" "$name")
        new=$(measure "$after" "$name")
      else
        new=$(measure "$after" "$name")
        old=$(measure "$before" "$name")
      fi
      [[ -n $old && -n $new ]] || fail "$name gave no figure"
      olds+=("$old")
      news+=("$new")
      ratios+=("$(awk -v old="$old" -v new="$new" 'BEGIN { printf "%.3f", new / old }')")
      echo "$name: pair $pair: before $old, after $new $unit, ratio ${ratios[-1]}"
    done
    echo "$name: medians of $pairs: before $(printf '%s\n' "${olds[@]}" | median), after $(printf '%s\n' "${news[@]}" | median) $unit," \
      "ratio of a pair $(printf '%s\n' "${ratios[@]}" | median) (${ratios[*]})"
  done
}
