package dev.rackplan.problem;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.cost.TrainingCase;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layers at the ends stay in BF16, whatever the problem says of all. */
class WideLayersTest {
  private static final Model MODEL =
      TrainingCase.problem(
              TrainingCase.training(
                  PipelineSchedule.ONE_FORWARD_ONE_BACKWARD, 1, Recompute.NONE, true),
              5,
              1)
          .model();

  @ParameterizedTest
  @CsvSource({"0, 0, nnnnn", "1, 2, wnnww", "0, 3, nnwww", "9, 0, wwwww"})
  void ends_areWide(int first, int last, String marks) {
    Precision narrow =
        new Precision(
            Dtype.NVFP4,
            Dtype.NVFP4,
            Dtype.BF16,
            Dtype.BF16,
            Dtype.BF16,
            Optional.of(Dtype.MXFP8),
            Optional.empty(),
            Precision.Origins.PROBLEM);
    List<Layer> layers = new WideLayers(first, last).in(MODEL).layers();
    assertEquals(
        marks,
        layers.stream()
            .map(layer -> narrow.ffn(layer) == Dtype.BF16 ? "w" : "n")
            .collect(Collectors.joining()));
    for (Layer layer : layers) {
      boolean wide = narrow.ffn(layer) == Dtype.BF16;
      assertEquals(wide ? Dtype.BF16 : Dtype.MXFP8, narrow.attention(layer));
      assertEquals(wide ? Dtype.BF16 : Dtype.NVFP4, narrow.experts(layer));
    }
  }
}
