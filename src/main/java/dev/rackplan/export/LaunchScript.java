package dev.rackplan.export;

import dev.rackplan.export.Deployment.HostRanks;
import java.util.ArrayList;
import java.util.List;

/**
 * A shell script that starts a host's part of every instance that has ranks there.
 *
 * <p>The command may use {@code $replica}, {@code $node_rank} (the host's place in the instance),
 * {@code $first_rank}, {@code $stage} (of the host's first rank), {@code $head} (the instance's
 * first host), {@code $port} and {@code $MODEL}.
 */
final class LaunchScript {
  private static final int FIRST_PORT = 20000;
  private static final int PORTS_PER_REPLICA = 10;

  private LaunchScript() {}

  /** With one world of ranks for each replica. */
  static ExportedFile of(Deployment deployment, String environment, String command) {
    List<List<HostRanks>> worlds = new ArrayList<>();
    for (int replica = 0; replica < deployment.layout().replicas(); replica++) {
      worlds.add(deployment.hostRanks(deployment.ranksOfInstance(replica)));
    }
    return of(worlds, deployment.layout().gpusPerStage(), environment, "", command);
  }

  /**
   * With these worlds of ranks.
   *
   * @param ranksPerStage of one world
   * @param environment settings such as {@code A=b}, or empty
   * @param prelude lines before the first start, or empty
   */
  static ExportedFile of(
      List<List<HostRanks>> worlds,
      int ranksPerStage,
      String environment,
      String prelude,
      String command) {
    StringBuilder table = new StringBuilder();
    for (int replica = 0; replica < worlds.size(); replica++) {
      List<HostRanks> hosts = worlds.get(replica);
      for (int rank = 0; rank < hosts.size(); rank++) {
        HostRanks row = hosts.get(rank);
        table
            .append(row.host())
            .append(' ')
            .append(replica)
            .append(' ')
            .append(rank)
            .append(' ')
            .append(row.firstRank())
            .append(' ')
            .append(row.firstRank() / ranksPerStage)
            .append(' ')
            .append(hosts.get(0).host())
            .append(' ')
            .append(FIRST_PORT + PORTS_PER_REPLICA * replica)
            .append(' ')
            .append(row.deviceList())
            .append('\n');
      }
    }
    String text =
        """
        #!/usr/bin/env bash
        # Starts this host's part of the plan and waits for it. Run it on every host of the table below.
        #   MODEL=/path/to/model ./launch.sh [HOST]     DRY_RUN=1 prints the commands instead
        set -euo pipefail
        cd "$(dirname "${BASH_SOURCE[0]}")"
        : "${MODEL:?set MODEL to the folder or name of the weights}"
        host=${1:-$(hostname -s)}
        run() {
          if [[ -n ${DRY_RUN:-} ]]; then printf '%q ' "$@"; printf '\\n'; else "$@" & fi
        }
        PRELUDEstarted=0
        while read -r name replica node_rank first_rank stage head port devices; do
          [[ $name == "$host" ]] || continue
          started=$((started + 1))
          run env CUDA_VISIBLE_DEVICES="$devices"ENVIRONMENT \\
        COMMAND
        done <<'TABLE'
        HOSTSTABLE
        if ((started == 0)); then
          printf 'launch.sh: %s has no part in this plan\\n' "$host" >&2
          exit 2
        fi
        wait
        """
            .replace("ENVIRONMENT", environment.isEmpty() ? "" : " " + environment)
            .replace("PRELUDE", prelude)
            .replace("COMMAND", command.strip().indent(4).stripTrailing())
            .replace("HOSTS", table);
    return new ExportedFile(
        "launch.sh",
        text,
        "started on every host, runs that host's part; its table is host, replica, place in the"
            + " replica, first rank, stage, first host, port, devices");
  }
}
