package dev.rackplan.cost.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.TrainingCase;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.memory.TrainingMemory;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Topology;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.Training;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The first layers of each chunk, by hand; a layer of {@link TrainingCase} keeps 153,600 bytes. */
class RepeatedLayersTest {
  private static final Training FULL =
      TrainingCase.training(PipelineSchedule.ONE_FORWARD_ONE_BACKWARD, 1, Recompute.FULL, true);

  // Ten layers in four chunks are 3, 3, 2 and 2.
  @ParameterizedTest
  @CsvSource({
    "1, 1, 1000000000",
    "1, 3, 1110000000",
    "4, 1, 1001001010",
    "4, 2, 1101101111",
    "4, 3, 1111111111",
  })
  void theFirstOfEachChunk(int chunks, int each, String marks) {
    String found =
        IntStream.range(0, 10)
            .mapToObj(i -> new RepeatedLayers(chunks, each).has(i, 10) ? "1" : "0")
            .collect(Collectors.joining());
    assertEquals(marks, found);
  }

  private static Layout layout(int stages, int layers) {
    return Layout.neutral()
        .with(Degree.PIPELINE_STAGES, stages)
        .with(Degree.RECOMPUTED_LAYERS, layers);
  }

  // Eight layers; of three stages two have three.
  @ParameterizedTest
  @CsvSource({"1, 0, 1", "1, 2, 0.25", "2, 1, 0.25", "2, 4, 1", "3, 2, 0.75", "3, 3, 1"})
  void share_isOfAllLayers(int stages, int layers, double share) {
    Problem problem = TrainingCase.problem(FULL, 8, 1);
    assertEquals(share, RepeatedLayers.share(problem, layout(stages, layers)));
  }

  // A repeated layer keeps its input, 2·48·100 bytes.
  @ParameterizedTest
  @CsvSource({"0, 38400", "1, 470400", "3, 182400"})
  void theOthersKeepEverything(int layers, double bytes) {
    TrainingMemory memory = new TrainingMemory(TrainingCase.problem(FULL, 8, 1), layout(2, layers));
    assertEquals(bytes, memory.activationBytes(1, 4, 7), 1e-6);
  }

  // Half of the layers again: half way between none and all, where the GPU binds.
  @Test
  void operations_takeTheirShare() {
    Problem problem = TrainingCase.problem(FULL, 8, 1);
    Problem none = TrainingCase.problem(FULL.with(Recompute.NONE), 8, 1);
    double half = products(problem, layout(2, 2));
    assertEquals((products(none, layout(2, 0)) + products(problem, layout(2, 0))) / 2, half, 1e-12);
  }

  private static double products(Problem problem, Layout layout) {
    Topology topology = problem.topology();
    StageModel model = new StageModel(problem, layout, StageShape.of(topology, List.of(0)));
    return model.denseLayer(0).terms().of(Term.DENSE);
  }
}
