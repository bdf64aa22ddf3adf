package dev.rackplan.report;

import dev.rackplan.cost.operation.Term;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Gain;
import dev.rackplan.evaluation.PlacementFigures;
import dev.rackplan.evaluation.SteppedGain;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.CopyRule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** How much faster than the best usual plan, and why, in words. */
final class GainText {
  // Parts below this share of the step go into "the rest".
  private static final double SHOWN = 5e-4;

  private final PlanReport report;
  private final NamedEvaluation best;
  private final Evaluation plan;
  private final Evaluation other;
  private final Gain gain;

  private record Part(double seconds, String words) {}

  private GainText(PlanReport report, NamedEvaluation best) {
    this.report = report;
    this.best = best;
    this.plan = report.evaluation();
    this.other = best.evaluation();
    this.gain = Gain.of(plan, other);
  }

  /** One line or two, each with its line feed. */
  static String of(PlanReport report, NamedEvaluation best) {
    GainText text = new GainText(report, best);
    return "gain: "
        + text.change()
        + ", the best usual plan of this layout"
        + text.heldOut()
        + text.stepped()
        + '\n'
        + text.because();
  }

  /** Such as {@code 1.4% faster than eplb-global}. */
  static String change(PlanReport report, NamedEvaluation best) {
    String change = new GainText(report, best).change();
    return change.startsWith("none: ") ? change.substring("none: ".length()) : change;
  }

  private String percent() {
    return Figures.fixed(Math.abs(100 * (other.stepSeconds() / plan.stepSeconds() - 1)), 1);
  }

  private String change() {
    String change =
        percent().equals("0.0")
            ? "none: as fast as "
            : percent() + (gain.seconds() > 0 ? "% faster than " : "% slower than ");
    return change + best.name();
  }

  // What a cluster sees: the mean steps' difference, beside by how much single steps differ.
  private String stepped() {
    if (plan.drawnStepSeconds().isEmpty()) {
      return "";
    }
    SteppedGain stepped = SteppedGain.of(plan, other);
    return "; on drawn steps "
        + millis(stepped.seconds())
        + (stepped.seconds() < 0 ? " more" : " less")
        + " ± "
        + millis(stepped.deviationSeconds())
        + " from step to step"
        + (stepped.isWithinNoise() ? ": less than routing moves a step, no gain to count on" : "");
  }

  // Before any figure of the tokens that were planned for: those flatter.
  private String heldOut() {
    if (plan.heldOut().isEmpty() || other.heldOut().isEmpty()) {
      return "";
    }
    PlacementFigures now = plan.heldOut().get();
    PlacementFigures before = other.heldOut().get();
    String balance =
        "; on tokens kept back: balance " + against(now.balancedness(), before.balancedness());
    return now.remoteDomainsPerToken() == 0 && before.remoteDomainsPerToken() == 0
        ? balance
        : balance
            + ", remote domains "
            + against(now.remoteDomainsPerToken(), before.remoteDomainsPerToken());
  }

  private String because() {
    if (percent().equals("0.0")) {
      return "";
    }
    List<Part> shown = new ArrayList<>();
    double rest = 0;
    for (Part part : parts()) {
      if (worthShowing(part.seconds())) {
        shown.add(part);
      } else {
        rest += part.seconds();
      }
    }
    shown.sort(Comparator.comparingDouble(part -> -Math.abs(part.seconds())));
    if (worthShowing(rest)) {
      shown.add(new Part(rest, "for the rest"));
    }
    String saved = list(shown, 1);
    String paid = list(shown, -1);
    return "because: "
        + millis(gain.seconds())
        + (gain.seconds() > 0
            ? " less" + after(", of which ", saved) + after(", at the price of ", paid)
            : " more" + after(", of which ", paid) + after(", against savings of ", saved))
        + fetchNote()
        + hiddenNote()
        + '\n';
  }

  private static String after(String opening, String list) {
    return list.isEmpty() ? "" : opening + list;
  }

  private boolean worthShowing(double seconds) {
    return Math.abs(seconds) >= SHOWN * other.stepSeconds();
  }

