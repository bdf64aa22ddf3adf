package dev.rackplan.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.json.GpuCatalog;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuCatalogEntry;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * DeepSeek-V3 in FP8 on H20 of 96 GB: 671 GB of weights over 8 GPUs are 84 GB each, with buffers
 * and a sequence more than the 88.7 GB that may be filled.
 */
class InstanceLayoutsTest {
  @TempDir private Path folder;

  private InstanceLayouts layouts(String engine, String model, String gpuName, int gpus) {
    return new InstanceLayouts(
        cluster(engine, model, gpuName, gpus), FoundTest.goal(4000, 0, 1000));
  }

  private Cluster cluster(String engine, String model, String gpuName, int gpus) {
    TinyProblem tiny = new TinyProblem(folder);
    tiny.write(
        "problems/asked.json",
        """
        {"name": "asked", "model": "MODEL",
         "topology": "../topologies/one.json",
         "workload": {"phase": "decode", "contextTokens": 4500, "concurrentSequences": "max" ROUTING},
         "engine": {"name": "ENGINE"}}
        """
            .replace("MODEL", model)
            .replace(
                "ROUTING",
                model.startsWith("deepseek") ? ", \"routing\": {\"uneven\": {\"seed\": 1}}" : "")
            .replace("ENGINE", engine));
    tiny.write(
        "topologies/one.json",
        """
        {"name": "one", "gpu": "GPU", "racks": {"count": 1, "domainsPerRack": 1, "nodesPerDomain": 1, "gpusPerNode": 8}}
        """
            .replace("GPU", gpuName));
    String file = tiny.path("problems/asked.json");
    Problem decode = ProblemFile.read(Path.of(file), file);
    GpuCatalogEntry gpu = GpuCatalog.load().entry(gpuName);
    return Cluster.of(gpu, gpus, decode);
  }

  private static List<Layout> holding(InstanceLayouts layouts) {
    return layouts.pools().stream().filter(SharedPool::holdsOne).map(SharedPool::layout).toList();
  }

  @Test
  void stagesOverHosts_holdWhatOneDoesNot() {
    List<Layout> twelve = holding(layouts("sglang", "deepseek-v3", "h20-96g", 12));

    assertTrue(
        twelve.stream()
            .anyMatch(layout -> layout.pipelineStages() == 3 && layout.gpusPerStage() == 4));
    assertEquals(List.of(), holding(layouts("sglang", "deepseek-v3", "h20-96g", 8)));
  }

  // Ten GPUs in five stages of 2; said also of a cluster that is too small, or has more.
  @Test
  void least_isTheSameWhateverTheClusterHas() {
    assertEquals(OptionalInt.of(10), layouts("sglang", "deepseek-v3", "h20-96g", 9).leastGpus());
    TreeSet<Integer> sizes = new TreeSet<>();
    holding(layouts("sglang", "deepseek-v3", "h20-96g", 64))
        .forEach(layout -> sizes.add(layout.gpus()));
    assertEquals(10, sizes.first());
  }

  // 811 GB in BF16 over RTX 4090 of 24 GB: more hosts than four are tried where four do not hold
  // it.
  @Test
  void asManyHostsAsNeeded_areTried() {
    List<Layout> found = holding(layouts("sglang", "llama-3.1-405b", "a100-pcie-80g", 24));

    assertTrue(found.stream().allMatch(layout -> layout.gpus() > 8), found.toString());
    assertTrue(found.stream().anyMatch(layout -> layout.pipelineStages() > 4));
  }

  @Test
  void nearest_saysWhatLacks() {
    Nearest none =
        Nearest.ofCluster(
            cluster("sglang", "deepseek-v3", "h20-96g", 9), FoundTest.goal(4000, 0, 1000));
    assertTrue(none.words().contains("the smallest that does has 10 GPUs"), none.words());
    assertEquals("Give at least 10 GPUs, or narrower --weights.", none.remedy().orElseThrow());
  }
}
