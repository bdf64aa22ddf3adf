package dev.rackplan.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.ProblemText;
import dev.rackplan.model.Dtype;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.Sharding;
import dev.rackplan.workload.Training;
import dev.rackplan.workload.TrainingRuntime;
import dev.rackplan.workload.Workload;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a layout changes of how its workload is trained. */
class TrainingDegreesTest {
  private static final Training ASKED =
      new Training(
          PipelineSchedule.INTERLEAVED,
          3,
          Recompute.SELECTIVE,
          true,
          true,
          false,
          12,
          new Sharding(1, OptionalInt.of(8)),
          Dtype.FP32,
          Dtype.BF16,
          false,
          TrainingRuntime.USUAL);

  private static final Workload WORKLOAD =
      new Workload(
          Phase.TRAINING,
          Contexts.of(4096),
          OptionalLong.of(8),
          4096,
          1,
          Routing.none(),
          Optional.of(ASKED));

  @TempDir private Path folder;

  private static Training trained(Map<Degree, Integer> degrees) {
    return Layout.of(degrees).training(WORKLOAD).orElseThrow();
  }

  @Test
  void neutralLayout_trainsAsTheWorkloadSays() {
    assertEquals(ASKED, trained(Map.of()));
  }

  // Schedules by their place in files: 1 is 1f1b, 2 interleaved, 3 zb1p, 4 dualpipe.
  @ParameterizedTest
  @CsvSource({
    "0, 0, INTERLEAVED, 3",
    "0, 5, INTERLEAVED, 5",
    "1, 0, ONE_FORWARD_ONE_BACKWARD, 1",
    "1, 5, ONE_FORWARD_ONE_BACKWARD, 1",
    "2, 7, INTERLEAVED, 7",
    "3, 0, ZERO_BUBBLE, 1",
    "4, 0, DUAL_PIPE, 1"
  })
  void schedule_isTheLayoutsAndOnlyInterleavedHasChunks(
      int schedule, int chunks, PipelineSchedule order, int virtualStages) {
    Training training = trained(Map.of(Degree.SCHEDULE, schedule, Degree.VIRTUAL_STAGES, chunks));
    assertEquals(ASKED.with(order, virtualStages), training);
  }

  @Test
  void recomputationAndSharding_areTheLayoutsAndGroupsStay() {
    Training training = trained(Map.of(Degree.RECOMPUTE, 4, Degree.SHARDING, 4));
    assertEquals(ASKED.with(Recompute.FULL).with(new Sharding(3, OptionalInt.of(8))), training);
  }

  @Test
  void layersCopiesAndHost_areTheLayouts() {
    Training training =
        trained(
            Map.of(
                Degree.RECOMPUTE, 4,
                Degree.RECOMPUTED_LAYERS, 2,
                Degree.SHARD_RANKS, 4,
                Degree.OFFLOAD, 2));
    assertEquals(2, training.recomputedLayers());
    assertEquals(new Sharding(1, OptionalInt.of(4)), training.sharding());
    assertEquals(1, training.runtime().hostOptimizer());
    assertEquals(0, trained(Map.of(Degree.RECOMPUTED_LAYERS, 2)).recomputedLayers());
  }

  // The workload asks for groups of eight: 16 ranks hold two copies, 12 can't, 4 hold one.
  @Test
  void workloadsOwnGroups_divideTheRanksToo() {
    Problem problem =
        ProblemText.decode(
                folder,
                "llama-3.1-8b",
                "{\"name\": \"t\", \"gpu\": \"h200\", \"racks\": {\"count\": 1, \"domainsPerRack\": 2, \"nodesPerDomain\": 1, \"gpusPerNode\": 8}}",
                "\"contextTokens\": 4096, \"concurrentSequences\": 16",
                false,
                "")
            .withWorkload(WORKLOAD);
    assertEquals(Optional.empty(), copiesFault(problem, 16));
    assertEquals(
        Optional.of("shardRanks 8 does not divide 12 data-parallel ranks"),
        copiesFault(problem, 12));
    assertEquals(Optional.empty(), copiesFault(problem, 4));
  }

  private static Optional<String> copiesFault(Problem problem, int ranks) {
    return LayoutRule.COPIES_DIVIDE_RANKS.fault(problem, Layout.of(Map.of(Degree.REPLICAS, ranks)));
  }

  @Test
  void trainersWords_leaveOutWhatIsOne() {
    Layout layout =
        Layout.of(
            Map.of(
                Degree.REPLICAS, 4,
                Degree.PIPELINE_STAGES, 8,
                Degree.EXPERT_PARALLEL, 16,
                Degree.ATTENTION_TENSOR_PARALLEL, 2));
    assertEquals("TP2 PP8 EP16 DP32", layout.inTrainersWords());
  }
}
