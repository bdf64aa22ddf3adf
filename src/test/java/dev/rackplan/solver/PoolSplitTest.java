package dev.rackplan.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Instances of 4 GPUs read 3 requests a second, those of 8 write 5. */
class PoolSplitTest {
  private static PoolSplit.Rate rate(int gpus, double requests) {
    return new PoolSplit.Rate(Layout.of(Map.of(Degree.ATTENTION_TENSOR_PARALLEL, gpus)), requests);
  }

  // 12 GPUs: 3 against 5. 16: 6 against 5 beats 3. 24: 6 against 10 on 24. 32: 12 against 10 beats
  // 9 against 10.
  @ParameterizedTest
  @CsvSource({"12, 1, 1, 3", "16, 2, 1, 5", "24, 2, 2, 6", "32, 4, 2, 10"})
  void most_isWhereBothKeepUp(int gpus, int readers, int writers, double rate) {
    PoolSplit split = PoolSplit.most(List.of(rate(4, 3)), List.of(rate(8, 5)), gpus).orElseThrow();

    assertEquals(readers, split.prefill().instances());
    assertEquals(writers, split.decode().instances());
    assertEquals(rate, split.requestsPerSecond(), 1e-9);
  }

  // With 20 GPUs two readers and one writer of 8 serve 5; three writers of 4 at 2 serve 6 on 20.
  @Test
  void most_takesTheSizeThatFits() {
    PoolSplit split =
        PoolSplit.most(List.of(rate(4, 3)), List.of(rate(8, 5), rate(4, 2)), 20).orElseThrow();

    assertEquals(4, split.decode().layout().gpus());
    assertEquals(3, split.decode().instances());
    assertEquals(6, split.requestsPerSecond(), 1e-9);
  }

  @Test
  void tooFewGpus_haveNone() {
    assertTrue(PoolSplit.most(List.of(rate(4, 3)), List.of(rate(8, 5)), 11).isEmpty());
  }
}
