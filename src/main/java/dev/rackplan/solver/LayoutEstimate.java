package dev.rackplan.solver;

import dev.rackplan.cost.PhaseCost;
import dev.rackplan.cost.link.HopTime;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What a layout would roughly take: {@link LayerTimes} cut into stages that are as even as whole
 * layers allow, memory left aside.
 */
final class LayoutEstimate {
  // Halvings of the largest stage's time: to a millionth of all layers' time.
  private static final int HALVINGS = 20;

  private final Problem problem;
  // Per host block of the layout, instance by instance; equal blocks share their times.
  private final List<LayerTimes> blocks;

  private final List<StageShape> shapes;

  /**
   * @param blocks layer times of each stage of each instance, instance by instance
   * @param shapes where those stand
   */
  LayoutEstimate(Problem problem, List<LayerTimes> blocks, List<StageShape> shapes) {
    this.problem = problem;
    this.blocks = List.copyOf(blocks);
    this.shapes = List.copyOf(shapes);
  }

  /**
   * @param usdPerHour price of the layout's GPUs; empty where one is unknown
   */
  Standing standing(Layout layout, OptionalDouble usdPerHour) {
    double step = 0;
    double tokens = 0;
    List<LayerTimes> before = List.of();
    List<Double> stages = List.of();
    PhaseCost phase = PhaseCost.of(problem, layout);
    for (int i = 0; i < layout.replicas(); i++) {
      int first = i * layout.pipelineStages();
      List<LayerTimes> own = blocks.subList(first, first + layout.pipelineStages());
      if (!own.equals(before)) {
        stages = stageSeconds(layout, own, shapes.subList(first, first + own.size()));
        before = own;
      }
      step = Math.max(step, phase.stepSecondsOf(layout.microBatches(), stages));
      tokens += phase.tokensPerCycle(layout) / phase.cycleSeconds(layout.microBatches(), stages);
    }
    return Standing.of(problem, layout, usdPerHour, step, tokens);
  }

  private List<Double> stageSeconds(Layout layout, List<LayerTimes> own, List<StageShape> hosts) {
    int stages = own.size();
    List<Double> best =
        evenly(own.stream().map(times -> times.seconds(layout.sequencesPerMicroBatch())).toList());
    List<Double> withHops = new ArrayList<>();
    for (int s = 0; s < stages; s++) {
      withHops.add(
          best.get(s) + (s + 1 < stages ? hop(layout, s, hosts.get(s), hosts.get(s + 1)) : 0));
    }
    return withHops;
  }

  /**
   * Times of stages that are as even as whole layers allow, in s.
   *
   * @param seconds of each layer on each stage's GPUs, the head as the last entry
   */
  static List<Double> evenly(List<double[]> seconds) {
    double all = 0;
    for (double[] ofBlock : seconds) {
      all = Math.max(all, Arrays.stream(ofBlock).sum());
    }
    if (seconds.size() == 1) {
      return List.of(all);
    }
    double low = 0;
    double high = all;
    List<Double> best = cut(seconds, all);
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      List<Double> cut = cut(seconds, middle);
      if (cut.isEmpty()) {
        low = middle;
      } else {
        high = middle;
        best = cut;
      }
    }
    return best;
  }

  // Each stage takes layers while they stay within the budget, but leaves one for each later stage;
  // empty where layers are left over.
  private static List<Double> cut(List<double[]> seconds, double budget) {
    int stages = seconds.size();
    int layers = seconds.get(0).length - 1;
    List<Double> cut = new ArrayList<>();
    int next = 0;
    for (int s = 0; s < stages; s++) {
      double[] ofBlock = seconds.get(s);
      boolean last = s == stages - 1;
      double sum = last ? ofBlock[layers] : 0;
      int taken = 0;
      while (next < layers - (stages - 1 - s) && (taken == 0 || sum + ofBlock[next] <= budget)) {
        sum += ofBlock[next++];
        taken++;
      }
      if (sum > budget) {
        return List.of();
      }
      cut.add(sum);
    }
    return next == layers ? cut : List.of();
  }

  // The layer that the stage would end with if all were as long.
  private double hop(Layout layout, int stage, StageShape from, StageShape to) {
    int layers = problem.model().layers().size();
    int last = (stage + 1) * layers / layout.pipelineStages() - 1;
    return HopTime.seconds(
        from,
        to,
        Batch.of(problem, layout),
        problem.model().hiddenSize(),
        problem.model().layers().get(last).boundaryResiduals());
  }
}
