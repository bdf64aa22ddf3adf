package dev.rackplan.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.json.GpuCatalog;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Pool;
import dev.rackplan.serving.Found.Instances;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** GPUs that instances take of a cluster, by hand. */
class PoolPlacesTest {
  private static Instances pool(String name, int count, int gpus) {
    String[] word = name.split("-");
    return new Instances(
        Stream.of(Pool.values()).filter(role -> role.word().equals(word[0])).findFirst(),
        word.length == 1 ? 1 : Integer.parseInt(word[1]),
        count,
        Layout.of(Map.of(Degree.ATTENTION_TENSOR_PARALLEL, gpus)),
        1,
        GpuCatalog.load().entry("h200-sxm"),
        8,
        1,
        0,
        1);
  }

  private static List<Integer> range(int first, int end) {
    return IntStream.range(first, end).boxed().toList();
  }

  // Four hosts of 8: the largest has one for itself; of equal ones the first pool's come first.
  @Test
  void largest_goFirst() {
    assertEquals(
        Optional.of(List.of(range(8, 28), range(0, 8), range(28, 32))),
        PoolPlaces.of(
            32, 8, List.of(pool("prefill", 5, 4), pool("decode", 1, 8), pool("decode-2", 1, 4))));
  }

  @Test
  void wholeDomains_areInARow() {
    assertEquals(
        Optional.of(List.of(range(16, 18), range(0, 16))),
        PoolPlaces.of(20, 8, List.of(pool("prefill", 1, 2), pool("decode", 1, 16))));
  }

  @Test
  void fullest_isFilled() {
    // 6 and 6 leave 2 and 2: three of 2 fill both, and the rest.
    assertEquals(
        Optional.of(
            List.of(
                List.of(0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13), List.of(6, 7, 14, 15, 16, 17))),
        PoolPlaces.of(18, 8, List.of(pool("a", 2, 6), pool("b", 3, 2)))
            .map(found -> List.of(found.get(0), found.get(1))));
  }

  @Test
  void unfit_isSaid() {
    // 16 GPUs, but no domain has room for the third instance of 5.
    assertEquals(Optional.empty(), PoolPlaces.of(16, 8, List.of(pool("a", 3, 5))));
  }

  // Three stages of 4 over 8 and 4 GPUs; two such instances over three hosts, none of whose stages
  // leaves its host; four stages of 3, two on each host.
  @Test
  void stages_stayInADomain() {
    assertEquals(
        Optional.of(List.of(range(0, 12))), PoolPlaces.of(12, 8, List.of(staged("a", 1, 3, 4))));
    assertEquals(
        Optional.of(List.of(range(0, 24))), PoolPlaces.of(24, 8, List.of(staged("a", 2, 3, 4))));
    assertEquals(
        Optional.of(List.of(List.of(0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13), List.of(6, 7))),
        PoolPlaces.of(16, 8, List.of(staged("a", 1, 4, 3), pool("b", 1, 2))));
    assertEquals(Optional.empty(), PoolPlaces.of(14, 8, List.of(staged("a", 1, 2, 7))));
  }

  private static Instances staged(String name, int count, int stages, int gpus) {
    Layout layout =
        Layout.of(Map.of(Degree.PIPELINE_STAGES, stages, Degree.ATTENTION_TENSOR_PARALLEL, gpus));
    Instances plain = pool(name, count, gpus);
    return new Instances(
        plain.role(), plain.number(), count, layout, 1, plain.gpu(), plain.nodeGpus(), 1, 0, 1);
  }
}
