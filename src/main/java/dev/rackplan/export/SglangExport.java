package dev.rackplan.export;

import dev.rackplan.export.Deployment.HostRanks;
import dev.rackplan.json.JsonText;
import dev.rackplan.plan.ExpertMap;
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

  private SglangExport() {}

  static String write(Deployment deployment, List<ExportedFile> files) {
    deployment.refuseTraining("SGLang");
    if (deployment.hasMaps()) {
      files.add(map(deployment));
    }
    files.add(
        LaunchScript.of(
            deployment,
            environment(deployment),
            command(deployment, deployment.hostsOfInstance())));
    return """
        For SGLang 0.5 and newer. `--init-expert-location` takes the map as it is; rows of dense layers hold experts in order and are
        not used. Expert placement stays as planned with `--ep-dispatch-algorithm static`, which picks one replica for each sender when
        the server starts; do not turn `--enable-eplb` on, which would move experts. Nothing here waits for a merge.
        """;
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

  static String environment(Deployment deployment) {
    return deployment.layout().pipelineStages() > 1
        ? "SGLANG_PP_LAYER_PARTITION=" + deployment.partition()
        : "";
  }

  /**
   * With the variables of {@link LaunchScript}.
   *
   * @param hosts of one replica
   */
  static String command(Deployment deployment, List<HostRanks> hosts) {
    var layout = deployment.layout();
    List<String> words = new ArrayList<>();
    words.add("python3 -m sglang.launch_server --model-path \"$MODEL\"");
    words.add(
        "--nnodes "
            + hosts.size()
            + " --node-rank \"$node_rank\" --dist-init-addr \"$head:$port\"");
    words.add("--host 0.0.0.0 --port \"$((port + 1))\"");
    words.addAll(DegreeFlags.SGLANG.words(deployment));
    if (deployment.hasMaps()) {
      words.add(
          "--ep-num-redundant-experts "
              + layout.redundantExperts()
              + " --init-expert-location "
              + MAP);
      words.add("--ep-dispatch-algorithm static");
    }
    words.addAll(MemoryFlags.sglang(deployment));
    words.add("--max-running-requests " + layout.microBatches() * layout.sequencesPerMicroBatch());
    return String.join(" \\\n  ", words);
  }
}
