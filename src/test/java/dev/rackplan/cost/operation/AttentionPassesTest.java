package dev.rackplan.cost.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.json.GpuCatalog;
import dev.rackplan.workload.AttentionKernel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kernels of attention against the GPU's fastest, by their papers' figures. */
class AttentionPassesTest {
  // 2.5 times the products at 63/73 of the rate: 2.8968 forward passes.
  @ParameterizedTest
  @CsvSource({
    "NATIVE, a100-80g, 1, 2.896825",
    "FLASH_2, a100-80g, 1, 2.896825",
    "FLASH, a100-80g, 2, 5.793651",
    "NATIVE, h100-sxm, 1, 2.896825",
    "FLASH_2, h100-sxm, 1.75, 4.707341",
    "FLASH, h200-sxm, 3.5, 9.414683",
    "FLASH_2, mi300x, 1, 2.896825",
  })
  void olderKernels_takeLongerOnNewerGpus(
      AttentionKernel kernel, String gpu, double forward, double backward) {
    AttentionPasses passes = AttentionPasses.of(kernel, GpuCatalog.load().entry(gpu).spec());

    assertEquals(forward, passes.forward(), 1e-6);
    assertEquals(backward, passes.backward(), 1e-6);
  }
}
