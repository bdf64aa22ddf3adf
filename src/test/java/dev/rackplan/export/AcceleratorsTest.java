package dev.rackplan.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.baseline.UsualPlan;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.MoeCommunication;
import dev.rackplan.problem.Pool;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What launch files call each maker's accelerators, and which are not written. */
class AcceleratorsTest {
  private static final Layout DENSE = Layout.of(Map.of(Degree.ATTENTION_TENSOR_PARALLEL, 4));

  private static final Layout SENDING =
      Layout.of(Map.of(Degree.ATTENTION_TENSOR_PARALLEL, 1, Degree.EXPERT_PARALLEL, 8))
          .with(Degree.MOE_COMMUNICATION, MoeCommunication.ALL_TO_ALL.ordinal())
          .withSequences(8);

  @TempDir private Path folder;

  /** Two hosts in one domain, or in one each where they have other GPUs. */
  private Deployment deployment(
      String engine,
      String model,
      String phase,
      int context,
      List<String> hosts,
      int perHost,
      Layout layout) {
    String nodes =
        hosts.stream()
            .distinct()
            .map(
                gpu ->
                    "{'name': '%s', 'gpu': '%s', 'domains': [{'nodes': %d, 'gpusPerNode': %d}]}"
                        .formatted(gpu, gpu, hosts.stream().filter(gpu::equals).count(), perHost))
            .collect(Collectors.joining(", "));
    TinyProblem tiny = new TinyProblem(folder);
    tiny.write(
        "topologies/t.json",
        "{'name': 't', 'racks': [NODES]}".replace("NODES", nodes).replace('\'', '"'));
    tiny.write(
        "problems/p.json",
        """
        {'name': 'p', 'model': '%s', 'topology': '../topologies/t.json', 'engine': {'name': '%s'},
         'workload': {'phase': '%s', 'contextTokens': %d, 'concurrentSequences': 8
           ROUTING}}
        """
            .replace("ROUTING", model.contains("-a") ? ", 'routing': {'uneven': {'seed': 1}}" : "")
            .formatted(model, engine, phase, context)
            .replace('\'', '"'));
    Path file = folder.resolve("problems/p.json");
    Problem problem = ProblemFile.read(file, file.toString());
    return new Deployment(
        "p",
        problem,
        UsualPlan.inOrder(problem, layout),
        HostNames.byPlace(),
        false,
        Optional.empty());
  }

  private static String text(ExportTarget target, Deployment deployment) {
    return target.files(deployment).stream().map(ExportedFile::text).collect(Collectors.joining());
  }

  private static void refused(String fault, Runnable written) {
    ExportRefusal refusal = assertThrows(ExportRefusal.class, written::run);
    assertTrue(refusal.getMessage().contains(fault), refusal.getMessage());
  }

  private Deployment dense(String engine, String gpu, int hosts, int perHost) {
    return deployment(
        engine, "llama-3.1-8b", "decode", 4000, Collections.nCopies(hosts, gpu), perHost, DENSE);
  }

  private Deployment sending(String engine, String gpu, String phase, int context) {
    return deployment(engine, "qwen3-30b-a3b", phase, context, List.of(gpu), 8, SENDING);
  }

  @ParameterizedTest
  @CsvSource({
    "vllm,   h100-sxm, nvidia.com/gpu, vllm/vllm-openai:v",
    "sglang, h100-sxm, nvidia.com/gpu, lmsysorg/sglang:v",
    "vllm,   mi300x,   amd.com/gpu,    vllm/vllm-openai-rocm:v",
  })
  void pods_askForTheMakersResource(String engine, String gpu, String resource, String image) {
    String manifest = text(ExportTarget.KUBERNETES, dense(engine, gpu, 1, 8));
    assertTrue(manifest.contains(resource + ": 4"), manifest);
    assertTrue(manifest.contains("image: " + image), manifest);
    assertTrue(manifest.contains("a device plugin that offers `" + resource + "`"), manifest);
    assertEquals(gpu.equals("h100-sxm"), manifest.contains("plan's\nNVLink domains"));
  }

  @Test
  void images_ofUnknownName_areAskedFor() {
    refused(
        "depends on the maker's libraries",
        () -> ExportTarget.KUBERNETES.files(dense("sglang", "mi300x", 1, 8)));
    refused(
        "Dynamo's images are built for NVIDIA's GPUs",
        () -> ExportTarget.DYNAMO.files(dense("vllm", "mi300x", 1, 8)));
  }

  @Test
  void makers_areNotMixed() {
    Deployment mixed =
        deployment("vllm", "llama-3.1-8b", "decode", 4000, List.of("h100-sxm", "mi300x"), 2, DENSE);
    refused("accelerators of AMD and NVIDIA", () -> ExportTarget.VLLM.files(mixed));
    refused("accelerators of AMD and NVIDIA", () -> ExportTarget.KUBERNETES.files(mixed));
  }

  @Test
  void hostsOfTpus_areStartedByRay() {
    assertTrue(
        text(ExportTarget.VLLM, dense("vllm", "tpu-v6e", 1, 4)).contains("TPU_VISIBLE_CHIPS"));
    refused("is started by Ray", () -> ExportTarget.VLLM.files(dense("vllm", "tpu-v6e", 2, 2)));
  }

