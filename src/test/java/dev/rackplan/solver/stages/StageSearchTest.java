package dev.rackplan.solver.stages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.model.Model;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Limits;
import dev.rackplan.problem.Objective;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.DenseCase;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Cuts and hosts against every cut on every choice of hosts. */
class StageSearchTest {
  private static final GpuSpec SLOW = DenseCase.gpu("slow", 1, 80);
  private static final GpuSpec FAST = DenseCase.gpu("fast", 1.7, 80);
  private static final GpuSpec SMALL = DenseCase.gpu("small", 2, 3);

  private static StageCosts costs(Model model, List<GpuSpec> hosts, int stages) {
    Topology topology = DenseCase.topology(hosts);
    Problem problem =
        DenseCase.problem(
            model,
            topology,
            OptionalLong.of(8L * stages),
            DenseCase.stages(stages),
            new Limits(OptionalDouble.empty(), OptionalDouble.empty(), 0),
            Objective.THROUGHPUT);
    Layout layout =
        Layout.neutral()
            .with(Degree.PIPELINE_STAGES, stages)
            .with(Degree.MICRO_BATCHES, stages)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, 8);
    List<StageModel> blocks = new ArrayList<>();
    int[] classes = new int[hosts.size()];
    double[][] seconds = new double[hosts.size()][model.layers().size()];
    for (int b = 0; b < hosts.size(); b++) {
      StageModel block = new StageModel(problem, layout, StageShape.of(topology, List.of(b)));
      blocks.add(block);
      classes[b] = hosts.indexOf(hosts.get(b));
      for (int l = 0; l < model.layers().size(); l++) {
        seconds[b][l] = block.denseLayer(l).seconds();
      }
    }
    return new StageCosts(
        problem, layout, blocks, classes, seconds, l -> 0, Double.POSITIVE_INFINITY);
  }

  /**
   * Least objective over every cut on every ordered choice of hosts that fits, infinite where none
   * does.
   */
  private static double enumerated(StageCosts costs, List<Integer> first, List<Integer> hosts) {
    int stage = hosts.size();
    if (stage == costs.stages()) {
      StageAssignment assignment = new StageAssignment(first, hosts);
      for (int s = 0; s < stage; s++) {
        if (costs.overflowBytes(
                s, hosts.get(s), first.get(s), assignment.lastLayer(s, costs.layers()))
            > 0) {
          return Double.POSITIVE_INFINITY;
        }
      }
      return costs.objectiveSeconds(costs.stageSeconds(assignment));
    }
    double least = Double.POSITIVE_INFINITY;
    int from = stage == 0 ? 0 : first.get(stage - 1) + 1;
    int to = stage == 0 ? 0 : costs.layers() - (costs.stages() - stage);
    for (int layer = from; layer <= to; layer++) {
      for (int host = 0; host < costs.blocks(); host++) {
        if (!hosts.contains(host)) {
          List<Integer> moreFirst = new ArrayList<>(first);
          moreFirst.add(layer);
          List<Integer> moreHosts = new ArrayList<>(hosts);
          moreHosts.add(host);
          least = Math.min(least, enumerated(costs, moreFirst, moreHosts));
        }
      }
    }
    return least;
  }

  private static double objective(StageCosts costs, StageAssignment assignment) {
    return costs.objectiveSeconds(costs.stageSeconds(assignment));
  }

  @Test
  void equalHosts_giveTheExactCut() {
    Lcg random = new Lcg(5);
    for (int trial = 0; trial < 25; trial++) {
      StageCosts costs =
          costs(DenseCase.model(random, random.in(4, 9)), List.of(SLOW, SLOW, SLOW), 3);

      StageAssignment found = StageSearch.search(costs, 2000, trial).orElseThrow();

      assertEquals(
          enumerated(costs, List.of(), List.of()),
          objective(costs, found),
          1e-15,
          "trial " + trial);
    }
  }

  @Test
  void hostsThatDiffer_areChosenAndOrderedToTheOptimum() {
    Lcg random = new Lcg(6);
    int better = 0;
    for (int trial = 0; trial < 25; trial++) {
      List<GpuSpec> hosts = List.of(SLOW, SLOW, FAST, SLOW, FAST).subList(0, random.in(3, 5));
      StageCosts costs = costs(DenseCase.model(random, random.in(4, 8)), hosts, 3);

      StageAssignment found = StageSearch.search(costs, 3000, trial).orElseThrow();
      double exactInOrder = objective(costs, StageSearch.exactOnBlocksInOrder(costs).orElseThrow());

      assertTrue(
          objective(costs, found) <= exactInOrder,
          "never worse than the exact cut on hosts in order");
      assertEquals(
          enumerated(costs, List.of(), List.of()),
          objective(costs, found),
          1e-12,
          "trial " + trial + " on " + hosts.size());
      better += objective(costs, found) < exactInOrder * 0.99 ? 1 : 0;
    }
    assertTrue(better >= 10, "hosts in order are often not best; better in " + better);
  }

  @Test
  void memoryBinds_soTheSmallHostGetsFewLayers() {
    Lcg random = new Lcg(7);
    int tight = 0;
    for (int trial = 0; trial < 25; trial++) {
      Model model = DenseCase.model(random, 6);
      StageCosts costs = costs(model, List.of(SMALL, SLOW, SLOW), 2);
      double optimum = enumerated(costs, List.of(), List.of());

      Optional<StageAssignment> found = StageSearch.search(costs, 3000, trial);

      assertTrue(found.isPresent());
      assertEquals(optimum, objective(costs, found.get()), 1e-12, "trial " + trial);
      tight += costs.overflowBytes(0, 0, 0, model.layers().size() - 2) > 0 ? 1 : 0;
    }
    assertTrue(
        tight >= 20, "the small host must be too small for most of the model; was in " + tight);
  }

  @Test
  void modelThatFitsNowhere_hasNoAssignment() {
    StageCosts costs =
        costs(
            DenseCase.model(new Lcg(8), 8),
            List.of(DenseCase.gpu("tiny", 1, 0.2), DenseCase.gpu("tinier", 1, 0.1)),
            2);

    assertTrue(StageSearch.search(costs, 500, 1).isEmpty());
  }
}
