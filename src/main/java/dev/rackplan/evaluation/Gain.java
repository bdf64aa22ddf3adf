package dev.rackplan.evaluation;

import dev.rackplan.cost.operation.Breakdown;
import java.util.List;

/**
 * Where the difference between two plans' steps comes from: the parts sum to {@code seconds},
 * except for rounding. A positive part is time that the plan saves, a negative one time that it
 * pays.
 *
 * <p>Layer by layer, {@link LayerGain} splits the difference of two layers' times among what they
 * are made of, and counts it as often as the layer counts in the step, mean of the two plans; the
 * rest is {@code otherSeconds}: layers that count more often in one plan than in the other, token
 * mixers, dense layers, head and hops, which differ where stages do.
 *
 * @param seconds how much shorter the plan's step is, in s
 * @param balanceSeconds a smaller load of the GPU with the most expert work, in s
 * @param fetchSeconds fewer expert weights to read, in s
 * @param homeSeconds fewer choices that leave the token's home domain, in s
 * @param togetherSeconds more choices carried by one remote copy, in s
 * @param linkSeconds copies more even over NICs and uplinks, in s
 * @param portSeconds fewer copies into the fullest scale-up port, in s
 * @param placed further terms that a placement decides, in s
 * @param otherSeconds all else, in s
 * @param hiddenSeconds what two-batch overlap hides of the plan's MoE layers, in s; 0 without
 * @param hiddenSecondsBefore the same of the other plan
 */
public record Gain(
    double seconds,
    double balanceSeconds,
    double fetchSeconds,
    double homeSeconds,
    double togetherSeconds,
    double linkSeconds,
    double portSeconds,
    Breakdown placed,
    double otherSeconds,
    double hiddenSeconds,
    double hiddenSecondsBefore) {

  // Below this share of the step a rest is rounding.
  private static final double ROUNDING = 1e-12;

  /** Of {@code plan} over {@code other}, two plans of the same problem. */
  public static Gain of(Evaluation plan, Evaluation other) {
    List<StepLayer> now = plan.moeLayers();
    List<StepLayer> before = other.moeLayers();
    if (now.size() != before.size()) {
      throw new IllegalArgumentException(
          "plans of one problem have equally many MoE layers, not "
              + now.size()
              + " and "
              + before.size());
    }
    LayerGain sum = LayerGain.NONE;
    for (int i = 0; i < now.size(); i++) {
      double passes = (now.get(i).passes() + before.get(i).passes()) / 2;
      sum = sum.plus(LayerGain.of(now.get(i).terms(), before.get(i).terms()).times(passes));
    }
    double seconds = other.stepSeconds() - plan.stepSeconds();
    double unlikePasses = 0;
    for (int i = 0; i < now.size(); i++) {
      unlikePasses +=
          (before.get(i).passes() - now.get(i).passes())
              * (before.get(i).terms().seconds() + now.get(i).terms().seconds())
              / 2;
    }
    double outside = outsideMoeLayers(other) - outsideMoeLayers(plan);
    return new Gain(
        seconds,
        sum.balance(),
        sum.fetch(),
        sum.home(),
        sum.together(),
        sum.links(),
        sum.ports(),
        sum.placed(),
        unlessRounding(sum.other() + unlikePasses + outside, other.stepSeconds()),
        hidden(now),
        hidden(before));
  }

  private static double unlessRounding(double part, double stepSeconds) {
    return Math.abs(part) > ROUNDING * stepSeconds ? part : 0;
  }

  private static double outsideMoeLayers(Evaluation evaluation) {
    return evaluation.stepSeconds()
        - evaluation.moeLayers().stream().mapToDouble(StepLayer::seconds).sum();
  }

  private static double hidden(List<StepLayer> layers) {
    return layers.stream()
        .mapToDouble(layer -> layer.passes() * layer.terms().hiddenSeconds())
        .sum();
  }
}
