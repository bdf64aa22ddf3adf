package dev.rackplan.export;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A shell script that starts a host's part of every instance that has ranks there, and ends with
 * the first status of theirs that is not 0.
 *
 * <p>The command may use {@code $replica}, {@code $node_rank} (the launcher's place in the
 * instance: a host runs several where hosts have unequally many ranks), {@code $first_rank}, {@code
 * $stage} (of the launcher's first rank), {@code $head} (the instance's first host), {@code $host}
 * (this one), {@code $port} and {@code $MODEL}.
 */
final class LaunchScript {
  /**
   * What a script runs.
   *
   * @param environment settings such as {@code A=b}, with spaces between; or empty
   * @param setup lines before each start, or empty
   * @param command words and line continuations
   */
  record Start(String environment, String setup, String command) {
    /** The environment as words of {@code env}, each after a space. */
    String settings() {
      return environment.isEmpty() ? "" : " " + environment;
    }
  }

  /** Where the first instance's ranks meet. */
  static final int FIRST_PORT = 20000;

  private static final int PORTS_PER_REPLICA = 10;

  // SCRIPT is the script's name.
  private static final String GATHER =
      """
      # Waits for a command and says so where it fails; a signal to the script goes on to it.
      watched() {
        local name=$1 status=0 child
        shift
        "$@" &
        child=$!
        trap 'kill -TERM "$child" 2>/dev/null || true' TERM INT
        while true; do
          status=0
          wait "$child" || status=$?
          kill -0 "$child" 2>/dev/null || break
        done
        ((status == 0)) || printf 'SCRIPT: %s ended with status %s\\n' "$name" "$status" >&2
        return "$status"
      }
      pids=()
      # The first status that is not 0, once all have ended.
      gather() {
        local pid ended first=0
        trap 'kill -TERM "${pids[@]}" 2>/dev/null || true' TERM INT
        for pid in "${pids[@]}"; do
          while true; do
            ended=0
            wait "$pid" || ended=$?
            kill -0 "$pid" 2>/dev/null || break
          done
          ((first != 0)) || first=$ended
        done
        return "$first"
      }
      """;

  private LaunchScript() {}

  /** Bash functions that start commands and gather how they end, in a script of that name. */
  static String gather(String script) {
    return ScriptText.filled(GATHER, Map.of("SCRIPT", script));
  }

  /** With one world of ranks for each replica. */
  static ExportedFile of(Deployment deployment, Start start) {
    return of(deployment, Accelerators.of(deployment), start);
  }

  /** The same on these accelerators, whatever the topology says. */
  static ExportedFile of(Deployment deployment, Accelerators accelerators, Start start) {
    List<List<HostRanks>> worlds = new ArrayList<>();
    for (int replica = 0; replica < deployment.layout().replicas(); replica++) {
      worlds.add(deployment.ranks().byLauncher(deployment.ranks().ofInstance(replica)));
    }
    String devices = accelerators.variable();
    return of(worlds, deployment.layout().gpusPerStage(), port(deployment, 0), "", devices, start);
  }

  /** Where the ranks of an instance meet. */
  static int port(Deployment deployment, int instance) {
    return FIRST_PORT + PORTS_PER_REPLICA * (deployment.place().instancesBefore() + instance);
  }

  /**
   * With these worlds of ranks.
   *
   * @param ranksPerStage of one world
   * @param firstPort of the first world
   * @param prelude lines before the first start, or empty
   * @param devices variable that names a process' devices
   */
  static ExportedFile of(
      List<List<HostRanks>> worlds,
      int ranksPerStage,
      int firstPort,
      String prelude,
      String devices,
      Start start) {
    String template =
        """
        #!/usr/bin/env bash
        # Starts this host's part of the plan and waits for it; ends with the first status that is not 0. Run it
        # on every host of the table below.
        #   MODEL=/path/to/model ./launch.sh [HOST]     DRY_RUN=1 prints the commands instead
        set -euo pipefail
        cd "$(dirname "${BASH_SOURCE[0]}")"
        : "${MODEL:?set MODEL to the folder or name of the weights}"
        host=${1:-${SLURMD_NODENAME:-$(hostname -s)}}
        GATHERrun() {
          if [[ -n ${DRY_RUN:-} ]]; then
            printf '%q ' "$@"
            printf '\\n'
          else
            watched "$host, replica $replica" "$@" &
            pids+=("$!")
          fi
        }
        PRELUDEstarted=0
        while read -r name replica node_rank first_rank stage head port devices; do
          [[ $name == "$host" ]] || continue
          started=$((started + 1))
          export replica node_rank first_rank stage head port
        SETUP  run env DEVICES="$devices"ENVIRONMENT \\
        COMMAND
        done <<'TABLE'
        HOSTSTABLE
        if ((started == 0)); then
          printf 'launch.sh: %s has no part in this plan\\n' "$host" >&2
          exit 2
        fi
        gather
        """;
    String text =
        ScriptText.filled(
            template,
            Map.of(
                "GATHER",
                gather("launch.sh"),
                "DEVICES",
                devices,
                "ENVIRONMENT",
                start.settings(),
                "PRELUDE",
                prelude,
                "SETUP",
                start.setup().isEmpty() ? "" : start.setup().strip().indent(2),
                "COMMAND",
                start.command().strip().indent(4).stripTrailing(),
                "HOSTS",
                table(worlds, ranksPerStage, firstPort)));
    return new ExportedFile(
        "launch.sh",
        text,
        "started on every host, runs that host's part; its table is host, replica, place in the"
            + " replica, first rank, stage, first host, port, devices");
  }

  private static String table(List<List<HostRanks>> worlds, int ranksPerStage, int firstPort) {
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
            .append(firstPort + PORTS_PER_REPLICA * replica)
            .append(' ')
            .append(row.deviceList())
            .append('\n');
      }
    }
    return table.toString();
  }
}
