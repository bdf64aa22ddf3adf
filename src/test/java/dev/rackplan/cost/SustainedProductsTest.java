package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.ProblemText;
import dev.rackplan.cost.operation.OpPrices;
import dev.rackplan.cost.operation.SustainedShare;
import dev.rackplan.json.GpuCatalog;
import dev.rackplan.law.Gemm;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuSpec;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Large products run no faster than what AMD measured over 30 s on one MI325X. */
class SustainedProductsTest {
  private static final Gemm LARGE = new Gemm(32_768, 4608, 7168);

  @TempDir private Path folder;

  private double teraflops(String gpu, KernelFormat format) {
    Problem problem =
        ProblemText.decode(
            folder,
            "llama-3.1-8b",
            "{\"name\": \"one\", \"gpu\": \""
                + gpu
                + "\", \"racks\": {\"count\": 1, \"domainsPerRack\": 1, \"nodesPerDomain\": 1, \"gpusPerNode\": 8}}",
            "\"contextTokens\": 4096, \"concurrentSequences\": 8",
            false,
            ", \"layout\": {\"replicas\": 1, \"pipelineStages\": 1, \"attentionTensorParallel\": 8}");
    GpuSpec spec = problem.topology().gpus().get(0).spec();
    double seconds = new OpPrices(problem, spec).product(format).seconds(LARGE);
    return 2 * LARGE.rows() * LARGE.width() * LARGE.depth() / seconds / 1e12;
  }

  @Test
  void cdna3_staysBelowItsSustainedRates() {
    double wide = teraflops("mi325x", KernelFormat.BF16);
    double narrow = teraflops("mi325x", KernelFormat.FP8);
    assertTrue(wide <= 616 && wide > 0.9 * 616, "BF16 " + wide);
    assertTrue(narrow <= 1151, "FP8 " + narrow);
    assertEquals(708.0 / 843, teraflops("mi300x", KernelFormat.BF16) / wide, 0.02);
  }

  // As fast by the datasheet as the GB200, with 1,400 W for 1,200.
  @Test
  void training_multipliesInProportionToPower() {
    assertEquals(0.9 * 1400 / 1200, SustainedShare.inTraining(spec("gb300")), 1e-12);
    assertEquals(0.9, SustainedShare.of(spec("gb300")));
    assertEquals(0.9, SustainedShare.inTraining(spec("gb200")));
  }

  private static GpuSpec spec(String gpu) {
    return GpuCatalog.load().find(gpu).orElseThrow().spec();
  }

  @Test
  void otherGenerations_haveTheirLaws() {
    assertEquals(
        Double.POSITIVE_INFINITY,
        SustainedShare.mostOfProducts(
            ProblemText.decode(
                    folder,
                    "llama-3.1-8b",
                    "h100-hgx-x1",
                    "\"contextTokens\": 4096, \"concurrentSequences\": 8",
                    false,
                    ", \"layout\": {\"replicas\": 1, \"pipelineStages\": 1, \"attentionTensorParallel\": 8}")
                .topology()
                .gpus()
                .get(0)
                .spec(),
            KernelFormat.BF16));
  }
}
