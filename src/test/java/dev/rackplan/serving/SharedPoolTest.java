package dev.rackplan.serving;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.json.GpuCatalog;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kimi-K2's 384 experts on 12 GB200: three GPUs of a stage can share them. */
class SharedPoolTest {
  @TempDir private Path folder;

  // DeepEP's kernels for prompts know 2, 4 and 8 ranks; those for decode any number.
  @Test
  void readersAmongThreeGpus_doNotStart() {
    TinyProblem tiny = new TinyProblem(folder);
    tiny.write(
        "problems/asked.json",
        """
        {"name": "asked", "model": "kimi-k2", "topology": "../topologies/twelve.json",
         "workload": {"phase": "decode", "contextTokens": 8500, "concurrentSequences": "max", "routing": {"uneven": {"seed": 1}}},
         "engine": {"name": "sglang"}}
        """);
    tiny.write(
        "topologies/twelve.json",
        """
        {"name": "twelve", "gpu": "gb200", "racks": {"count": 1, "domainsPerRack": 1, "nodesPerDomain": 3, "gpusPerNode": 4}}
        """);
    String file = tiny.path("problems/asked.json");
    Problem decode = ProblemFile.read(Path.of(file), file);
    Cluster cluster = Cluster.of(GpuCatalog.load().entry("gb200"), 12, decode);

    List<SharedPool> pools = new InstanceLayouts(cluster, FoundTest.goal(8000, 0, 1000)).pools();
    List<SharedPool> three =
        pools.stream().filter(pool -> pool.layout().expertParallel() == 3).toList();

    assertFalse(three.isEmpty());
    assertTrue(three.stream().noneMatch(SharedPool::startsAsReader));
    assertTrue(three.stream().noneMatch(SharedPool::startsAsBoth));
    assertTrue(
        pools.stream()
            .filter(pool -> pool.layout().expertParallel() == 4)
            .anyMatch(SharedPool::startsAsReader));
  }
}
