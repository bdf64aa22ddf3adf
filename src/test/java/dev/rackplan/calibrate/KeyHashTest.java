package dev.rackplan.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyHashTest {
  @TempDir private Path folder;

  @Test
  void hash_staysAsItIs() {
    // Another value would move rows between those fitted and those judged by.
    assertEquals(0.03147085430283181, KeyHash.of(""));
    assertEquals(0.29161037181498894, KeyHash.of("gemm"));
  }

  @Test
  void repeatsOfAKey_hashAlikeWhateverTheyTook() throws IOException {
    KernelTable table = table("m,n,latency,note\n8,16,0.5,a\n8,16,0.7,b\n16,8,0.5,a\n8,17,0.5,a\n");

    double first = hash(table, 0);

    assertEquals(first, hash(table, 1));
    assertEquals(4, 1 + List.of(0, 2, 3).stream().map(row -> hash(table, row)).distinct().count());
  }

  @Test
  void hashes_spreadEvenly() {
    int below = 0;
    for (int i = 0; i < 10_000; i++) {
      below += KeyHash.of("m|" + i) < 0.3 ? 1 : 0;
    }
    assertEquals(3_000, below, 150);
  }

  private static double hash(KernelTable table, int row) {
    return KeyHash.of(new TableRow(table, row), List.of("m", "n", "k"));
  }

  private KernelTable table(String rows) throws IOException {
    Path file = folder.resolve("gemm_perf.csv");
    Files.writeString(file, rows);
    return KernelTables.of(List.of(file), Optional.of("h100-sxm")).stream().findFirst().get();
  }
}
