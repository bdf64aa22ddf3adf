package dev.rackplan.cli.planning;

import dev.rackplan.export.Deployment;
import dev.rackplan.export.ExportRefusal;
import dev.rackplan.export.ExportTarget;
import dev.rackplan.export.ExportedFile;
import dev.rackplan.export.HostNames;
import dev.rackplan.export.LoadedCheckpoint;
import dev.rackplan.export.ServedPools;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.Pool;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.TextTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a deployment that was found for a question is started: each pool's script, and what stands
 * before them.
 *
 * @param engine that is started
 * @param pools in the order of their folders
 */
record PlannedLaunch(EngineKind engine, List<Planned> pools) {
  // Of all pools together, in manifests.
  private static final String NAME = "serve";

  /**
   * A pool.
   *
   * @param name of its folder
   * @param role what its instances do; empty where each does both
   */
  record Planned(String name, Optional<Pool> role, Problem problem, Plan plan) {}

  /**
   * All files, by their names in one folder; those of a pool in one of its own.
   *
   * @throws ExportRefusal where the engine can't be started so
   */
  List<ExportedFile> files() {
    if (pools.size() > 1) {
      List<HostNames> hosts =
          HostNames.byPlaceOf(
              pools.stream().map(Planned::name).toList(),
              pools.stream().map(pool -> pool.problem().topology()).toList());
      List<ServedPools.Part> parts = new ArrayList<>();
      for (int i = 0; i < pools.size(); i++) {
        Planned pool = pools.get(i);
        parts.add(new ServedPools.Part(pool.name(), pool.role(), deployment(pool, hosts.get(i))));
      }
      return target().files(ServedPools.of(NAME, parts));
    }
    Planned only = pools.get(0);
    return target().files(deployment(only, HostNames.byPlace())).stream()
        .map(file -> new ExportedFile(only.name() + "/" + file.name(), file.text(), file.about()))
        .toList();
  }

  /**
   * The commands that start one host's part of each pool, and the router's; as scripts have them.
   */
  String commands() {
    List<ExportedFile> files;
    try {
      files = files();
    } catch (ExportRefusal refusal) {
      return "  no launch file: " + refusal.getMessage() + "\n";
    }
    StringBuilder text = new StringBuilder();
    for (Planned pool : pools) {
      int count = pool.plan().layout().replicas();
      text.append(count > 1 ? "each of the " + count + " instances of " : "")
          .append(pool.name())
          .append(":\n");
      files.stream()
          .filter(file -> file.name().equals(pool.name() + "/launch.sh"))
          .forEach(file -> text.append(command(file.text())));
      text.append('\n');
    }
    files.stream()
        .filter(file -> file.name().endsWith("router.sh"))
        .forEach(file -> text.append("before them:\n").append(command(file.text())).append('\n'));
    pools.stream()
        .flatMap(pool -> LoadedCheckpoint.words(pool.problem()).stream())
        .distinct()
        .forEach(words -> text.append(TextTable.wrapped("$MODEL: " + words, 2)));
    return text.append("--write DIR writes the scripts, which set $head, $port, $devices.\n")
        .toString();
  }

  /** The command of a script alone, without the loop over hosts around it. */
  static String command(String script) {
    StringBuilder text = new StringBuilder();
    boolean inside = false;
    for (String line : script.split("\n")) {
      boolean begins =
          line.startsWith("  run ") || line.startsWith("exec ") || line.startsWith("command=(");
      if (inside || begins && !line.contains("${command")) {
        text.append("  ")
            .append(line.replaceFirst("^(  run |exec |command=\\()", "  ").replaceFirst("\\)$", ""))
            .append('\n');
      }
      inside = (inside || begins) && line.endsWith("\\");
    }
    return text.toString();
  }

  private static Deployment deployment(Planned pool, HostNames hosts) {
    return new Deployment(NAME, pool.problem(), pool.plan(), hosts, false, Optional.empty());
  }

  private ExportTarget target() {
    return switch (engine) {
      case SGLANG -> ExportTarget.SGLANG;
      case VLLM -> ExportTarget.VLLM;
      case VLLM_ASCEND -> ExportTarget.VLLM_ASCEND;
      case TENSORRT_LLM -> ExportTarget.TRTLLM;
      case MEGATRON -> throw new IllegalStateException("Megatron-LM serves nothing");
    };
  }
}
