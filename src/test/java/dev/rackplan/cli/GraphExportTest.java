package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rackplan.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * Manifests for Dynamo and llm-d, held by hand against what their operator and router read.
 * Sources: ai-dynamo/dynamo {@code deploy/operator/api/v1beta1} and {@code examples/backends};
 * llm-d/llm-d {@code guides/pd-disaggregation} and {@code guides/wide-ep-lws};
 * NVIDIA/k8s-dra-driver-gpu {@code demo/specs/imex/channel-injection.yaml}.
 */
class GraphExportTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SPREAD = "solutions/qwen3-235b-decode-b200.json";

  @TempDir private Path folder;

  // One rack of trays with four GPUs; decode's instances span two trays.
  private Path pair(String engine, String targets) throws IOException {
    Files.writeString(
        folder.resolve("topology.json"),
        """
        {"name": "g", "gpu": "gb200", "racks": {"count": 1, "domainsPerRack": 1, "nodesPerDomain": 4, "gpusPerNode": 4}}
        """);
    Path problem = folder.resolve("c.json");
    Files.writeString(
        problem,
        """
        {"name": "c", "model": "llama-3.1-70b", "topology": "topology.json",
         "workload": {"phase": "serving", "inputTokens": 3000, "outputTokens": 300, "requestsPerSecond": 20},
         "precision": {"weights": "fp8"},
         "layout": {"prefill": {"attentionTensorParallel": 4, "expertParallel": 1, "pipelineStages": 1},
          "decode": {"attentionTensorParallel": 8, "expertParallel": 1, "pipelineStages": 1}},
         "limits": {"ttftMillis": 4000, "tpotMillis": 80}}
        """);
    String solutions = folder.resolve("s").toString();
    CommandRun solved =
        CommandRun.of("solve", problem.toString(), "-o", solutions, "--steps", "20");
    assertEquals(ExitCode.SOLVED, solved.exitCode(), solved.err());
    String out = folder.resolve(engine).toString();
    String decode = solutions + "/c-decode.json";
    CommandRun run =
        CommandRun.of("export", decode, "--for", targets, "--engine", engine, "-o", out);
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    return folder.resolve(engine).resolve("c");
  }

  private static JsonNode only(List<JsonNode> objects, String kind) {
    List<JsonNode> found =
        objects.stream().filter(one -> one.at("/kind").textValue().equals(kind)).toList();
    assertEquals(1, found.size(), kind);
    return found.get(0);
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(text -> texts.add(text.textValue()));
    return texts;
  }

  private static String after(List<String> words, String flag) {
    assertTrue(words.contains(flag), flag + " in " + words);
    return words.get(words.indexOf(flag) + 1);
  }

  private static Set<String> names(JsonNode list) {
    Set<String> names = new HashSet<>();
    list.forEach(one -> names.add(one.at("/name").textValue()));
    return names;
  }

  @Test
  void dynamoWithSglang_leavesTheRanksToTheOperator() throws IOException {
    List<JsonNode> objects = ExportedPools.objects(pair("sglang", "dynamo").resolve("dynamo"));
    JsonNode spec = only(objects, "DynamoGraphDeployment").at("/spec");
    JsonNode claim = only(objects, "ComputeDomain").at("/spec/channel/resourceClaimTemplate/name");

    assertEquals("sglang", spec.at("/backendFramework").textValue());
    assertEquals(Set.of("frontend", "prefill", "decode"), names(spec.at("/components")));
    for (JsonNode component : spec.at("/components")) {
      String name = component.at("/name").textValue();
      JsonNode pod = component.at("/podTemplate/spec");
      List<String> words = texts(pod.at("/containers/0/args"));
      assertEquals(name, component.at("/type").textValue());
      assertEquals("main", pod.at("/containers/0/name").textValue());
      if (name.equals("frontend")) {
        assertEquals("8000", after(words, "--http-port"));
        continue;
      }
      assertEquals(
          List.of("python3", "-m", "dynamo.sglang"), texts(pod.at("/containers/0/command")));
      assertEquals("/model", after(words, "--model-path"));
      assertEquals("llama-3.1-70b", after(words, "--served-model-name"));
      assertEquals(name, after(words, "--disaggregation-mode"));
      assertEquals("nixl", after(words, "--disaggregation-transfer-backend"));
      assertEquals(name.equals("prefill") ? "4" : "8", after(words, "--tp-size"));
      // The operator adds these (backend_sglang.go).
      for (String flag : List.of("--nnodes", "--node-rank", "--dist-init-addr")) {
        assertTrue(!words.contains(flag), flag);
      }
      assertEquals(name.equals("prefill") ? 1 : 2, component.at("/multinode/nodeCount").asInt(1));
      assertEquals(4, pod.at("/containers/0/resources/limits/nvidia.com~1gpu").intValue());
      assertEquals(claim, pod.at("/resourceClaims/0/resourceClaimTemplateName"));
      assertEquals(
          pod.at("/resourceClaims/0/name"), pod.at("/containers/0/resources/claims/0/name"));
      assertEquals("UCX_CUDA_IPC_ENABLE_MNNVL", pod.at("/containers/0/env/0/name").textValue());
      assertEquals(
          names(pod.at("/containers/0/volumeMounts")), names(pod.at("/volumes")), "mounted");
    }
  }

  @Test
  void dynamoWithTensorRt_hasTheDegreesInItsConfig() throws IOException {
    List<JsonNode> objects =
        ExportedPools.objects(pair("tensorrt-llm", "dynamo").resolve("dynamo"));
    JsonNode spec = only(objects, "DynamoGraphDeployment").at("/spec");

    assertEquals("trtllm", spec.at("/backendFramework").textValue());
    for (String pool : List.of("prefill", "decode")) {
      JsonNode map =
          objects.stream()
              .filter(one -> one.at("/metadata/name").textValue().equals("c-" + pool + "-plan"))
              .findFirst()
              .orElseThrow();
      JsonNode config =
          JSON.valueToTree(
              new Yaml(new SafeConstructor(new LoaderOptions()))
                  .load(map.at("/data/config.yaml").textValue()));
      assertEquals(pool.equals("prefill") ? 4 : 8, config.at("/tensor_parallel_size").intValue());
      assertEquals("DEFAULT", config.at("/cache_transceiver_config/backend").textValue());
      assertEquals(pool.equals("prefill"), config.has("disable_overlap_scheduler"));
    }
    JsonNode decode = spec.at("/components/2/podTemplate/spec");
    List<String> words = texts(decode.at("/containers/0/args"));
    assertEquals("/plan/config.yaml", after(words, "--extra-engine-args"));
    assertEquals("decode", after(words, "--disaggregation-mode"));
    assertEquals("c-decode-plan", decode.at("/volumes/0/configMap/name").textValue());
  }

  // Both pools name the connector; hosts, ranks and addresses are the operator's (backend_vllm.go).
  @Test
  void dynamoWithVllm_namesTheConnector_andLeavesTheRanksToTheOperator() throws IOException {
    List<JsonNode> objects = ExportedPools.objects(pair("vllm", "dynamo").resolve("dynamo"));
    JsonNode spec = only(objects, "DynamoGraphDeployment").at("/spec");

    assertEquals("vllm", spec.at("/backendFramework").textValue());
    for (String pool : List.of("prefill", "decode")) {
      JsonNode component = spec.at("/components/" + (pool.equals("prefill") ? 1 : 2));
      JsonNode container = component.at("/podTemplate/spec/containers/0");
      List<String> words = texts(container.at("/args"));
      assertEquals(pool, component.at("/type").textValue());
      assertEquals(
          "nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.5.1", container.at("/image").textValue());
      assertEquals(List.of("python3", "-m", "dynamo.vllm"), texts(container.at("/command")));
      assertEquals("/model", after(words, "--model"));
      assertEquals(pool, after(words, "--disaggregation-mode"));
      assertEquals(pool.equals("prefill") ? "4" : "8", after(words, "--tensor-parallel-size"));
      JsonNode connector = JSON.readTree(after(words, "--kv-transfer-config"));
      assertEquals("NixlConnector", connector.at("/kv_connector").textValue());
      for (String flag : List.of("--nnodes", "--node-rank", "--master-addr", "--port")) {
        assertTrue(!words.contains(flag), flag);
      }
      assertEquals(pool.equals("prefill") ? 1 : 2, component.at("/multinode/nodeCount").asInt(1));
    }
  }

  private CommandRun spreadExperts(String engine) {
    return CommandRun.of(
        "export", SPREAD, "--for", "dynamo", "--engine", engine, "-o", folder.toString());
  }

  // Experts spread over attention ranks; what is between quotes is one argument.
  @Test
  void dynamoWithVllm_tellsRanksAndBalancing() throws IOException {
    CommandRun run = spreadExperts("vllm");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    Path files = folder.resolve("qwen3-235b-decode-b200/dynamo");
    JsonNode component =
        only(ExportedPools.objects(files), "DynamoGraphDeployment").at("/spec/components/1");
    List<String> words = texts(component.at("/podTemplate/spec/containers/0/args"));
    JsonNode layout = JSON.readTree(Path.of(SPREAD).toFile()).at("/plan/layout");
    int ranks =
        layout.at("/expertParallel").intValue() / layout.at("/attentionTensorParallel").intValue();
    assertEquals(String.valueOf(ranks), after(words, "--data-parallel-size"));
    assertTrue(words.contains("--enable-expert-parallel"), words.toString());
    assertEquals(
        layout.at("/redundantExperts").intValue(),
        JSON.readTree(after(words, "--eplb-config")).at("/num_redundant_experts").intValue());
    assertTrue(Files.readString(files.resolve("README.md")).contains("no expert map"));
  }

  @Test
  void dynamo_refusesWhatItHasNoWorkerFor() {
    CommandRun run = spreadExperts("vllm-ascend");
    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains("sglang, vllm or tensorrt-llm"), run.err());
  }

  // The router sends to the pods of its labels and port; the side container stands there before an
  // engine that decodes, and leads to its port.
  @Test
  void llmD_sendsToFirstPods_throughTheSideContainerOfDecode() throws IOException {
    Path files = pair("vllm", "llm-d").resolve("llm-d");
    JsonNode router =
        JSON.valueToTree(
                new Yaml(new SafeConstructor(new LoaderOptions()))
                    .load(Files.readString(files.resolve("router-values.yaml"))))
            .at("/router");
    int port = router.at("/modelServers/targetPorts/0/number").intValue();
    JsonNode labels = router.at("/modelServers/matchLabels");
    for (JsonNode object : ExportedPools.objects(files)) {
      if (!object.at("/kind").textValue().equals("LeaderWorkerSet")) {
        continue;
      }
      JsonNode template = object.at("/spec/leaderWorkerTemplate");
      JsonNode pod = template.at("/leaderTemplate");
      labels
          .fields()
          .forEachRemaining(
              label -> {
                assertEquals(label.getValue(), pod.at("/metadata/labels").get(label.getKey()));
                assertTrue(!template.at("/workerTemplate/metadata/labels").has(label.getKey()));
              });
      String role = pod.at("/metadata/labels/llm-d.ai~1role").textValue();
      JsonNode engine = pod.at("/spec/containers/0");
      int own = engine.at("/readinessProbe/httpGet/port").intValue();
      assertEquals(own, engine.at("/ports/0/containerPort").intValue());
      if (role.equals("prefill")) {
        assertEquals(port, own);
        assertTrue(pod.at("/spec/initContainers").isMissingNode());
        continue;
      }
      JsonNode side = pod.at("/spec/initContainers/0");
      assertEquals("routing-proxy", side.at("/name").textValue());
      assertEquals("Always", side.at("/restartPolicy").textValue());
      assertEquals(
          List.of(
              "--port=" + port, "--vllm-port=" + own, "--connector=nixlv2", "--secure-proxy=false"),
          texts(side.at("/args")));
      assertEquals(2, template.at("/size").intValue());
      assertTrue(template.at("/workerTemplate/spec/initContainers").isMissingNode());
    }
    String start =
        ExportedPools.objects(files).stream()
            .filter(one -> one.at("/metadata/name").textValue().equals("c-decode-plan"))
            .findFirst()
            .orElseThrow()
            .at("/data/start.sh")
            .textValue();
    assertTrue(start.contains("port=" + (port + 10 - 7) + "\n"), start);
    assertTrue(start.contains("--port \"$((port + 7))\""), start);
    String plugins = router.at("/epp/pluginsCustomConfig/pools.yaml").textValue();
    assertEquals("pools.yaml", router.at("/epp/pluginsConfigFile").textValue());
    assertTrue(plugins.contains("disagg-profile-handler"), plugins);
  }
}
