package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.SharedData;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.RoutingProfile;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each form of recorded loads, read through a problem. */
class CountFileTest {
  private static final String P = "problems/p.json";
  private static final String PROFILES =
      "{\"profiles\": [{\"name\": \"chat\", \"weight\": 3, \"samples\": \"tokens.csv\"}, {\"name\": \"code\", \"weight\": 1, \"counts\": \"counts.json\"}]}";

  @TempDir Path folder;

  private Routing routing(TinyCase tiny, String text) {
    tiny.edit(P, PROFILES, text);
    return tiny.problem().problem().workload().routing();
  }

  private static double[] frequencies(LayerRouting layer) {
    return IntStream.range(0, layer.experts()).mapToDouble(layer::frequency).toArray();
  }

  @Test
  void counts_takeTheWeightOfEplb() {
    TinyCase tiny = new TinyCase(folder);
    tiny.write(
        "problems/counts.json",
        """
        {"case": "c", "source": "s", "note": "", "num_replicas": 6, "num_groups": 1, "num_nodes": 1, "num_gpus": 2, "metrics": {"mode": "global"},
         "weight": [[3, 1, 2, 2], [1, 2, 3, 2]], "phy2log": [[0, 1, 2, 3, 0, 2], [0, 1, 2, 3, 2, 1]], "log2phy": [[[0, 4]]], "logcnt": [[2]]}
        """);
    RoutingProfile profile =
        routing(tiny, "{\"counts\": \"counts.json\"}").scenarios().get(0).profiles().get(0);
    assertEquals("counts.json", profile.name());
    assertArrayEquals(
        new double[] {0.75, 0.25, 0.5, 0.5}, frequencies(profile.layers().get(0)), 1e-15);
    assertArrayEquals(
        new double[] {0.25, 0.5, 0.75, 0.5}, frequencies(profile.layers().get(1)), 1e-15);
  }

  @Test
  void counts_readTheWeightsOfEplbCases() {
    Path data = SharedData.dir().toAbsolutePath().resolve("eplb");
    TinyCase tiny = new TinyCase(folder);
    for (String name : List.of("dsv3_lognormal1.0_g32n4_global", "dsv3_zipf0.8_g72n2_hier")) {
      tiny.write(
          P,
          """
          {"name": "d", "model": "deepseek-v3", "topology": "../topologies/t.json",
           "workload": {"phase": "decode", "contextTokens": 4096, "concurrentSequences": "max", "routing": {"counts": "%s"}}}
          """
              .formatted(data.resolve(name + ".json")));
      List<LayerRouting> layers =
          tiny.problem()
              .problem()
              .workload()
              .routing()
              .scenarios()
              .get(0)
              .profiles()
              .get(0)
              .layers();
      assertEquals(58, layers.size());
      // The rows sum to about 8 × 65,536.
      double first = name.contains("zipf") ? 1106 : 857;
      assertEquals(first / 65536, layers.get(0).frequency(0), 1e-4 * first / 65536);
    }
  }

  @Test
  void counts_namedLoadsAreProfilesOfEqualWeight() {
    TinyCase tiny = new TinyCase(folder);
    tiny.write(
        "problems/counts.json",
        "{\"load\": {\"x\": [[1, 2, 3, 4], [4, 3, 2, 1]], \"y\": [[4, 4, 4, 8], [1, 1, 1, 1]]}, \"top_k\": 2}");
    List<RoutingProfile> profiles =
        routing(tiny, "{\"counts\": \"counts.json\"}").scenarios().get(0).profiles();
    assertEquals(List.of("x", "y"), profiles.stream().map(RoutingProfile::name).toList());
    assertEquals(0.5, profiles.get(1).weight());
    assertArrayEquals(
        new double[] {0.4, 0.4, 0.4, 0.8}, frequencies(profiles.get(1).layers().get(0)), 1e-15);
  }

  @Test
  void counts_addUpSlotsAndStepsOfLoadStatistics() {
    TinyCase tiny = new TinyCase(folder);
    tiny.write(
        "problems/s.jsonl",
        """
        {"record_type":"eplb_load_stats","version":1,"step":1,"num_ranks":2,"expert_load":[[1,2,3,4,5,5],[6,6,6,6,6,6]],"p2l_map":[[3,2,1,0,0,1],[0,1,2,3,0,1]]}
        {"record_type":"eplb_load_stats","version":1,"step":2,"num_ranks":2,"expert_load":[[1,1,2,6],[0,0,6,6]],"p2l_map":[[2,0,1,3],[0,1,2,3]]}
        """);
    List<LayerRouting> layers =
        routing(tiny, "{\"counts\": \"s.jsonl\"}").scenarios().get(0).profiles().get(0).layers();
    // Layer 0: expert 0: 4+5+1 = 10; 1: 3+5+2 = 10; 2: 2+1 = 3; 3: 1+6 = 7; of 30.
    assertArrayEquals(
        new double[] {20 / 30.0, 20 / 30.0, 6 / 30.0, 14 / 30.0},
        frequencies(layers.get(0)),
        1e-15);
    assertArrayEquals(new double[] {0.5, 0.5, 0.5, 0.5}, frequencies(layers.get(1)), 1e-15);
  }
}
