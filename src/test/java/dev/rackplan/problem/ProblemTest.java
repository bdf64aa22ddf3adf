package dev.rackplan.problem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rackplan.Lcg;
import dev.rackplan.solver.DenseCase;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.PeakFlops;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ProblemTest {
  @Test
  void weightsWiderThanEveryMatrixUnit_areRefusedWithThePath() {
    GpuSpec narrow =
        new GpuSpec(
            "narrow",
            80e9,
            3e12,
            new PeakFlops(OptionalDouble.empty(), OptionalDouble.of(1e15), OptionalDouble.empty()),
            1,
            1,
            OptionalDouble.empty());
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                DenseCase.problem(
                    DenseCase.model(new Lcg(1), 2),
                    DenseCase.topology(List.of(narrow)),
                    OptionalLong.of(8),
                    DenseCase.stages(1),
                    new Limits(OptionalDouble.empty(), OptionalDouble.empty(), 0.1),
                    Objective.THROUGHPUT));
    assertEquals(
        "$.precision.weights: narrow has no known FLOP/s for BF16 or anything wider",
        refused.getMessage());
  }
}
