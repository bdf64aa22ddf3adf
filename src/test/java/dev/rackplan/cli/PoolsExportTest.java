package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rackplan.cli.ExportedPools.Row;
import dev.rackplan.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pools that serve together are exported as one deployment, which asks for the plan's GPUs. */
class PoolsExportTest {
  private static final String COMMITTED = "solutions/serving/deepseek-v3-serving-h100";
  private static final String ALL = "sglang,vllm,trtllm,slurm,kubernetes,llm-d,dynamo";

  private static final String PROBLEM =
      """
      {"name": "c", "model": "llama-3.1-70b", "topology": "topology.json",
       "workload": {"phase": "serving", "inputTokens": 3000, "outputTokens": 300, "requestsPerSecond": RATE},
       "precision": {"weights": "fp8"},
       "layout": {"prefill": {"attentionTensorParallel": 2, "expertParallel": 1, "pipelineStages": 1},
        "decode": {"attentionTensorParallel": DECODE, "expertParallel": 1, "pipelineStages": 1}},
       "limits": {"ttftMillis": 4000, "tpotMillis": 80}}
      """;

  @TempDir private Path folder;

  private Path exported(String name, String targets, String... files) {
    CommandRun run = export(targets, files);
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    return folder.resolve("out").resolve(name);
  }

  private CommandRun export(String targets, String... files) {
    List<String> words = new ArrayList<>(List.of("export"));
    words.addAll(List.of(files));
    words.addAll(List.of("--for", targets, "--engine", "sglang", "--force"));
    words.addAll(List.of("-o", folder.resolve("out").toString()));
    return CommandRun.of(words.toArray(String[]::new));
  }

  /** Solves a small pair; its decode file. */
  private String solved(String topology, int decodeTensor, int rate) throws IOException {
    Path problem = folder.resolve("c.json");
    Files.writeString(
        problem,
        PROBLEM
            .replace("DECODE", String.valueOf(decodeTensor))
            .replace("RATE", String.valueOf(rate)));
    Files.writeString(folder.resolve("topology.json"), topology);
    CommandRun run =
        CommandRun.of(
            "solve", problem.toString(), "-o", folder.resolve("s").toString(), "--steps", "20");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    return folder.resolve("s/c-decode.json").toString();
  }

  private static String hosts(int domains, int nodes, int gpus) {
    return """
        {"name": "t", "gpu": "h100-sxm", "racks": {"count": 1, "domainsPerRack": %d, "nodesPerDomain": %d, "gpusPerNode": %d}}
        """
        .formatted(domains, nodes, gpus);
  }

  /** GPUs of both plans. */
  private static int gpus(String decode) throws IOException {
    int gpus = 0;
    for (String file : List.of(decode, decode.replace("-decode", "-prefill"))) {
      JsonNode tree = new ObjectMapper().readTree(Path.of(file).toFile());
      for (JsonNode stage : tree.at("/plan/stages")) {
        gpus += stage.get("gpus").size();
      }
    }
    return gpus;
  }

  private void assertAsksFor(int gpus, Path files) throws IOException {
    String[] pools = {"prefill", "decode"};
    assertEquals(gpus, ExportedPools.gpusOfEngine(files.resolve("sglang"), pools));
    assertEquals(gpus, ExportedPools.gpusOfEngine(files.resolve("vllm"), pools));
    assertEquals(
        gpus,
        ExportedPools.gpusOfHostFiles(files.resolve("trtllm/prefill"))
            + ExportedPools.gpusOfHostFiles(files.resolve("trtllm/decode")));
    assertEquals(gpus, ExportedPools.gpusOfJob(files.resolve("slurm")));
    for (String target : List.of("kubernetes", "llm-d", "dynamo")) {
      assertEquals(gpus, ExportedPools.gpusOfPods(files.resolve(target)), target);
    }
  }

  @Test
  void committedPair_asksForThePlansGpus() throws IOException {
    Path files = exported("deepseek-v3-serving-h100", ALL, COMMITTED + "-prefill.json");
    int gpus = gpus(COMMITTED + "-decode.json");
    assertTrue(gpus > 32, "several instances");
    assertAsksFor(gpus, files);
  }

