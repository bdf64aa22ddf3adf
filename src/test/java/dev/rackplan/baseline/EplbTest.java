package dev.rackplan.baseline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rackplan.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EplbTest {
  // The example of EPLB's README: 2 layers × 12 experts.
  private static final float[][] README_WEIGHT = {
    {90, 132, 40, 61, 104, 165, 39, 4, 73, 56, 183, 86},
    {20, 107, 104, 64, 19, 197, 187, 157, 172, 86, 16, 27}
  };
  private static final int[][] README_HIERARCHICAL = {
    {5, 6, 5, 7, 8, 4, 3, 4, 10, 9, 10, 2, 0, 1, 11, 1},
    {7, 10, 6, 8, 6, 11, 8, 9, 2, 4, 5, 1, 5, 0, 3, 1}
  };
  private static final int[][] README_GLOBAL = {
    {10, 6, 10, 7, 0, 2, 11, 4, 5, 9, 5, 4, 8, 3, 1, 1},
    {1, 10, 2, 4, 5, 11, 5, 0, 6, 7, 6, 3, 8, 8, 9, 7}
  };

  @Test
  void readmeExample_givesTheReadmesMap() {
    int[][] map = Eplb.rebalance(README_WEIGHT, 16, 4, 2, 8);
    assertArrayEquals(README_HIERARCHICAL, map);
    assertEquals(0.8164, balancedness(README_WEIGHT, map, 8), 5e-5);
  }

  @Test
  void readmeExampleWithOneGroup_givesTheGlobalMap() {
    int[][] map = Eplb.rebalance(README_WEIGHT, 16, 1, 2, 8);
    assertArrayEquals(README_GLOBAL, map);
    assertEquals(0.8862, balancedness(README_WEIGHT, map, 8), 5e-5);
  }

  @Test
  void equalLoads_goToTheLowestIndex() {
    // Experts tie, so slot 3 repeats expert 0. Replicas weigh 3, 6, 6, 3: 1 to GPU 0, 2 to GPU 1,
    // then 0 to GPU 0 (a tie), its copy to GPU 1.
    assertArrayEquals(
        new int[] {1, 0, 2, 0}, Eplb.rebalanceLayer(new float[] {6, 6, 6}, 4, 1, 1, 2));
  }

  @Test
  void slotsThatDoNotDivide_areRefused() {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> Eplb.rebalanceLayer(new float[] {1, 2, 3}, 5, 1, 1, 2));
    assertEquals("gpus must divide replicas = 5, was 2", refused.getMessage());
  }

  @Test
  void recordedCases_areReproduced() throws IOException {
    List<Path> files;
    try (Stream<Path> listing = Files.list(SharedData.dir().resolve("eplb"))) {
      files = listing.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
    assertEquals(8, files.size());
    System.out.printf(
        Locale.ROOT,
        "%-40s %14s %12s %12s %s%n",
        "EPLB case",
        "layers exact",
        "theirs",
        "ours",
        "note");
    for (Path file : files) {
      JsonNode json = new ObjectMapper().readTree(file.toFile());
      float[][] weight = floats(json.get("weight"));
      int gpus = json.get("num_gpus").asInt();
      int[][] expected = ints(json.get("phy2log"));
      int[][] actual =
          Eplb.rebalance(
              weight,
              json.get("num_replicas").asInt(),
              json.get("num_groups").asInt(),
              json.get("num_nodes").asInt(),
              gpus);
      int exact = 0;
      for (int layer = 0; layer < expected.length; layer++) {
        exact += Arrays.equals(expected[layer], actual[layer]) ? 1 : 0;
        if (wholeNumbers(weight[layer])) {
          // The recorded maps come from a sort that leaves the order of equal loads open. That
          // order decides which of two equal replicas takes a slot,
          // and nothing else: slot by slot, the load must be the same to the last bit.
          assertArrayEquals(
              slotLoads(weight[layer], expected[layer]),
              slotLoads(weight[layer], actual[layer]),
              file.getFileName() + " layer " + layer);
        }
      }
      System.out.printf(
          Locale.ROOT,
          "%-40s %6d of %4d %12.6f %12.6f %s%n",
          file.getFileName(),
          exact,
          expected.length,
          balancedness(weight, expected, gpus),
          balancedness(weight, actual, gpus),
          exact == expected.length
              ? "exact"
              : wholeNumbers(weight[0]) ? "equal up to ties" : "balance equal");
      assertEquals(
          balancedness(weight, expected, gpus),
          balancedness(weight, actual, gpus),
          1e-4,
          file.getFileName().toString());
    }
  }

  private static double balancedness(float[][] weight, int[][] map, int gpus) {
    double sum = 0;
    for (int layer = 0; layer < weight.length; layer++) {
      sum += balancedness(weight[layer], map[layer], gpus);
    }
    return sum / weight.length;
  }

  /**
   * Counts are exact in float32; rates are given to 8 decimals, so a sum can differ in its last bit
   * and the packing after it.
   */
  private static boolean wholeNumbers(float[] weight) {
    for (float value : weight) {
      if (value != Math.rint(value)) {
        return false;
      }
    }
    return true;
  }

  private static float[] slotLoads(float[] weight, int[] map) {
    int[] replicas = new int[weight.length];
    for (int expert : map) {
      replicas[expert]++;
    }
    float[] load = new float[map.length];
    for (int slot = 0; slot < map.length; slot++) {
      load[slot] = weight[map[slot]] / replicas[map[slot]];
    }
    return load;
  }

  /** Mean over max GPU load, each replica an equal share. */
  private static double balancedness(float[] weight, int[] map, int gpus) {
    int[] replicas = new int[weight.length];
    for (int expert : map) {
      replicas[expert]++;
    }
    double[] load = new double[gpus];
    for (int slot = 0; slot < map.length; slot++) {
      load[slot / (map.length / gpus)] += weight[map[slot]] / (double) replicas[map[slot]];
    }
    return Arrays.stream(load).average().orElseThrow() / Arrays.stream(load).max().orElseThrow();
  }

  private static float[][] floats(JsonNode rows) {
    float[][] values = new float[rows.size()][rows.get(0).size()];
    for (int row = 0; row < values.length; row++) {
      for (int column = 0; column < values[row].length; column++) {
        values[row][column] = (float) rows.get(row).get(column).asDouble();
      }
    }
    return values;
  }

  private static int[][] ints(JsonNode rows) {
    int[][] values = new int[rows.size()][rows.get(0).size()];
    for (int row = 0; row < values.length; row++) {
      for (int column = 0; column < values[row].length; column++) {
        values[row][column] = rows.get(row).get(column).asInt();
      }
    }
    return values;
  }
}
