package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.export.MegatronLayout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * Every export of every committed solution, read back by readers that share nothing with those of
 * production, gives the plan; or is refused for the reason named here.
 */
class ExportCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> TARGETS =
      List.of(
          "sglang",
          "vllm",
          "vllm-ascend",
          "trtllm",
          "megatron",
          "megatron-bridge",
          "torchtitan",
          "slurm",
          "kubernetes",
          "llm-d",
          "dynamo");

  // Judging takes most of the time, and that every map is the plan's is checked for all.
  private static final List<String> ROUND_TRIPS =
      List.of(
          "deepseek-v3-decode-gb200",
          "deepseek-v3-prefill-h100",
          "qwen3-235b-decode-ascend-910b",
          "qwen3-235b-decode-b200");

  // By target: part of a solution's name, and of why it is refused.
  private static final Map<String, Map<String, String>> REFUSED =
      Map.of(
          "sglang", Map.of("training", "SGLang serves"),
          "vllm", Map.of("training", "vLLM serves", "ascend", "vLLM: does not run on ascend-910b"),
          "vllm-ascend",
              Map.of(
                  "training", "vllm-ascend serves",
                  "decode-h", "does not run on h",
                  "decode-b", "does not run on b",
                  "decode-gb", "does not run on gb",
                  "prefill", "does not run on h100-sxm of NVIDIA",
                  "pipeline", "does not run on h"),
          "trtllm",
              Map.of(
                  "training", "TensorRT-LLM serves",
                  "ascend", "attention tensor parallel over a whole stage",
                  "gpt-oss-120b", "attention tensor parallel over a whole stage",
                  "gpt-oss-20b", "takes no experts with biases"),
          "megatron",
              Map.of(
                  "decode", "Megatron-LM trains",
                  "prefill", "Megatron-LM trains",
                  "pipeline", "Megatron-LM trains",
                  "deepseek-v3-training", "places experts in order"),
          "megatron-bridge",
              Map.of(
                  "decode", "Megatron Bridge trains",
                  "prefill", "Megatron Bridge trains",
                  "pipeline", "Megatron Bridge trains",
                  "deepseek-v3-training", "places experts in order"),
          "torchtitan",
              Map.of(
                  "decode", "torchtitan trains",
                  "prefill", "torchtitan trains",
                  "pipeline", "torchtitan trains",
                  "deepseek-v3-training", "places experts in order",
                  "gpt-22b", "chooses operations, not modules",
                  "gpt-3-175b", "chooses operations, not modules",
                  "llama-3.1-405b-training", "zeroStage 1"),
          "kubernetes",
              Map.of(
                  "training", "the Kubernetes export serves",
                  "ascend", "starts sglang or vllm"),
          "llm-d", Map.of("training", "the export for llm-d serves", "ascend", "does not run on"),
          "dynamo", Map.of("training", "the export for dynamo serves", "ascend", "vllm-ascend"));

  @TempDir private Path folder;

  private record Solution(String file, JsonNode tree) {
    static Solution of(Path file) {
      try {
        return new Solution(file.toString(), JSON.readTree(file.toFile()));
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    String name() {
      return Path.of(file).getFileName().toString().replace(".json", "");
    }

    /** What Kubernetes is to start; some training problems name none. */
    String engine() {
      if (name().contains("ascend")) {
        return "vllm-ascend";
      }
      return name().contains("gemma") || name().contains("llama") || name().contains("qwen3")
          ? "vllm"
          : "sglang";
    }

    int degree(String name) {
      return tree.at("/plan/layout/" + name).intValue();
    }

    JsonNode stages() {
      return tree.at("/plan/stages");
    }

    /** Slots by layer. */
    Map<Integer, List<Integer>> experts() {
      Map<Integer, List<Integer>> experts = new TreeMap<>();
      tree.at("/plan/experts")
          .fields()
          .forEachRemaining(
              entry -> experts.put(Integer.valueOf(entry.getKey()), ints(entry.getValue())));
      return experts;
    }

    int layers() {
      return stages().get(stages().size() - 1).at("/layers/1").intValue() + 1;
    }

    List<Integer> layersOfStages() {
      List<Integer> counts = new ArrayList<>();
      stages()
          .forEach(
              stage ->
                  counts.add(
                      stage.at("/layers/1").intValue() - stage.at("/layers/0").intValue() + 1));
      return counts;
    }

    int gpusPerStage() {
      return Math.max(degree("expertParallel"), degree("attentionTensorParallel"));
    }

    /** Hosts of a replica's ranks. */
    List<String> hosts(int replica) {
      List<String> hosts = new ArrayList<>();
      for (JsonNode stage : stages()) {
        for (int i = 0; i < gpusPerStage(); i++) {
          hosts.add(host(stage.get("gpus").get(replica * gpusPerStage() + i)));
        }
      }
      return hosts;
    }

    static String host(JsonNode gpu) {
      return gpu.textValue().replaceAll("/gpu-\\d+$", "").replace('/', '-');
    }
  }

  private static List<Integer> ints(JsonNode row) {
    List<Integer> values = new ArrayList<>();
    row.forEach(
        value -> {
          assertTrue(value.isInt(), value.toString());
          values.add(value.intValue());
        });
    return values;
  }

  private static List<Solution> solutions() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("solutions"))) {
      return files
          .filter(file -> file.toString().endsWith(".json"))
          .sorted()
          .map(Solution::of)
          .toList();
    }
  }

  @TestFactory
  Stream<DynamicTest> everyExport_givesThePlan_orIsRefusedWithTheReason() throws IOException {
    return solutions().stream()
        // Two pools are one export: PoolsExportTest.
        .filter(solution -> !solution.tree().has("pool"))
        .map(solution -> DynamicTest.dynamicTest(solution.name(), () -> check(solution)));
  }

  private void check(Solution solution) throws Exception {
    List<String> taken = new ArrayList<>();
    for (String target : TARGETS) {
      Optional<String> refusal = refusal(solution, target);
      if (refusal.isPresent()) {
        checkRefused(solution, target, refusal.get());
      } else {
        taken.add(target);
      }
    }
    CommandRun run = export(solution, String.join(",", taken));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    TreeSet<Path> written = new TreeSet<>();
    for (String target : taken) {
      Path files = folder.resolve(solution.name()).resolve(target);
      written.addAll(listed(files));
      checkReadme(files);
      switch (target) {
        case "sglang" -> checkSglang(solution, files);
        case "vllm" -> checkVllm(solution, files);
        case "vllm-ascend" -> checkAscend(solution, files);
        case "trtllm" -> checkTensorRt(solution, files);
        case "megatron" -> checkMegatron(solution, files);
        case "megatron-bridge" -> checkBridge(solution, files);
        case "slurm" -> checkSlurm(solution, files);
        case "dynamo" -> checkDynamo(solution, files);
        default -> checkKubernetes(solution, files, target.equals("kubernetes"));
      }
    }
    written.removeIf(file -> file.endsWith("launched.txt"));
    assertEquals(written, new TreeSet<>(run.out().lines().map(Path::of).toList()));
  }

  private CommandRun export(Solution solution, String targets) {
    return CommandRun.of(
        "export",
        solution.file(),
        "--for",
        targets,
        "--engine",
        solution.engine(),
        "--initial-mapping",
        "-o",
        folder.toString());
  }

  private static Optional<String> refusal(Solution solution, String target) {
    return REFUSED.getOrDefault(target, Map.of()).entrySet().stream()
        .filter(entry -> solution.name().contains(entry.getKey()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  private void checkRefused(Solution solution, String target, String reason) {
    CommandRun run = export(solution, target);
    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains(reason), run.err());
    assertFalse(Files.exists(folder.resolve(solution.name()).resolve(target)));
  }

  private static void checkReadme(Path files) throws IOException {
    String readme = Files.readString(files.resolve("README.md"));
    for (Path file : listed(files)) {
      assertTrue(readme.contains("`" + file.getFileName() + "`") || file.endsWith("README.md"));
    }
  }

  private static TreeSet<Path> listed(Path files) throws IOException {
    try (Stream<Path> list = Files.list(files)) {
      return new TreeSet<>(list.toList());
    }
  }

  /** What {@code launch.sh} would run on the first host of the first replica. */
  private static List<String> launched(Solution solution, Path files) throws Exception {
    Path out = files.resolveSibling("launched.txt");
    ProcessBuilder builder =
        new ProcessBuilder("bash", files.resolve("launch.sh").toString(), solution.hosts(0).get(0))
            .redirectOutput(out.toFile())
            .redirectErrorStream(true);
    builder.environment().put("MODEL", "the model");
    builder.environment().put("TRAIN", "train.py");
    builder.environment().put("RECIPE", "a_recipe");
    builder.environment().put("DRY_RUN", "1");
    Process process = builder.start();
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    String text = Files.readString(out);
    assertEquals(0, process.exitValue(), text);
    return text.lines().toList();
  }

  private static void assertHas(String line, String option) {
    assertTrue((line + " ").contains(" " + option + " "), option + " in " + line);
  }

  private static void checkSglang(Solution solution, Path files) throws Exception {
    String line = launched(solution, files).get(0);
    assertHas(line, "--tp-size " + solution.gpusPerStage());
    assertHas(line, "--pp-size " + solution.degree("pipelineStages"));
    assertHas(line, "--node-rank 0");
    if (solution.degree("pipelineStages") > 1) {
      assertHas(line, "SGLANG_PP_LAYER_PARTITION=" + partition(solution).replace(",", "\\,"));
    }
    Path file = files.resolve("expert-location.json");
    if (solution.experts().isEmpty()) {
      assertFalse(Files.exists(file));
      return;
    }
    assertHas(line, "--ep-size " + solution.degree("expertParallel"));
    assertHas(line, "--ep-num-redundant-experts " + solution.degree("redundantExperts"));
    JsonNode map = JSON.readTree(file.toFile());
    assertEquals(List.of("physical_to_logical_map"), keys(map));
    JsonNode rows = map.get("physical_to_logical_map");
    assertEquals(solution.layers(), rows.size());
    int slots = rows.get(0).size();
    assertEquals(0, slots % solution.degree("expertParallel"));
    int experts = slots - solution.degree("redundantExperts");
    for (int layer = 0; layer < rows.size(); layer++) {
      List<Integer> row = ints(rows.get(layer));
      assertEquals(slots, row.size());
      assertEquals(experts, new TreeSet<>(row).size());
      assertEquals(experts - 1, new TreeSet<>(row).last());
      if (solution.experts().containsKey(layer)) {
        assertEquals(solution.experts().get(layer), row);
      }
    }
  }

  private static String partition(Solution solution) {
    return String.join(",", solution.layersOfStages().stream().map(String::valueOf).toList());
  }

  private static List<String> keys(JsonNode node) {
    List<String> keys = new ArrayList<>();
    for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
      keys.add(names.next());
    }
    return keys;
  }

  private static void checkVllm(Solution solution, Path files) throws Exception {
    String line = launched(solution, files).get(0);
    assertHas(line, "--tensor-parallel-size " + solution.degree("attentionTensorParallel"));
    assertHas(line, "--pipeline-parallel-size " + solution.degree("pipelineStages"));
    assertFalse(line.contains("--headless"), line);
    if (solution.experts().isEmpty()) {
      return;
    }
    assertHas(line, "--enable-expert-parallel");
    assertHas(
        line,
        "--data-parallel-size "
            + solution.gpusPerStage() / solution.degree("attentionTensorParallel"));
    List<String> lines = Files.readAllLines(files.resolve("expert-map.jsonl"));
    assertEquals(1, lines.size());
    JsonNode map = JSON.readTree(lines.get(0));
    assertEquals(
        List.of(
            "record_type",
            "version",
            "num_redundant_experts",
            "num_slots",
            "initial_global_assignments"),
        keys(map));
    assertEquals("eplb_initial_mapping", map.get("record_type").textValue());
    assertEquals(1, map.get("version").intValue());
    assertEquals(solution.degree("redundantExperts"), map.get("num_redundant_experts").intValue());
    JsonNode rows = map.get("initial_global_assignments");
    assertEquals(solution.experts().size(), rows.size());
    int next = 0;
    for (List<Integer> row : solution.experts().values()) {
      assertEquals(row, ints(rows.get(String.valueOf(next++))));
      assertEquals(row.size(), map.get("num_slots").intValue());
    }
  }

  private static void checkAscend(Solution solution, Path files) throws Exception {
    launched(solution, files);
    if (solution.experts().isEmpty()) {
      return;
    }
    JsonNode map = JSON.readTree(files.resolve("expert-map.json").toFile());
    assertEquals(List.of("moe_layer_count", "layer_list"), keys(map));
    assertEquals(solution.experts().size(), map.get("moe_layer_count").intValue());
    int next = 0;
    for (List<Integer> row : solution.experts().values()) {
      JsonNode layer = map.get("layer_list").get(next);
      assertEquals(next++, layer.get("layer_id").intValue());
      assertEquals(solution.degree("expertParallel"), layer.get("device_count").intValue());
      List<Integer> slots = new ArrayList<>();
      for (int device = 0; device < layer.get("device_list").size(); device++) {
        JsonNode entry = layer.get("device_list").get(device);
        assertEquals(device, entry.get("device_id").intValue());
        assertEquals(
            row.size() / solution.degree("expertParallel"), entry.get("device_expert").size());
        slots.addAll(ints(entry.get("device_expert")));
      }
      assertEquals(row, slots);
    }
  }

  private static Object yaml(String text) {
    return new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
  }

  private static void checkTensorRt(Solution solution, Path files) throws Exception {
    Map<?, ?> config = (Map<?, ?>) yaml(Files.readString(files.resolve("config.yaml")));
    if (solution.degree("pipelineStages") > 1) {
      assertEquals(solution.layersOfStages(), config.get("pp_partition"));
    }
    for (int replica = 0; replica < solution.degree("replicas"); replica++) {
      assertEquals(
          solution.hosts(replica),
          Files.readAllLines(files.resolve("hosts-replica-" + replica + ".txt")));
    }
    if (solution.experts().isEmpty()) {
      return;
    }
    assertEquals(
        Map.of("backend", "WIDEEP", "load_balancer", "./moe_load_balancer.yaml"),
        config.get("moe_config"));
    Map<?, ?> map = (Map<?, ?>) yaml(Files.readString(files.resolve("moe_load_balancer.yaml")));
    assertEquals(
        List.of("num_slots", "initial_global_assignments", "layer_updates_per_iter"),
        List.copyOf(map.keySet()));
    assertEquals(0, map.get("layer_updates_per_iter"));
    assertEquals(solution.experts(), map.get("initial_global_assignments"));
    int slots = (Integer) map.get("num_slots");
    assertEquals(0, slots % solution.degree("expertParallel"));
    for (List<Integer> row : solution.experts().values()) {
      assertEquals(slots, row.size());
    }
  }

  private static void checkMegatron(Solution solution, Path files) throws Exception {
    List<String> arguments = Files.readAllLines(files.resolve("arguments.txt"));
    checkPipeline(solution, arguments, "--pipeline-model-parallel-layout '");
    List<String> hosts = new ArrayList<>();
    solution
        .stages()
        .forEach(stage -> stage.get("gpus").forEach(gpu -> hosts.add(Solution.host(gpu))));
    assertEquals(hosts, Files.readAllLines(files.resolve("hosts.txt")));
    String line = launched(solution, files).get(0);
    assertHas(line, "--nnodes " + new TreeSet<>(hosts).size());
    assertHas(line, "--tensor-model-parallel-size " + solution.degree("attentionTensorParallel"));
  }

  private static void checkPipeline(Solution solution, List<String> lines, String prefix) {
    int stages = solution.degree("pipelineStages");
    String layout =
        lines.stream().filter(line -> line.startsWith(prefix)).findFirst().orElseThrow();
    MegatronLayout parsed =
        MegatronLayout.parse(layout.substring(prefix.length(), layout.length() - 1));
    assertEquals(0, parsed.stages().size() % stages);
    for (int stage = 0; stage < stages; stage++) {
      assertEquals(solution.layersOfStages().get(stage), parsed.layersOfRank(stage, stages));
    }
  }

  private static void checkBridge(Solution solution, Path files) throws Exception {
    List<String> overrides = Files.readAllLines(files.resolve("overrides.txt"));
    checkPipeline(solution, overrides, "model.pipeline_model_parallel_layout='");
    int tensor = solution.degree("attentionTensorParallel");
    assertTrue(overrides.contains("model.tensor_model_parallel_size=" + tensor));
    // Every override arrives as one word, after the recipe.
    assertHas(launched(solution, files).get(0), "--recipe a_recipe");
    assertHas(launched(solution, files).get(0), overrides.get(0));
  }

  private static void checkSlurm(Solution solution, Path files) throws IOException {
    boolean training = solution.name().contains("training");
    int ranks = 0;
    TreeSet<String> used = new TreeSet<>();
    for (int replica = 0; replica < (training ? 1 : solution.degree("replicas")); replica++) {
      List<String> hosts = new ArrayList<>();
      if (training) {
        solution
            .stages()
            .forEach(stage -> stage.get("gpus").forEach(gpu -> hosts.add(Solution.host(gpu))));
      } else {
        hosts.addAll(solution.hosts(replica));
      }
      String suffix = training ? "" : "-replica-" + replica;
      assertEquals(hosts, Files.readAllLines(files.resolve("hosts" + suffix + ".txt")));
      ranks += hosts.size();
      used.addAll(hosts);
    }
    String job = Files.readString(files.resolve("job.sbatch"));
    assertTrue(job.contains("#SBATCH --ntasks=" + ranks + "\n"), job);
    assertTrue(job.contains("#SBATCH --nodes=" + used.size() + "\n"), job);
    assertTrue(job.contains("#SBATCH --nodelist=" + String.join(",", used) + "\n"), job);
  }

  private static void checkDynamo(Solution solution, Path files) throws IOException {
    List<JsonNode> objects = ExportedPools.objects(files);
    JsonNode worker = objects.get(objects.size() - 1).at("/spec/components/1");
    assertEquals(solution.degree("replicas"), worker.get("replicas").intValue());
    assertEquals(
        solution.degree("replicas") * solution.degree("pipelineStages") * solution.gpusPerStage(),
        ExportedPools.gpusOfPods(files));
  }

  private static void checkKubernetes(Solution solution, Path files, boolean ownRouter)
      throws IOException {
    JsonSchema schema =
        JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
            .getSchema(
                ExportCommandTest.class.getResourceAsStream(
                    "/dev/rackplan/export/manifest.schema.json"));
    List<JsonNode> objects = new ArrayList<>();
    String manifest = Files.readString(files.resolve("manifest.yaml"));
    for (Object object : new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(manifest)) {
      JsonNode tree = JSON.valueToTree(object);
      assertEquals(List.of(), List.copyOf(schema.validate(tree)));
      objects.add(tree);
    }
    int stages = solution.degree("pipelineStages");
    // NVLink reaches over hosts in NVL72 racks alone.
    int domains = solution.name().contains("gb200") ? 1 : 0;
    // Several instances have a router: its ConfigMap, Deployment and Service.
    int router = ownRouter && solution.degree("replicas") > 1 ? 3 : 0;
    // Stages on one host share their pods.
    boolean oneHost = solution.hosts(0).stream().distinct().count() == 1;
    int sets = oneHost ? 1 : stages;
    assertEquals(1 + domains + sets + router, objects.size());
    for (int set = 0; set < sets; set++) {
      JsonNode spec = objects.get(1 + domains + set).get("spec");
      assertEquals(solution.degree("replicas"), spec.get("replicas").intValue());
      int pods = spec.at("/leaderWorkerTemplate/size").intValue();
      int gpus =
          spec.at(
                  "/leaderWorkerTemplate/workerTemplate/spec/containers/0/resources/limits/nvidia.com~1gpu")
              .intValue();
      assertEquals(solution.gpusPerStage() * stages / sets, pods * gpus);
    }
    JsonNode data = objects.get(0).get("data");
    if (data.has("expert-location.json")) {
      JsonNode rows =
          JSON.readTree(data.get("expert-location.json").textValue())
              .get("physical_to_logical_map");
      solution.experts().forEach((layer, row) -> assertEquals(row, ints(rows.get(layer))));
    }
    assertTrue(data.get("start.sh").textValue().startsWith("#!/usr/bin/env bash\n"));
  }

  @TestFactory
  Stream<DynamicTest> exportAndImport_leaveEveryFigure() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    Map<String, String> maps =
        new TreeMap<>(
            Map.of(
                "sglang", "expert-location.json",
                "vllm", "expert-map.jsonl",
                "vllm-ascend", "expert-map.json",
                "trtllm", "moe_load_balancer.yaml"));
    for (Solution solution : solutions()) {
      if (!ROUND_TRIPS.contains(solution.name())) {
        continue;
      }
      maps.forEach(
          (target, file) -> {
            if (refusal(solution, target).isEmpty()) {
              tests.add(
                  DynamicTest.dynamicTest(
                      solution.name() + " by " + target, () -> roundTrip(solution, target, file)));
            }
          });
    }
    return tests.stream();
  }

  private void roundTrip(Solution solution, String target, String file) throws IOException {
    export(solution, target);
    String map = folder.resolve(solution.name()).resolve(target).resolve(file).toString();
    String problem = "problems/" + solution.name() + ".json";
    Path imported = folder.resolve(solution.name() + "-" + target + ".json");
    CommandRun run =
        CommandRun.of(
            "import", problem, "--map", map, "--on", solution.file(), "-o", imported.toString());
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());

    // Import judges the plan as evaluate does; what a search looked at is history.
    JsonNode tree = JSON.readTree(Files.readString(imported));
    ObjectNode figures = solution.tree().get("evaluation").deepCopy();
    figures.remove(List.of("nextLayout", "layoutsTried", "paretoFront"));
    assertEquals(figures, tree.get("evaluation"));
    assertEquals(solution.tree().get("plan"), tree.get("plan"));
  }

  @Test
  void mapsOfSeveralStages_comeBackTogether() throws IOException {
    TinyProblem tiny = new TinyProblem(folder);
    tiny.write("models/tiny-moe.json", TinyProblem.MODEL.replace("\"count\": 2", "\"count\": 5"));
    String problem =
        tiny.variant(
            "staged",
            "\"pipelineStages\": [1, 2], \"expertParallel\": 4, \"redundantExperts\": [0, 4], \"replicas\": 1, \"attentionTensorParallel\": 1",
            "\"pipelineStages\": 2, \"expertParallel\": 4, \"redundantExperts\": 4, \"replicas\": 1, \"attentionTensorParallel\": 4");
    CommandRun solved = CommandRun.of("solve", problem, "--steps", "200", "-o", tiny.path("out"));
    assertEquals(ExitCode.SOLVED, solved.exitCode(), solved.err());
    String solution = tiny.path("out/staged.json");
    CommandRun exported =
        CommandRun.of(
            "export", solution, "--for", "vllm", "--initial-mapping", "-o", tiny.path("exports"));
    assertEquals(ExitCode.SOLVED, exported.exitCode(), exported.err());
    String first = tiny.path("exports/staged/vllm/expert-map-stage-0.jsonl");
    String second = tiny.path("exports/staged/vllm/expert-map-stage-1.jsonl");

    CommandRun run =
        CommandRun.of(
            "import",
            problem,
            "--map",
            first,
            "--map",
            second,
            "--on",
            solution,
            "-o",
            tiny.path("in.json"));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertEquals(
        JSON.readTree(tiny.read("out/staged.json")).get("plan"),
        JSON.readTree(tiny.read("in.json")).get("plan"));

    CommandRun twice =
        CommandRun.of(
            "import",
            problem,
            "--map",
            first,
            "--map",
            first,
            "--on",
            solution,
            "-o",
            tiny.path("no.json"));
    assertEquals(ExitCode.BAD_INPUT, twice.exitCode());
    assertTrue(twice.err().contains("$.initial_global_assignments"), twice.err());
    assertFalse(tiny.has("no.json"));
  }

  @Test
  void mapWithSecondCopies_isRefusedWhereAnEngineComputesWrongResultsFromIt() {
    TinyProblem tiny = new TinyProblem(folder);
    tiny.write(
        "topologies/two-racks.json", TinyProblem.TOPOLOGY.replace("h100-sxm", "ascend-910b"));
    // The second MoE layer has expert 0 twice on the third of four GPUs.
    tiny.write(
        "map.json",
        "{\"physical_to_logical_map\": [[0], [0,1,2,3,4,5,6,7,0,1,2,3], [7,6,5,4,3,2,1,0,0,0,0,0]]}");
    String imported = tiny.path("running.json");
    CommandRun brought =
        CommandRun.of(
            "import",
            tiny.path("problems/tiny.json"),
            "--map",
            tiny.path("map.json"),
            "-o",
            imported);
    assertEquals(ExitCode.SOLVED, brought.exitCode(), brought.err());

    CommandRun run =
        CommandRun.of("export", imported, "--for", "vllm-ascend", "-o", tiny.path("exports"));
    CommandRun other =
        CommandRun.of("export", imported, "--for", "sglang", "-o", tiny.path("exports"));

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains("layer 2 has expert 0 twice on rank 2"), run.err());
    assertFalse(tiny.has("exports/running/vllm-ascend/expert-map.json"));
    assertEquals(ExitCode.SOLVED, other.exitCode(), other.err());
  }

  @Test
  void importedMap_isEvaluatedWithoutADifference() {
    String solution = "solutions/qwen3-235b-decode-b200.json";
    CommandRun.of("export", solution, "--for", "sglang", "-o", folder.toString());
    String imported = folder.resolve("running.json").toString();
    String problem = "problems/qwen3-235b-decode-b200.json";
    String map = folder.resolve("qwen3-235b-decode-b200/sglang/expert-location.json").toString();
    CommandRun.of("import", problem, "--map", map, "--on", solution, "-o", imported);

    CommandRun evaluated = CommandRun.of("evaluate", problem, "--solution", imported, "--json");
    CommandRun original = CommandRun.of("evaluate", problem, "--solution", solution, "--json");

    assertEquals("", evaluated.err());
    assertEquals(original.out(), evaluated.out());
    CommandRun again = CommandRun.of("import", problem, "--map", map, "-o", imported);
    assertEquals(ExitCode.BAD_INPUT, again.exitCode());
  }

  @Test
  void hosts_areCalledAsTheClusterCallsThem() throws IOException {
    StringBuilder csv = new StringBuilder("node,host,clique\n");
    for (int domain = 0; domain < 4; domain++) {
      csv.append("rack-0/domain-").append(domain).append("/node-0,gpu").append(domain);
      csv.append(",clique-").append(domain / 2).append('\n');
    }
    Path hosts = folder.resolve("hosts.csv");
    Files.writeString(hosts, csv, StandardCharsets.UTF_8);
    CommandRun run =
        CommandRun.of(
            "export",
            "solutions/qwen3-235b-decode-b200.json",
            "--for",
            "slurm,kubernetes",
            "--hosts",
            hosts.toString(),
            "--image",
            "registry.example/engine:1",
            "-o",
            folder.toString());
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());

    Path files = folder.resolve("qwen3-235b-decode-b200");
    assertTrue(
        Files.readString(files.resolve("slurm/job.sbatch"))
            .contains("--nodelist=gpu0,gpu1,gpu2,gpu3"));
    String manifest = Files.readString(files.resolve("kubernetes/manifest.yaml"));
    assertTrue(manifest.contains("image: registry.example/engine:1"), manifest);
    assertTrue(manifest.contains("- clique-0\n"), manifest);
  }

  @Test
  void hostFile_hasItsColumnsInAnyOrder() throws IOException {
    Path hosts = folder.resolve("hosts.csv");
    StringBuilder csv = new StringBuilder("host,node\n");
    for (int domain = 0; domain < 4; domain++) {
      csv.append("gpu").append(domain).append(",rack-0/domain-").append(domain).append("/node-0\n");
    }
    Files.writeString(hosts, csv);
    CommandRun run =
        CommandRun.of(
            "export",
            "solutions/qwen3-235b-decode-b200.json",
            "--for",
            "slurm",
            "--hosts",
            hosts.toString(),
            "-o",
            folder.toString());
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
  }

  @Test
  void hosts_comeFromSlurmsTopology() throws IOException {
    Path hosts = folder.resolve("topology.conf");
    Files.writeString(
        hosts,
        """
        # The four hosts of one rack are one leaf.
        SwitchName=spine Switches=leaf
        SwitchName=leaf Nodes=gpu[08-10],other
        """);
    String[] export = {
      "export",
      "solutions/qwen3-235b-decode-b200.json",
      "--for",
      "slurm",
      "--hosts",
      hosts.toString(),
      "-o",
      folder.toString()
    };
    CommandRun run = CommandRun.of(export);
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    String job =
        Files.readString(folder.resolve("qwen3-235b-decode-b200").resolve("slurm/job.sbatch"));
    assertTrue(job.contains("--nodelist=gpu08,gpu09,gpu10,other"), job);

    Files.writeString(hosts, "BlockName=b Nodes=gpu[1-3]\n");
    CommandRun few = CommandRun.of(export);
    assertEquals(ExitCode.BAD_INPUT, few.exitCode());
    assertTrue(few.err().contains("blocks of [3] nodes"), few.err());
  }

  @Test
  void badHostFiles_areRefusedWithLineAndRemedy() throws IOException {
    for (String[] bad :
        List.of(
            new String[] {"host\na\n", "line 1: has columns host"},
            new String[] {"node,host\nrack-9/domain-0/node-0,a\n", "line 2: no node"},
            new String[] {"node,host\nrack-0/domain-0/node-0,a b\n", "was \"a b\""},
            new String[] {"node,host\nrack-0/domain-0/node-0,a\n", "has no line for"})) {
      Path hosts = folder.resolve("hosts.csv");
      Files.writeString(hosts, bad[0]);
      CommandRun run =
          CommandRun.of(
              "export",
              "solutions/qwen3-235b-decode-b200.json",
              "--for",
              "slurm",
              "--hosts",
              hosts.toString(),
              "-o",
              folder.toString());
      assertEquals(ExitCode.BAD_INPUT, run.exitCode());
      assertTrue(run.err().contains(bad[1]), run.err());
    }
  }

  @Test
  void secondExport_needsForce_andUnknownTargetsNameTheKnown() {
    String[] export = {
      "export", "solutions/gemma-3-27b-pipeline.json", "--for", "slurm", "-o", folder.toString()
    };
    assertEquals(ExitCode.SOLVED, CommandRun.of(export).exitCode());
    CommandRun again = CommandRun.of(export);
    assertEquals(ExitCode.BAD_INPUT, again.exitCode());
    assertTrue(again.err().contains("--force"), again.err());

    export[3] = "tgi";
    CommandRun unknown = CommandRun.of(export);
    assertEquals(ExitCode.BAD_INPUT, unknown.exitCode());
    assertTrue(unknown.err().contains("vllm-ascend"), unknown.err());
  }

  @Test
  void withoutExperts_exportsStagesThatAMapWouldForbid() {
    CommandRun run =
        CommandRun.of(
            "export",
            "solutions/kimi-k2-decode-h200.json",
            "--for",
            "sglang",
            "--without-experts",
            "-o",
            folder.toString());
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertFalse(Files.exists(folder.resolve("kimi-k2-decode-h200/sglang/expert-location.json")));
  }

  @Test
  void solutionOfOtherInputs_isRefused_unlessToldOtherwise() {
    TinyProblem tiny = new TinyProblem(folder);
    String problem = tiny.path("problems/tiny.json");
    CommandRun solved =
        CommandRun.of("solve", problem, "--steps", "10", "-o", tiny.path("solutions"));
    assertEquals(ExitCode.SOLVED, solved.exitCode(), solved.err());
    String[] export = {
      "export", tiny.path("solutions/tiny.json"), "--for", "slurm", "-o", tiny.path("exports")
    };
    tiny.write("models/tiny-moe.json", TinyProblem.MODEL + " ");
    CommandRun refused = CommandRun.of(export);
    assertEquals(ExitCode.BAD_INPUT, refused.exitCode());
    assertEquals(
        tiny.path("solutions/tiny.json")
            + ": was made from other inputs than "
            + tiny.path("problems/tiny.json")
            + " and its files now\n  Solve again, or export it all the same with --stale.\n",
        refused.err());
    assertFalse(tiny.has("exports"));
    String[] told = Arrays.copyOf(export, export.length + 1);
    told[export.length] = "--stale";
    assertEquals(ExitCode.SOLVED, CommandRun.of(told).exitCode());
    tiny.write("models/tiny-moe.json", TinyProblem.MODEL);
    assertEquals(
        ExitCode.BAD_INPUT, CommandRun.of(export).exitCode(), "an earlier export is there");
  }
}