  private String list(List<Part> parts, int sign) {
    return String.join(
        ", ",
        parts.stream()
            .filter(part -> Math.signum(part.seconds()) == sign)
            .map(part -> millis(part.seconds()) + " " + part.words())
            .toList());
  }

  private String millis(double seconds) {
    return Figures.fixed(Math.abs(seconds) * 1e3, Math.abs(gain.seconds()) >= 0.01 ? 1 : 3) + " ms";
  }

  private List<Part> parts() {
    List<Part> parts = new ArrayList<>();
    // Dense models differ by stages only.
    if (plan.placement().isPresent() && other.placement().isPresent()) {
      parts.add(
          new Part(
              gain.balanceSeconds(),
              "balance ("
                  + against(
                      plan.placement().get().balancedness(), other.placement().get().balancedness())
                  + ")"));
      parts.add(
          new Part(
              gain.fetchSeconds(),
              (gain.fetchSeconds() > 0 ? "less" : "more")
                  + " weight fetch on the GPU that reads most"));
      parts.add(new Part(gain.togetherSeconds(), together()));
      parts.add(new Part(gain.homeSeconds(), home()));
      parts.add(
          new Part(
              gain.linkSeconds(),
              (gain.linkSeconds() > 0 ? "more" : "less") + " even load of links between domains"));
      parts.add(
          new Part(
              gain.portSeconds(),
              (gain.portSeconds() > 0 ? "fewer" : "more") + " copies into the busiest port"));
      for (Term term : Term.values()) {
        double seconds = gain.placed().of(term);
        parts.add(new Part(seconds, (seconds > 0 ? "less " : "more ") + term.words()));
      }
    }
    parts.add(new Part(gain.otherSeconds(), "stages: what they hold and which of them is slowest"));
    return parts;
  }

  private String together() {
    double now = choicesPerCopy(plan);
    double before = choicesPerCopy(other);
    String place =
        report.problem().engine().copyRule() == CopyRule.PER_DOMAIN
            ? "in one domain"
            : "on one GPU";
    String shared = Figures.fixed(now, 2) + " of a token's choices share one (";
    String sharedBefore = Figures.fixed(before, 2) + " before";
    if (gain.togetherSeconds() > 0) {
      return "fewer copies because "
          + shared
          + sharedBefore
          + ": experts chosen together sit "
          + place
          + ")";
    }
    return "more copies because "
        + shared
        + sharedBefore
        + (gain.homeSeconds() > 0 ? ": fewer leave home to share one" : "")
        + ")";
  }

  private static double choicesPerCopy(Evaluation evaluation) {
    return evaluation.placement().orElseThrow().choicesPerCopy().orElse(1);
  }

  private String home() {
    Layout layout = report.plan().layout();
    boolean replicas =
        layout.redundantExperts() > 0
            && !report.problem().engine().dispatchRule().sendersAreAlike();
    return "because "
        + percent(plan)
        + " of choices stay in the token's home domain ("
        + percent(other)
        + " before"
        + (gain.homeSeconds() > 0
            ? replicas ? ": replicas at home" : ": popular experts in larger domains"
            : "")
        + ")";
  }

  private static String percent(Evaluation evaluation) {
    return Figures.percent(evaluation.placement().orElseThrow().homeShare());
  }

  private static String against(double now, double before) {
    return Figures.fixed(now, 3) + " against " + Figures.fixed(before, 3);
  }

  // Where reading weights takes longer than computing, a better balance of load saves nothing.
  private String fetchNote() {
    double fetch = seconds(Term.EXPERT_FETCH);
    double experts = fetch + seconds(Term.EXPERT_COMPUTE);
    return fetch == 0
        ? ""
        : "; reading weights binds "
            + Figures.fixed(100 * fetch / experts, 0)
            + "% of the experts' time, where balance of load saves nothing";
  }

  private double seconds(Term term) {
    return plan.stages().stream().mapToDouble(stage -> stage.terms().of(term)).sum();
  }

  private String hiddenNote() {
    return gain.hiddenSeconds() == 0 && gain.hiddenSecondsBefore() == 0
        ? ""
        : "; what runs side by side hides "
            + millis(gain.hiddenSeconds())
            + " ("
            + millis(gain.hiddenSecondsBefore())
            + " before)";
  }
}
