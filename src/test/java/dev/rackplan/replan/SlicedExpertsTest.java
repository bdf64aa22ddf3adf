package dev.rackplan.replan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Problem;
import dev.rackplan.replan.WeightMove.Tier;
import dev.rackplan.topology.Draining;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Running plans whose experts are sliced. GPUs 0 to 3 are those of the first rack, 4 to 7 those of
 * the second; with slices of 2, GPUs 2h and 2h + 1 are expert host h.
 */
class SlicedExpertsTest {
  private static final int[] IN_ORDER = {0, 1, 2, 3, 4, 5, 6, 7};
  // 3 matrices of 64 x 32 in BF16, half of each.
  private static final double SLICE_BYTES = 3 * 64 * 32 * 2 / 2;
  private static final Layout FOUR_HOSTS = layout(4, 2, 2);
  private static final Layout TWO_HOSTS = layout(2, 2, 2);

  @TempDir private Path folder;
  private Problem problem;

  @BeforeEach
  void read() {
    new TinyProblem(folder);
    Path file = folder.resolve("problems/tiny.json");
    problem = ProblemFile.load(file, "tiny").problem().withLayoutSpace(LayoutSpace.open());
  }

  private static Layout layout(int parallel, int slices, int tensor) {
    return Layout.of(
        Map.of(
            Degree.EXPERT_PARALLEL, parallel,
            Degree.EXPERT_TENSOR_PARALLEL, slices,
            Degree.ATTENTION_TENSOR_PARALLEL, tensor,
            Degree.SEQUENCES_PER_MICRO_BATCH, 256));
  }

  /** One stage on the first GPUs, both MoE layers alike. */
  private static Plan plan(Layout layout, int... experts) {
    List<Integer> gpus = IntStream.range(0, layout.gpus()).boxed().toList();
    ExpertMap map = new ExpertMap(experts, layout.expertHostCount());
    return new Plan(layout, List.of(new Stage(0, 2, gpus)), new TreeMap<>(Map.of(1, map, 2, map)));
  }

  private RunningPlan running(Layout layout) {
    return new RunningPlan(problem, plan(layout, IN_ORDER));
  }

  private Problem drained(Integer... gpus) {
    return problem.withTopology(Draining.drain(problem.topology(), Set.of(gpus)));
  }

  private static ReplanOptions options() {
    return new ReplanOptions(50, 0, 1, Double.POSITIVE_INFINITY, Pins.none(), false);
  }

  private static String gpu(int index) {
    return "rack-" + index / 4 + "/domain-0/node-0/gpu-" + index % 4;
  }

  private static WeightMove move(int expert, int slice, int to, int from) {
    return new WeightMove(1, expert, slice, gpu(to), gpu(from), Tier.SCALE_OUT, SLICE_BYTES);
  }

  @Test
  void exchangedExperts_moveSliceBySlice_toTheGpusOfTheirHosts() {
    WeightMoves moves =
        WeightMoves.of(running(FOUR_HOSTS), problem, plan(FOUR_HOSTS, 0, 5, 2, 3, 4, 1, 6, 7));

    assertEquals(
        List.of(move(5, 0, 0, 4), move(5, 1, 1, 5), move(1, 0, 4, 0), move(1, 1, 5, 1)),
        moves.moves().stream().filter(move -> move.layer() == 1).toList());
    assertEquals(8, moves.moves().size());
    assertEquals(8 * SLICE_BYTES, moves.expertBytes());
    assertEquals(0, moves.otherBytes());
    assertEquals(4, moves.untouchedGpus());
    // Each of the four sends and receives a slice of either layer.
    double rate = problem.topology().scaleOut().nic().sustainedBytesPerSecond();
    assertEquals(2 * SLICE_BYTES / rate, moves.seconds(), 1e-18);
  }

  @Test
  void nothingChanged_movesNothing() {
    Replan replan = Replanner.of(running(FOUR_HOSTS), problem, options());

    ReplanPoint least = replan.curve().get(0);
    assertEquals(plan(FOUR_HOSTS, IN_ORDER), least.plan());
    assertEquals(List.of(), least.moves().moves());
    assertEquals(8, least.moves().untouchedGpus());
  }