  @ParameterizedTest
  @CsvSource({
    "vllm,   h100-sxm,    decode,  --all2all-backend deepep_low_latency",
    "vllm,   mi300x,      decode,  --all2all-backend mori_low_latency",
    "vllm,   mi300x,      prefill, --all2all-backend mori_high_throughput",
    "sglang, h100-sxm,    decode,  --moe-a2a-backend deepep",
    "sglang, mi300x,      decode,  --moe-a2a-backend mori",
    "sglang, ascend-910c, decode,  --moe-a2a-backend deepep",
  })
  void tokens_areSentByTheMakersLibrary(String engine, String gpu, String phase, String flag) {
    ExportTarget target = engine.equals("vllm") ? ExportTarget.VLLM : ExportTarget.SGLANG;
    String script = text(target, sending(engine, gpu, phase, 4000));
    assertTrue(script.contains(flag), script);
  }

  // MoRI takes 4,096 tokens a rank unless it is told of more.
  @ParameterizedTest
  @CsvSource({"mi300x, 4000, false", "mi300x, 9000, true", "h100-sxm, 9000, false"})
  void mori_isToldOfLongChunks(String gpu, int prompt, boolean told) {
    assertEquals(
        told,
        text(ExportTarget.SGLANG, sending("sglang", gpu, "prefill", prompt))
            .contains("SGLANG_MORI_NUM_MAX_DISPATCH_TOKENS_PER_RANK="));
  }

  @ParameterizedTest
  @CsvSource({"ascend-910c, ascend", "h100-sxm, mooncake", "mi300x, mooncake"})
  void caches_areHandedOverByTheMakersLibrary(String gpu, String backend) {
    Deployment decode = dense("sglang", gpu, 1, 8);
    Deployment read = deployment("sglang", "llama-3.1-8b", "prefill", 4000, List.of(gpu), 8, DENSE);
    Deployment prefill =
        new Deployment(
            "p",
            read.problem(),
            read.plan(),
            new HostNames(Map.of(), Map.of(), "other-"),
            false,
            Optional.empty());
    ServedPools pools =
        ServedPools.of(
            "p",
            List.of(
                new ServedPools.Part("prefill", Optional.of(Pool.PREFILL), prefill),
                new ServedPools.Part("decode", Optional.of(Pool.DECODE), decode)));
    String script =
        ExportTarget.SGLANG.files(pools).stream()
            .map(ExportedFile::text)
            .collect(Collectors.joining());
    assertTrue(script.contains("--disaggregation-transfer-backend " + backend), script);
  }

  // Where prompts are longer than a step they are read in chunks, except by recurrent mixers.
  @ParameterizedTest
  @CsvSource({"qwen3-30b-a3b, true", "qwen3-next-80b-a3b, false"})
  void tensorRt_readsInChunks(String model, boolean chunks) {
    Deployment deployment =
        deployment(
            "trtllm",
            model,
            "prefill",
            4000,
            List.of("h200-sxm"),
            8,
            Layout.of(Map.of(Degree.ATTENTION_TENSOR_PARALLEL, 2, Degree.EXPERT_PARALLEL, 2)));
    assertEquals(
        chunks, text(ExportTarget.TRTLLM, deployment).contains("enable_chunked_prefill: true"));
  }

  // Two hosts of one rack share its NVLink: their pods want one value of the label.
  @Test
  void podsOfOneDomain_areKeptTogether() {
    String rack = text(ExportTarget.KUBERNETES, dense("vllm", "gb200", 2, 2));
    assertTrue(rack.contains("matchLabelKeys"), rack);
    assertTrue(!rack.contains("exclusive-topology"), rack);
    String host = text(ExportTarget.KUBERNETES, dense("vllm", "gb200", 1, 4));
    assertTrue(!host.contains("podAffinity"), host);
  }

  // A GPU that the topology describes itself, without a generation.
  @Test
  void vllmAscend_isOnAscend() {
    Deployment plain = dense("vllm-ascend", "ascend-910c", 1, 8);
    new TinyProblem(folder)
        .write(
            "topologies/t.json",
            """
            {"name": "t", "gpu": {"name": "ascend-910c-die", "hbmGiB": 64, "hbmTBps": 1.6, "bf16Tflops": 376},
             "scaleUp": {"bandwidthGBps": 196, "latencyMicros": 2},
             "scaleOut": {"nicGBps": 25, "latencyMicros": 10},
             "racks": {"count": 1, "domainsPerRack": 1, "nodesPerDomain": 1, "gpusPerNode": 8}}
            """);
    Path file = folder.resolve("problems/p.json");
    Problem problem = ProblemFile.read(file, file.toString());
    Deployment own =
        new Deployment("p", problem, plain.plan(), HostNames.byPlace(), false, Optional.empty());
    for (Deployment deployment : List.of(plain, own)) {
      String script = text(ExportTarget.VLLM_ASCEND, deployment);
      assertTrue(script.contains("env ASCEND_RT_VISIBLE_DEVICES="), script);
    }
    assertTrue(text(ExportTarget.VLLM, own).contains("env CUDA_VISIBLE_DEVICES="), own.name());
  }
}
