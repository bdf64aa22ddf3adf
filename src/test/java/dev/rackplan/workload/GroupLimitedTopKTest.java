package dev.rackplan.workload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.rackplan.Lcg;
import dev.rackplan.model.MoeFfn;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GroupLimitedTopKTest {
  private static int[] choose(MoeFfn moe, double... scores) {
    int[] choices = new int[moe.expertsPerToken() + 1];
    new GroupLimitedTopK(moe).choose(scores, choices, 1);
    return IntStream.of(choices).skip(1).toArray();
  }

  private static MoeFfn moe(int experts, int expertsPerToken, int groups, int groupsPerToken) {
    return new MoeFfn(experts, expertsPerToken, 1, 0, 0, 1, groups, groupsPerToken);
  }

  @Test
  void choose_takesTheGroupsWithTheBestPairs() {
    // Groups of 3 are worth 9 + 0, 5 + 5, 6 + 3 and 5 + 4.5: two groups leave out the best expert.
    double[] scores = {9, 0, -1, 5, 5, 4, 3, 6, 2, 5, 1, 4.5};
    assertArrayEquals(new int[] {3, 4, 9}, choose(moe(12, 3, 4, 2), scores));
    // Third is a tie of 9 + 0 and 6 + 3: the first group.
    assertArrayEquals(new int[] {0, 3, 4}, choose(moe(12, 3, 4, 3), scores));
    assertArrayEquals(new int[] {0, 7, 3}, choose(moe(12, 3, 1, 1), scores));
  }

  @Test
  void choose_takesGroupsOfOneExpertByThatExpert() {
    assertArrayEquals(new int[] {2, 0}, choose(moe(4, 2, 4, 2), 3, 1, 4, 2));
  }

  @Test
  void choose_equalsSorting() {
    Lcg random = new Lcg(11);
    for (int i = 0; i < 300; i++) {
      int groups = random.in(1, 5);
      int size = random.in(1, 6);
      int kept = random.in(1, groups);
      MoeFfn moe = moe(groups * size, random.in(1, kept * size), groups, kept);
      // Few values, so that ties are common.
      double[] scores =
          IntStream.range(0, groups * size).mapToDouble(e -> random.below(5)).toArray();
      assertArrayEquals(sorted(moe, scores), choose(moe, scores), "case " + i);
    }
  }

  /** The definition: sort, keep the first; stable, so that equal scores keep their order. */
  private static int[] sorted(MoeFfn moe, double[] scores) {
    int size = moe.experts() / moe.expertGroups();
    List<Integer> kept =
        best(moe.expertGroups(), moe.groupsPerToken(), group -> pair(scores, group * size, size));
    return best(
            moe.experts(),
            moe.expertsPerToken(),
            expert -> kept.contains(expert / size) ? scores[expert] : Double.NEGATIVE_INFINITY)
        .stream()
        .mapToInt(expert -> expert)
        .toArray();
  }

  private static List<Integer> best(int count, int most, ToDoubleFunction<Integer> score) {
    return IntStream.range(0, count)
        .boxed()
        .sorted(Comparator.comparingDouble(score).reversed())
        .limit(most)
        .toList();
  }

  private static double pair(double[] scores, int first, int size) {
    return IntStream.range(first, first + size)
        .mapToObj(e -> scores[e])
        .sorted(Comparator.reverseOrder())
        .limit(2)
        .mapToDouble(score -> score)
        .sum();
  }
}
