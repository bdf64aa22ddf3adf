package dev.rackplan.report;

import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.LayoutTrial;
import dev.rackplan.problem.Objective;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The best of the other layouts that were solved, and whether the plan's lead over it is more than
 * the error.
 *
 * @param trial that layout
 * @param lead how much more the plan yields by the objective, as a share of it: 0.03 = 3%; below 0
 *     where only the demand decided
 * @param plusMinus error of the ratio of two layouts' times, else of the plan's time; empty where
 *     neither is known
 * @param ofRatio whether it is of the ratio
 */
public record NextLayout(
    LayoutTrial trial, double lead, OptionalDouble plusMinus, boolean ofRatio) {

  /** Of the layouts that a search looked at; empty where it solved no other. */
  static Optional<NextLayout> of(PlanReport report) {
    OptionalDouble ratio = report.evaluation().confidence().ratio();
    return report.layouts().stream()
        .filter(trial -> trial.reason() == LayoutTrial.Reason.WORSE)
        .filter(trial -> trial.tokensPerSecondPerGpu().isPresent())
        .min(Comparator.comparingDouble(trial -> lead(report, trial)))
        .map(
            trial ->
                new NextLayout(
                    trial,
                    lead(report, trial),
                    ratio.isPresent() ? ratio : report.evaluation().confidence().plusMinus(),
                    ratio.isPresent()));
  }

  // A plan's cost follows its throughput where GPUs cost alike.
  private static double lead(PlanReport report, LayoutTrial trial) {
    return report.problem().objective() == Objective.LATENCY
        ? trial.stepSeconds().orElseThrow() / report.evaluation().stepSeconds() - 1
        : report.evaluation().tokensPerSecondPerGpu() / trial.tokensPerSecondPerGpu().orElseThrow()
            - 1;
  }

  /** Whether the plan is ahead by more than the error. */
  boolean sure() {
    return plusMinus.isPresent() && lead > plusMinus.getAsDouble();
  }

  /** In a sentence. */
  String sentence() {
    return "next layout: " + words(lead, LayoutTable.degrees(trial.layout()), plusMinus, ofRatio);
  }

  /** The same of {@code nextLayout} in a solution file; empty where that is no such thing. */
  public static Optional<String> words(Object stored) {
    return stored instanceof Map<?, ?> tree
            && tree.get("layout") instanceof Map<?, ?> layout
            && tree.get("lead") instanceof Number lead
        ? Optional.of(
            words(
                lead.doubleValue(),
                LayoutTable.degrees(layout),
                tree.get("plusMinus") instanceof Number share
                    ? OptionalDouble.of(share.doubleValue())
                    : OptionalDouble.empty(),
                Boolean.TRUE.equals(tree.get("ofRatio"))))
        : Optional.empty();
  }

  private static String words(
      double lead, String layout, OptionalDouble plusMinus, boolean ofRatio) {
    String ahead = "the plan is " + Figures.fixed(100 * lead, 1) + "% ahead of " + layout;
    if (plusMinus.isEmpty()) {
      return ahead;
    }
    String error =
        ConfidenceText.percent(plusMinus.getAsDouble())
            + (ofRatio ? ", the error of ratios of two layouts' times" : ", the error of its time");
    return lead > plusMinus.getAsDouble()
        ? ahead + ", more than " + error
        : ahead + ", less than " + error + ": either may be faster";
  }

  /** As plain values. */
  Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("layout", SolutionFile.layout(trial.layout()));
    tree.put("lead", lead);
    plusMinus.ifPresent(error -> tree.put("plusMinus", error));
    tree.put("ofRatio", ofRatio);
    tree.put("sure", sure());
    return tree;
  }

  /** Its line among a result's notes; none where no other layout was solved. */
  static List<String> notes(PlanReport report) {
    return of(report).map(NextLayout::sentence).stream().toList();
  }
}
