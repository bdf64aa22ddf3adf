package dev.rackplan.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.json.GpuCatalog;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterTest {
  // NVL72's trays have four GPUs, also where a part of a rack is asked about.
  @ParameterizedTest
  @CsvSource({
    "h100-sxm, 8, 8",
    "h100-sxm, 4, 4",
    "h200-nvl, 4, 4",
    "gb200, 72, 4",
    "gb200, 8, 4",
    "gb300, 18, 4",
    "gb200, 2, 2",
    "mi455x, 72, 4",
    "tpu-v6e, 8, 8",
    "tpu-v6e, 64, 4",
  })
  void hosts_haveTheirUsualGpus(String gpu, int domain, int perHost) {
    assertEquals(perHost, Cluster.nodeGpus(GpuCatalog.load().entry(gpu), domain));
  }
}