  @Test
  void lostHosts_leaveWholeOnes_thatTakeSlicesOfWhatIsLost() {
    ReplanPoint least =
        Replanner.of(running(FOUR_HOSTS), drained(4, 5, 6, 7), options()).curve().get(0);

    Layout layout = least.plan().layout();
    assertEquals(TWO_HOSTS, layout);
    assertEquals(List.of(0, 1, 2, 3), least.plan().stages().get(0).gpus());
    for (int layer = 1; layer <= 2; layer++) {
      assertArrayEquals(
          new int[] {0, 1, 4, 5, 2, 3, 6, 7}, least.plan().experts().get(layer).toArray());
    }
    // 4 experts, 2 slices, 2 layers; nobody else holds them.
    assertEquals(16 * SLICE_BYTES, least.moves().expertBytes(Tier.STORAGE));
    assertEquals(16 * SLICE_BYTES, least.moves().expertBytes());
  }

  @Test
  void hostsThatAreLeft_holdEquallyManySlots() {
    Layout layout = KeptRanks.of(running(FOUR_HOSTS), drained(2, 3)).layout();

    // 8 experts on 3 hosts: 3 each.
    assertEquals(3, layout.expertParallel());
    assertEquals(1, layout.redundantExperts());
  }

  @Test
  void hostThatLosesOneOfItsGpus_isRefused_andWhatIsLeftIsNamed() {
    RunningPlan running = running(FOUR_HOSTS);
    Problem without = drained(5);
    NoReplanException refused =
        assertThrows(NoReplanException.class, () -> KeptRanks.of(running, without));
    assertEquals(
        "of 2 GPUs that hold slices of the same experts only "
            + gpu(4)
            + " is left, and no GPU is idle",
        refused.getMessage());
    assertTrue(refused.remedy().startsWith("Drain it too"), refused.remedy());
    assertEquals(3, KeptRanks.of(running, drained(4, 5)).layout().expertParallel());
  }

  @Test
  void expertsThatAreAllSlicedOverTheStage_needAllItsGpus() {
    RunningPlan running = running(layout(1, 8, 8));
    Problem without = drained(5);
    NoReplanException refused =
        assertThrows(NoReplanException.class, () -> KeptRanks.of(running, without));
    assertEquals("a stage keeps 7 of 8 GPUs", refused.getMessage());
  }

  @Test
  void idleGpu_readsItsSlice_whichItsNeighbourDoesNotHold() {
    RunningPlan running = running(TWO_HOSTS);
    ReplanPoint least = Replanner.of(running, drained(1), options()).curve().get(0);

    assertEquals(List.of(0, 4, 2, 3), least.plan().stages().get(0).gpus());
    List<WeightMove> moves = least.moves().moves();
    // Experts 0 to 3 of either layer.
    assertEquals(8, moves.size());
    for (WeightMove move : moves) {
      assertEquals(gpu(4), move.to());
      assertEquals(1, move.slice());
      assertEquals(Tier.STORAGE, move.tier());
    }
    assertEquals(3, least.moves().untouchedGpus());
  }

  @Test
  void gpuThatHeldAnotherSlice_holdsNothingOfUse() {
    RunningPlan running = running(FOUR_HOSTS);
    assertEquals(Set.of(4, 5), running.held(gpu(5), 1, 2));
    assertEquals(Set.of(), running.held(gpu(5), 0, 2));
    assertEquals(Set.of(), running.held("rack-9/domain-0/node-0/gpu-0", 0, 2));
  }

  @Test
  void pinnedGpu_keepsTheExpertsOfItsHost() {
    RunningPlan running = running(FOUR_HOSTS);
    Pins pins = new Pins(new TreeSet<>(), new TreeSet<>(Set.of(gpu(5))), new TreeMap<>());
    List<String> names = IntStream.range(0, 8).mapToObj(SlicedExpertsTest::gpu).toList();
    assertEquals(Set.of(2), pins.of(1, List.of(names), FOUR_HOSTS).hosts());
    Replan replan =
        Replanner.of(
            running, problem, new ReplanOptions(50, 0, 1, Double.POSITIVE_INFINITY, pins, false));
    for (ReplanPoint point : replan.curve()) {
      assertArrayEquals(new int[] {4, 5}, point.plan().experts().get(1).expertsOf(2));
    }
  }

  @Test
  void attentionRanks_goOnWhole_withAllTheGpusThatDivideTheirPrompts() {
    Layout four = layout(8, 1, 2).with(Degree.PREFILL_CONTEXT_PARALLEL, 2);

    // Of 7 GPUs that are left one attention rank of 2 x 2.
    assertEquals(4, KeptRanks.of(running(four), drained(7)).layout().gpusPerStage());
    assertEquals(6, KeptRanks.of(running(layout(8, 1, 2)), drained(7)).layout().gpusPerStage());
  }
}
