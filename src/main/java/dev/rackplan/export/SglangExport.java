package dev.rackplan.export;

import dev.rackplan.export.LaunchScript.Start;
import dev.rackplan.json.JsonText;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.problem.DispatchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * SGLang: {@code --init-expert-location} with one row for each hidden layer, and the degrees as
 * flags.
 */
final class SglangExport {
  static final String MAP = "expert-location.json";

  /**
   * From the port where ranks meet to that of HTTP: with data-parallel attention the six after the
   * first are SGLang's own. Source: {@code server_args.py}, {@code PortArgs.init_new}.
   */
  static final int HTTP_OFFSET = 7;

  /** The same to where a prefill instance is asked for KV caches. */
  static final int BOOTSTRAP_OFFSET = 8;

  // The same to the port at which a launcher beside others on its host says that it is well, for
  // each launcher before it: ports end in a digit that no instance has otherwise.
  private static final int BESIDE_OFFSET = 9;
  private static final int BESIDE_STEP = 1000;

  private SglangExport() {}

  static String write(Deployment deployment, List<ExportedFile> files) {
    deployment.refuseTraining("SGLang");
    if (deployment.hasMaps()) {
      files.add(map(deployment));
    }
    files.add(
        LaunchScript.of(deployment, start(deployment, deployment.ranks().launchersOfInstance())));
    return """
        `--init-expert-location` takes the map as it is; rows of dense layers hold experts in order and are not used. Experts stay as
        planned while `--enable-eplb` is off. `--ep-dispatch-algorithm ALGORITHM` picks replicas RULE.
        DeepEP sends decode steps by its low-latency kernels and prefill steps by its normal ones (`--deepep-mode auto`; pools that only
        prefill or decode name theirs); where the expert distribution is recorded, name one. The server listens on the port of the
        table + 7; SGLang's own processes take the six between. Nothing here needs an unreleased change.
        """
        .replace(
            "ALGORITHM",
            SglangFlags.dispatchAlgorithm(deployment.problem().engine().dispatchRule()))
        .replace("RULE", rule(deployment.problem().engine().dispatchRule()));
  }

  private static String rule(DispatchRule rule) {
    return switch (rule) {
      case EVEN -> "for each token, all alike";
      case NEAREST -> "once for each sender, near ones first";
      case RANK_MODULO ->
          "once for each sender, near ones first: not by rank as the plan has it, so that its figures hold only"
              + " nearly";
    };
  }

  static ExportedFile map(Deployment deployment) {
    deployment.refuseMapOfStages("SGLang");
    int slots = deployment.slots("SGLang");
    int layers = deployment.problem().model().layers().size();
    List<List<Integer>> rows = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      ExpertMap map = deployment.plan().experts().get(layer);
      rows.add(map == null ? inOrder(deployment, slots) : Deployment.row(map));
    }
    return new ExportedFile(
        MAP,
        JsonText.of(Map.of("physical_to_logical_map", rows)),
        "expert in each slot, a row for each hidden layer; slot ÷ (slots per rank) is the "
            + (deployment.layout().expertTensorParallel() > 1 ? "expert-parallel rank" : "rank"));
  }

  private static List<Integer> inOrder(Deployment deployment, int slots) {
    var plan = deployment.plan();
    int experts =
        deployment.problem().model().moe(plan.experts().firstKey()).orElseThrow().experts();
    return IntStream.range(0, slots).map(slot -> slot % experts).boxed().toList();
  }

  /**
   * With the variables of {@link LaunchScript}.
   *
   * @param hosts of one replica
   */
  static Start start(Deployment deployment, List<HostRanks> hosts) {
    List<String> words = new ArrayList<>();
    words.add("python3 -m sglang.launch_server --model-path \"$MODEL\"");
    words.add(
        "--nnodes "
            + hosts.size()
            + " --node-rank \"$node_rank\" --dist-init-addr \"$head:$port\"");
    words.add("--host 0.0.0.0 --port \"$((port + " + httpOffset(deployment) + "))\"");
    words.addAll(words(deployment));
    words.addAll(SglangFlags.pool(deployment));
    return new Start(SglangFlags.environment(deployment), "", String.join(" \\\n  ", words));
  }

  // Launchers after the first say at their port that they are well, which two on one host can't do
  // at the same (launch_dummy_health_check_server).
  private static String httpOffset(Deployment deployment) {
    return deployment.ranks().sharesHosts()
        ? "(node_rank ? "
            + BESIDE_OFFSET
            + " + "
            + BESIDE_STEP
            + " * node_rank : "
            + HTTP_OFFSET
            + ")"
        : String.valueOf(HTTP_OFFSET);
  }

  /** Lines of flags that say layout, experts and limits, wherever its ranks are. */
  static List<String> words(Deployment deployment) {
    List<String> words = new ArrayList<>(DegreeFlags.SGLANG.words(deployment));
    if (deployment.hasMaps()) {
      words.add(
          "--ep-num-redundant-experts "
              + deployment.layout().redundantExperts()
              + " --init-expert-location "
              + MAP);
      words.add(
          "--ep-dispatch-algorithm "
              + SglangFlags.dispatchAlgorithm(deployment.problem().engine().dispatchRule()));
    }
    words.addAll(SglangFlags.limits(deployment));
    return words;
  }
}
