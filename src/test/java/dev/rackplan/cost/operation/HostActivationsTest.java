package dev.rackplan.cost.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rackplan.cost.LayerPasses;
import dev.rackplan.cost.TrainingCase;
import dev.rackplan.cost.TrainingTerms;
import dev.rackplan.cost.memory.TrainingMemory;
import dev.rackplan.model.Layer;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.PeakFlops;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.Training;
import dev.rackplan.workload.TrainingRuntime;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Activations on the host, by hand: a layer of {@link TrainingCase} keeps 153,600 bytes. */
class HostActivationsTest {
  private static Training training(double share, boolean graphs) {
    TrainingRuntime usual = TrainingRuntime.USUAL;
    TrainingRuntime runtime =
        new TrainingRuntime(
            usual.tensorOverlap(),
            usual.attention(),
            graphs,
            false,
            usual.elementwise(),
            false,
            usual.loss(),
            false,
            false,
            false,
            false,
            0,
            share,
            0,
            usual.modules());
    return TrainingCase.training(
        PipelineSchedule.ONE_FORWARD_ONE_BACKWARD, 1, Recompute.NONE, true, runtime);
  }

  // Half of 153,600 bytes over 50 GB/s are 1.536 µs each way.
  @Test
  void passesHideTheWay() {
    Problem problem = TrainingCase.problem(training(0.5, false), 8, 1);
    Layer layer = problem.model().layers().get(0);
    HostActivations activations = new HostActivations(problem, Layout.neutral(), layer);
    assertEquals(1.536e-6, activations.seconds(), 1e-15);
    assertEquals(0.536e-6, activations.visibleSeconds(1e-6), 1e-15);
    assertEquals(0, activations.visibleSeconds(2e-6));
    assertEquals(1.072e-6, activations.visibleTogether(2e-6), 1e-15);
  }

  // Two of 8 layers again: these keep 9,600 bytes, their input, the others 153,600, of which
  // 117,600
  // are the mean.
  @Test
  void layersThatAreComputedAgain_sendTheirInput() {
    Training full = training(0.5, false).with(Recompute.FULL);
    Problem problem = TrainingCase.problem(full, 8, 1);
    Layout layout = Layout.neutral().with(Degree.RECOMPUTED_LAYERS, 2);
    HostActivations activations =
        new HostActivations(problem, layout, problem.model().layers().get(0));
    assertEquals(0.5 * 117_600 / 50e9, activations.seconds(), 1e-15);
  }

  // 8 layers, one micro-batch.
  @ParameterizedTest
  @CsvSource({"0, 1228800", "0.25, 921600", "1, 0"})
  void whatTheHostHolds_theGpuDoesNot(double share, double bytes) {
    TrainingMemory memory =
        new TrainingMemory(TrainingCase.problem(training(share, false), 8, 1), Layout.neutral());
    assertEquals(bytes, memory.activationBytes(0, 0, 7), 1e-6);
  }

  // Replayed passes take 70 and 140 µs, 64 sequences 196.608 µs each way: both ways show except
  // what the passes hide, so that host and ways together take twice as long as a way.
  @Test
  void layer_waitsForWhatIsNotHidden() {
    Problem problem = TrainingCase.problem(training(1, true), 8, 1);
    Layout layout = Layout.neutral().with(Degree.SEQUENCES_PER_MICRO_BATCH, 64);
    TrainingTerms none =
        new TrainingTerms(Breakdown.NONE, Breakdown.NONE, Breakdown.NONE, Breakdown.NONE);
    LayerPasses passes = new LayerPasses(problem, layout, problem.model().layers().get(0), none);
    Breakdown settled = passes.settled(Breakdown.NONE, StreamOverlap.NOTHING);
    assertEquals(2 * 196.608e-6, settled.of(Term.LAUNCH), 1e-12);
    LayerTraining both = passes.passes(settled);
    assertEquals(196.608e-6, both.forwardSeconds(), 1e-12);
    assertEquals(196.608e-6, both.backwardSeconds(), 1e-12);
  }

  @ParameterizedTest
  @CsvSource({"h100, 50e9", "gb200, 351.5625e9", "GH200, 351.5625e9", "gaudi3, 50e9"})
  void linkToTheHost_isThatOfTheGpu(String name, double rate) {
    GpuSpec gpu =
        new GpuSpec(
            name,
            100e9,
            2e12,
            new PeakFlops(
                OptionalDouble.of(100e12), OptionalDouble.empty(), OptionalDouble.empty()),
            0.5,
            0.8,
            OptionalDouble.of(2));
    assertEquals(rate, HostLink.bytesPerSecond(gpu));
  }

  @Test
  void share_isOne() {
    assertThrows(IllegalArgumentException.class, () -> training(1.5, false));
  }
}
