package dev.rackplan.export;

import dev.rackplan.problem.Pool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Pools for an engine: a folder of each, a script that starts all, and the router. */
final class PoolsExport {
  private PoolsExport() {}

  static String write(ExportTarget target, ServedPools served, List<ExportedFile> files) {
    Router router =
        target
            .engine()
            .flatMap(Router::of)
            .orElseThrow(
                () ->
                    new ExportRefusal(
                        "the export for " + target.word() + " has no router for several pools",
                        "Export for sglang, vllm or trtllm."));
    String about = "";
    for (Deployment pool : served.pools()) {
      List<ExportedFile> own = new ArrayList<>();
      about = target.write(pool, own);
      String word = pool.place().word();
      for (ExportedFile file : own) {
        files.add(
            new ExportedFile(word + "/" + file.name(), file.text(), word + ": " + file.about()));
      }
    }
    String words = String.join(" ", served.pools().stream().map(p -> p.place().word()).toList());
    files.add(target == ExportTarget.TRTLLM ? launchAll(words) : launch(words));
    files.addAll(
        served.handOver()
            ? router.files(
                answering(router, served.of(Pool.PREFILL)),
                answering(router, served.of(Pool.DECODE)))
            : router.files(answering(router, served.pools())));
    return about.stripTrailing()
        + (served.handOver() ? "\n\n" + handing(target, served.pools().get(0)) : "")
        + "\n";
  }

  private static List<Router.Answering> answering(Router router, List<Deployment> pools) {
    return pools.stream().flatMap(pool -> router.answering(pool).stream()).toList();
  }

  private static String handing(ExportTarget target, Deployment pool) {
    String caches =
        switch (target) {
          case SGLANG ->
              """
              KV caches go from prefill to decode by Mooncake (`mooncake-transfer-engine` in the engine's environment), over the NICs that
              it chooses, or those of `IB_DEVICES`. The router gives each request to one instance of each pool and tells decode where prefill
              hands over (its port + 1).""";
          case VLLM ->
              """
              KV caches go from prefill to decode by NIXL (`nixl` in the engine's environment): each attention rank of prefill listens on a
              port from 26000. The router sends a request to prefill, then what that answers to decode.""";
          case TRTLLM ->
              """
              KV caches go from context to generation servers by the default of `cache_transceiver_config`; its buffer holds a prompt.""";
          case VLLM_ASCEND,
              MEGATRON,
              MEGATRON_BRIDGE,
              TORCHTITAN,
              SLURM,
              KUBERNETES,
              LLM_D,
              DYNAMO ->
              "";
        };
    return caches
        + (pool.place().cachesOverNvlink()
            ? " Pools have GPUs in one NVLink domain of several hosts: caches go over NVLink, which needs IMEX."
            : "");
  }

  // Hosts may have GPUs of both pools; their ports differ.
  private static ExportedFile launch(String words) {
    String template =
        """
        #!/usr/bin/env bash
        # Starts this host's part of all pools and waits for it; ends with the first status that is not 0. Run it on
        # every host that is in the table of a pool's launch.sh, and router.sh once.
        #   MODEL=/path/to/model ./launch.sh [HOST]     DRY_RUN=1 prints the commands instead
        set -euo pipefail
        cd "$(dirname "${BASH_SOURCE[0]}")"
        : "${MODEL:?set MODEL to the folder or name of the weights}"
        host=${1:-${SLURMD_NODENAME:-$(hostname -s)}}
        GATHERstarted=0
        for pool in POOLS; do
          awk -v host="$host" '$1 == host {found = 1} END {exit !found}' "$pool/launch.sh" || continue
          started=$((started + 1))
          if [[ -n ${DRY_RUN:-} ]]; then
            "./$pool/launch.sh" "$host"
          else
            watched "$pool on $host" "./$pool/launch.sh" "$host" &
            pids+=("$!")
          fi
        done
        if ((started == 0)); then
          printf 'launch.sh: %s has no part in this plan\\n' "$host" >&2
          exit 2
        fi
        gather
        """;
    String text =
        ScriptText.filled(
            template, Map.of("POOLS", words, "GATHER", LaunchScript.gather("launch.sh")));
    return new ExportedFile(
        "launch.sh", text, "started on every host, runs that host's part of all pools");
  }

  private static ExportedFile launchAll(String words) {
    String template =
        """
        #!/usr/bin/env bash
        # Starts all pools from a host that reaches all of theirs by Open MPI; ends with the first status that is not 0.
        #   MODEL=/path/to/model ./launch.sh     DRY_RUN=1 prints the commands instead
        set -euo pipefail
        cd "$(dirname "${BASH_SOURCE[0]}")"
        : "${MODEL:?set MODEL to the folder or name of the weights}"
        GATHERfor pool in POOLS; do
          if [[ -n ${DRY_RUN:-} ]]; then
            "./$pool/launch.sh"
          else
            watched "$pool" "./$pool/launch.sh" &
            pids+=("$!")
          fi
        done
        gather
        """;
    String text =
        ScriptText.filled(
            template, Map.of("POOLS", words, "GATHER", LaunchScript.gather("launch.sh")));
    return new ExportedFile("launch.sh", text, "starts every instance of all pools by MPI");
  }
}