  // A job of equal hosts would ask for more.
  @Test
  void pairOnUnequalHosts_asksForThePlansGpus() throws IOException {
    String decode = solved(hosts(2, 1, 8), 4, 14);
    Path files = exported("c", ALL, decode);
    assertAsksFor(gpus(decode), files);
    String job = Files.readString(files.resolve("slurm/job.sbatch"));
    assertTrue(job.contains("#SBATCH hetjob\n"), job);
    assertTrue(job.contains("srun --het-group=0 --nodes=1") && job.contains("--het-group=1"), job);
    assertTrue(
        job.contains(" hosts-decode-replica-0.txt 4 --het-group=1 \"$@\""),
        "a replica runs in the component that has its hosts");
  }

  // The nearest peer's launch files ask 40 GPUs of 32.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-3.1-405b-decode-h100",
        "kimi-k2-decode-h200",
        "deepseek-v3-decode-gb200-x4"
      })
  void solutionWithoutPools_asksForThePlansGpus(String name) throws IOException {
    String solution = "solutions/" + name + ".json";
    Path files = exported(name, "sglang,slurm,kubernetes", solution);
    JsonNode tree = new ObjectMapper().readTree(Path.of(solution).toFile());
    int gpus = 0;
    for (JsonNode stage : tree.at("/plan/stages")) {
      gpus += stage.get("gpus").size();
    }
    assertEquals(gpus, ExportedPools.gpusOfEngine(files.resolve("sglang"), "."));
    assertEquals(gpus, ExportedPools.gpusOfJob(files.resolve("slurm")));
    assertEquals(gpus, ExportedPools.gpusOfPods(files.resolve("kubernetes")));
  }

  @Test
  void bothFilesOfAPair_areOneDeployment() {
    String once = export("vllm", COMMITTED + "-decode.json").out();
    assertEquals(
        once, export("vllm", COMMITTED + "-prefill.json", COMMITTED + "-decode.json").out());
    assertTrue(once.contains("deepseek-v3-serving-h100/vllm/router.sh"), once);
  }

  /** What a script would run, a line each. */
  private List<String> dry(Path script, String... arguments) throws Exception {
    List<String> words = new ArrayList<>(List.of("bash", script.toString()));
    words.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().putAll(Map.of("MODEL", "m", "DRY_RUN", "1"));
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), out);
    return out.lines().toList();
  }

  @Test
  void poolsOnOneHost_takeDifferentPortsAndGpus() throws Exception {
    String decode = solved(hosts(1, 1, 16), 2, 8);
    Path files = exported("c", "sglang,vllm", decode);
    String host = ExportedPools.rows(files.resolve("sglang/prefill")).get(0).host();
    List<String> sglang = dry(files.resolve("sglang/launch.sh"), host);
    List<String> vllm = dry(files.resolve("vllm/launch.sh"), host);
    assertEquals(gpus(decode) / 2, sglang.size());
    Set<String> devices = new HashSet<>();
    Set<String> ports = new HashSet<>();
    Set<String> caches = new HashSet<>();
    for (int i = 0; i < sglang.size(); i++) {
      devices.add(word(sglang.get(i), "CUDA_VISIBLE_DEVICES="));
      ports.add(word(sglang.get(i), "--port "));
      caches.add(word(vllm.get(i), "VLLM_NIXL_SIDE_CHANNEL_PORT="));
      assertEquals(word(sglang.get(i), "--port "), word(vllm.get(i), "--port "));
    }
    assertEquals(sglang.size(), devices.size());
    assertEquals(sglang.size(), ports.size());
    assertEquals(sglang.size(), caches.size());
  }

  private static String word(String line, String before) {
    int start = line.indexOf(before) + before.length();
    assertNotEquals(before.length() - 1, start, before + " in " + line);
    return line.substring(start).split(" ")[0];
  }

  @Test
  void sglang_handsCachesOverWhereItsRouterSays() throws Exception {
    Path files = exported("deepseek-v3-serving-h100", "sglang", COMMITTED + "-decode.json");
    Path sglang = files.resolve("sglang");
    List<Row> prefill = ExportedPools.rows(sglang.resolve("prefill"));
    List<Row> decode = ExportedPools.rows(sglang.resolve("decode"));
    String router = dry(sglang.resolve("router.sh"), "31000").get(0) + " ";
    assertTrue(router.contains(" --pd-disaggregation ") && router.contains(" --port 31000 "));
    for (String head : heads(prefill)) {
      String[] parts = head.split(" ");
      int port = Integer.parseInt(parts[1]);
      String url = "http://" + parts[0] + ":" + (port + 7);
      assertTrue(router.contains(" --prefill " + url + " " + (port + 8) + " "), router);
      String start = dry(sglang.resolve("launch.sh"), parts[0]).get(0);
      assertEquals(String.valueOf(port + 8), word(start, "--disaggregation-bootstrap-port "));
      assertTrue(start.contains("--disaggregation-mode prefill"), start);
      assertTrue(start.contains("--deepep-mode normal"), start);
    }
    for (String head : heads(decode)) {
      String[] parts = head.split(" ");
      String url = "http://" + parts[0] + ":" + (Integer.parseInt(parts[1]) + 7);
      assertTrue(router.contains(" --decode " + url + " "), router);
      String start = dry(sglang.resolve("launch.sh"), parts[0]).get(0);
      assertTrue(start.contains("--disaggregation-mode decode"), start);
      assertTrue(start.contains("--deepep-mode low_latency"), start);
      assertFalse(start.contains("bootstrap-port"), start);
    }
  }

  private static Set<String> heads(List<Row> rows) {
    Set<String> heads = new TreeSet<>();
    rows.forEach(row -> heads.add(row.head() + " " + row.port()));
    return heads;
  }

  @Test
  void vllm_producesInOnePoolAndConsumesInTheOther() throws Exception {
    Path vllm =
        exported("deepseek-v3-serving-h100", "vllm", COMMITTED + "-decode.json").resolve("vllm");
    Row prefill = ExportedPools.rows(vllm.resolve("prefill")).get(0);
    Row decode = ExportedPools.rows(vllm.resolve("decode")).get(0);
    String producer = dry(vllm.resolve("launch.sh"), prefill.host()).get(0).replace("\\", "");
    String consumer = dry(vllm.resolve("launch.sh"), decode.host()).get(0).replace("\\", "");
    assertTrue(producer.contains("\"NixlConnector\", \"kv_role\": \"kv_producer\""), producer);
    assertTrue(consumer.contains("\"NixlConnector\", \"kv_role\": \"kv_consumer\""), consumer);
    assertEquals(prefill.host(), word(producer, "VLLM_NIXL_SIDE_CHANNEL_HOST="));
    String router = dry(vllm.resolve("router.sh")).get(0);
    assertTrue(router.contains("--prefill http://" + prefill.head() + ":" + (prefill.port() + 7)));
    assertTrue(router.contains("--decode http://" + decode.head() + ":" + (decode.port() + 7)));
  }

  @Test
  void tensorRt_namesContextAndGenerationServers() throws IOException {
    Path trt =
        exported("deepseek-v3-serving-h100", "trtllm", COMMITTED + "-decode.json")
            .resolve("trtllm");
    String pools = Files.readString(trt.resolve("pools.yaml"));
    String first = Files.readAllLines(trt.resolve("prefill/hosts-replica-0.txt")).get(0);
    assertTrue(pools.contains("context_servers:\n  num_instances: 3\n"), pools);
    assertTrue(pools.contains("generation_servers:\n  num_instances: 2\n"), pools);
    assertTrue(pools.contains("- " + first + ":20000\n"), pools);
    assertTrue(Files.readString(trt.resolve("decode/launch.sh")).contains("$((20003 + replica))"));
    String context = Files.readString(trt.resolve("prefill/config.yaml"));
    String generation = Files.readString(trt.resolve("decode/config.yaml"));
    assertTrue(context.contains("disable_overlap_scheduler: true"), context);
    assertFalse(generation.contains("disable_overlap_scheduler"), generation);
    // Prompts of 2,000 tokens.
    assertTrue(context.contains("max_tokens_in_buffer: 2000\n"), context);
    assertTrue(generation.contains("max_tokens_in_buffer: 2000\n"), generation);
  }

  @Test
  void kubernetes_leadsRequestsToTheRouter() throws IOException {
    Path files =
        exported("deepseek-v3-serving-h100", "kubernetes", COMMITTED + "-decode.json")
            .resolve("kubernetes");
    List<JsonNode> objects = ExportedPools.objects(files);
    List<String> kinds = objects.stream().map(object -> object.at("/kind").textValue()).toList();
    assertEquals(
        List.of(
            "ConfigMap",
            "LeaderWorkerSet",
            "ConfigMap",
            "LeaderWorkerSet",
            "ConfigMap",
            "Deployment",
            "Service"),
        kinds);
    String script = objects.get(4).at("/data/router.sh").textValue();
    String pods = "deepseek-v3-serving-h100-prefill-stage-0";
    assertTrue(script.contains("--prefill http://" + pods + "-2." + pods + ":20007 20008"), script);
    assertEquals(
        objects.get(5).at("/spec/template/metadata/labels"), objects.get(6).at("/spec/selector"));
    assertEquals(
        "prefill",
        objects
            .get(1)
            .at("/spec/leaderWorkerTemplate/workerTemplate/metadata/labels/llm-d.ai~1role")
            .textValue());
  }

  // One rack of trays with four GPUs: caches and expert traffic stay on NVLink.
  @Test
  void poolsInOneNvlinkDomain_shareAComputeDomain() throws Exception {
    String topology =
        hosts(1, 4, 4).replace("h100-sxm", "gb200").replace("\"name\": \"t\"", "\"name\": \"g\"");
    String decode = solved(topology, 2, 40);
    Path files = exported("c", "sglang,vllm,trtllm,kubernetes", decode);
    List<JsonNode> objects = ExportedPools.objects(files.resolve("kubernetes"));
    List<JsonNode> domains =
        objects.stream().filter(o -> o.at("/kind").textValue().equals("ComputeDomain")).toList();
    assertEquals(1, domains.size());
    Set<String> nodes = new HashSet<>();
    for (String pool : List.of("prefill", "decode")) {
      ExportedPools.rows(files.resolve("sglang").resolve(pool)).forEach(r -> nodes.add(r.host()));
    }
    assertTrue(nodes.size() > 1);
    assertEquals(nodes.size(), domains.get(0).at("/spec/numNodes").intValue());
    for (JsonNode object : objects) {
      if (object.at("/kind").textValue().equals("LeaderWorkerSet")) {
        JsonNode pod = object.at("/spec/leaderWorkerTemplate/workerTemplate/spec");
        assertEquals(
            domains.get(0).at("/spec/channel/resourceClaimTemplate/name"),
            pod.at("/resourceClaims/0/resourceClaimTemplateName"));
        assertTrue(pod.at("/containers/0/resources/limits/rdma~1ib").isMissingNode());
      }
    }
    String start = Files.readString(files.resolve("sglang/decode/launch.sh"));
    assertTrue(start.contains("SGLANG_MOONCAKE_CUSTOM_MEM_POOL=NVLINK MC_FORCE_MNNVL=True"), start);
    assertTrue(
        Files.readString(files.resolve("vllm/decode/launch.sh"))
            .contains("--enable-cumem-allocator"));
    assertTrue(
        Files.readString(files.resolve("trtllm/decode/launch.sh"))
            .contains("-x UCX_CUDA_IPC_ENABLE_MNNVL=y"));
  }

  @ParameterizedTest
  @CsvSource({"vllm-ascend,connects no prefill and decode pools", "megatron,Megatron-LM trains"})
  void enginesThatServeNoPairs_refuseThem(String target, String reason) {
    CommandRun run = export(target, COMMITTED + "-decode.json");
    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains(reason), run.err());
  }

  @Test
  void pairOfTwoSolutions_isSaidByItsOption() throws IOException {
    String[] two = {
      "solutions/deepseek-v3-prefill-h100.json", "solutions/deepseek-v3-decode-gb200.json"
    };
    Path apart = exported("deepseek-v3-prefill-h100", "vllm", two);
    assertFalse(Files.readString(apart.resolve("vllm/launch.sh")).contains("kv-transfer"));
    List<String> words =
        new ArrayList<>(List.of("export", two[1], two[0], "--pair", "--for", "vllm", "-o"));
    words.add(folder.resolve("pair").toString());
    CommandRun run = CommandRun.of(words.toArray(String[]::new));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    Path script = folder.resolve("pair/deepseek-v3-decode-gb200/vllm/router.sh").toAbsolutePath();
    String router = Files.readString(script);
    // Two topologies, whose nodes have equal places.
    assertTrue(router.contains("--prefill http://prefill-rack-0-domain-0-node-0:"), router);
    assertTrue(router.contains("--decode http://decode-rack-0-domain-0-node-0:"), router);

    CommandRun wrong =
        CommandRun.of("export", two[1], two[1], "--pair", "--for", "vllm", "-o", "unused");
    assertEquals(ExitCode.BAD_INPUT, wrong.exitCode());
    assertTrue(wrong.err().contains("2 solutions, one twice"), wrong.err());
    String here =
        Path.of("").toAbsolutePath().relativize(Path.of(two[1]).toAbsolutePath()).toString();
    String absolute = Path.of(two[1]).toAbsolutePath().toString();
    wrong = CommandRun.of("export", here, absolute, "--pair", "--for", "vllm", "-o", "unused");
    assertTrue(wrong.err().contains("2 solutions, one twice"), wrong.err());
    CommandRun readers =
        CommandRun.of(
            "export",
            two[0],
            "solutions/deepseek-v3-prefill-topics-h100.json",
            "--pair",
            "--for",
            "vllm",
            "-o",
            "unused");
    assertEquals(ExitCode.BAD_INPUT, readers.exitCode());
    assertTrue(readers.err().contains("plans for prefill and prefill"), readers.err());
  }

  // What `plan` writes may have two sizes of a pool: schedulers get all of them in one deployment.
  @Test
  void poolsOfSeveralSizes_areOneDeployment() throws IOException {
    List<String> words = new ArrayList<>(List.of("export", "--pair", "--for", "kubernetes,dynamo"));
    words.addAll(List.of("--engine", "sglang", "--without-experts", "-o"));
    words.add(folder.resolve("out").toString());
    String planned = folder.resolve("planned").toString();
    for (int gpus : new int[] {1, 2}) {
      for (String role : List.of("prefill", "decode")) {
        String to = planned + "-" + gpus;
        if (!Files.exists(Path.of(to))) {
          CommandRun run =
              CommandRun.of(
                  ("plan --model llama-3.1-8b --gpu h100 --isl 1000 --osl 200 --tpot 20ms"
                          + " --mode disaggregated --gpus "
                          + 2 * gpus
                          + " --write "
                          + to)
                      .split(" "));
          assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
        }
        words.add(to + "/" + role + "-solution.json");
      }
    }

    CommandRun run = CommandRun.of(words.toArray(String[]::new));

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    String graph = Files.readString(folder.resolve("out/pools/dynamo/manifest.yaml"));
    for (String pool : List.of("prefill", "prefill-2", "decode", "decode-2")) {
      assertTrue(graph.contains("- name: " + pool + "\n"), pool + " in " + graph);
    }
    assertEquals(2, graph.split("type: prefill\n", -1).length - 1, graph);
    String sets = Files.readString(folder.resolve("out/pools/kubernetes/manifest.yaml"));
    assertTrue(sets.contains("name: pools-decode-2-stage-0"), sets);
    assertTrue(sets.contains("--prefill http://pools-prefill-2-stage-0"), sets);
  }

  @Test
  void router_waitsForInstancesAndSaysWhichIsMissing() throws Exception {
    Path script =
        exported("deepseek-v3-serving-h100", "vllm", COMMITTED + "-decode.json")
            .resolve("vllm/router.sh");
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Path python = bin.resolve("python3");
    Files.writeString(python, "#!/usr/bin/env bash\nexit 1\n");
    assertTrue(python.toFile().setExecutable(true));
    ProcessBuilder builder =
        new ProcessBuilder("bash", script.toString()).redirectErrorStream(true);
    builder.environment().put("WAIT_SECONDS", "-1");
    builder.environment().put("PATH", bin + ":" + System.getenv("PATH"));
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(1, process.exitValue());
    assertTrue(out.contains("rack-0-domain-0-node-0:20007 does not answer"), out);
  }

  @Test
  void equalInstances_haveARouter_oneHasNone() throws Exception {
    Path two =
        exported("llama-3.1-405b-decode-h100", "vllm", "solutions/llama-3.1-405b-decode-h100.json");
    List<Row> rows = ExportedPools.rows(two.resolve("vllm"));
    String router = dry(two.resolve("vllm/router.sh")).get(0);
    for (String head : heads(rows)) {
      String[] parts = head.split(" ");
      assertTrue(
          router.contains("http://" + parts[0] + ":" + (Integer.parseInt(parts[1]) + 7)), router);
    }
    Path one = exported("kimi-k2-decode-h200", "sglang", "solutions/kimi-k2-decode-h200.json");
    try (Stream<Path> files = Files.list(one.resolve("sglang"))) {
      assertFalse(files.anyMatch(file -> file.endsWith("router.sh")));
    }
  }
}
