package dev.rackplan.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.SharedData;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The measured tables beside the project. */
class SharedKernelsTest {
  @Test
  void amdTables_haveTheirGpuAndPositiveTimes() {
    Set<String> gpus = check(SharedData.dir("data", "kernels", "amd"));

    assertTrue(gpus.contains("mi300x-or-mi325x"), gpus.toString());
    assertTrue(gpus.contains("mi355x"), gpus.toString());
  }

  @Test
  @Tag("slow")
  void allTables_haveTheirGpuAndPositiveTimes() {
    Set<String> gpus = check(SharedData.dir("data", "kernels"));

    assertTrue(gpus.contains("h100-sxm"), gpus.toString());
    assertTrue(gpus.contains("gb200"), gpus.toString());
  }

  private static Set<String> check(Path folder) {
    Set<String> gpus = new TreeSet<>();
    KernelTables tables = KernelTables.of(List.of(folder), Optional.empty());
    long[] rows = new long[1];
    tables.stream()
        .forEach(
            table -> {
              gpus.add(table.gpu());
              rows[0] += table.rows();
              if (table.has("latency")) {
                for (int row = 0; row < table.rows(); row++) {
                  double latency = table.number("latency", row);
                  // These are differences of two times, and may be none.
                  boolean mayBeNone = table.name().matches("computescale|.*_topk_(calib|module)");
                  assertTrue(latency > 0 || mayBeNone && latency == 0, table.file() + " " + row);
                }
              }
            });
    assertTrue(rows[0] > 10_000, rows[0] + " rows");
    assertEquals(tables.files().stream().sorted().toList(), tables.files());
    return gpus;
  }
}
