package dev.rackplan.report;

import dev.rackplan.cost.operation.Term;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.PlacementFigures;
import dev.rackplan.problem.Degree;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/** Why one plan's figures differ from another's, in sentences. */
final class PlanDifference {
  private static final int MOST_TERMS = 4;
  // Below it two times are the same to a reader.
  private static final double LEAST_SHARE = 5e-4;

  private final Compared first;
  private final Compared other;

  private PlanDifference(Compared first, Compared other) {
    this.first = first;
    this.other = other;
  }

  /** What {@code other} does otherwise than {@code first}, and what that is worth. */
  static List<String> sentences(Compared first, Compared other) {
    PlanDifference difference = new PlanDifference(first, other);
    List<String> sentences = new ArrayList<>();
    sentences.add(difference.throughput());
    difference.question(sentences);
    sentences.add(difference.layout());
    if (other.phase() == first.phase()) {
      sentences.add(difference.step());
      difference.placement(sentences);
    } else {
      sentences.add("Their steps are not alike, so that no term is set against another.");
    }
    return sentences;
  }

  // The answer first, and whether it is more than the error.
  private String throughput() {
    double ratio = tokens(other) / tokens(first);
    String gpus =
        first.layout().gpus() == other.layout().gpus()
            ? ""
            : " on " + other.layout().gpus() + " GPUs instead of " + first.layout().gpus();
    if (Math.abs(ratio - 1) < LEAST_SHARE) {
      return other.name() + " yields as many tokens/s/GPU as " + first.name() + gpus + ".";
    }
    return other.name()
        + " yields "
        + Figures.percent(Math.abs(ratio - 1))
        + (ratio > 1 ? " more" : " fewer")
        + " tokens/s/GPU than "
        + first.name()
        + gpus
        + sure(Math.abs(ratio - 1))
        + ".";
  }

  private static double tokens(Compared plan) {
    return plan.evaluation().tokensPerSecondPerGpu();
  }

  // Of two plans of one question errors are partly shared.
  private String sure(double lead) {
    OptionalDouble error =
        sameQuestion()
            ? other.evaluation().confidence().ratio()
            : other.evaluation().confidence().plusMinus();
    if (error.isEmpty()) {
      return "";
    }
    return (lead > error.getAsDouble() ? ", which is more than the error of ± " : ", within ± ")
        + ConfidenceText.percent(error.getAsDouble());
  }

  private boolean sameQuestion() {
    return first.model().equals(other.model())
        && first.topology().equals(other.topology())
        && first.workload().equals(other.workload());
  }

  private void question(List<String> sentences) {
    List<String> differ = new ArrayList<>();
    addWords(differ, first.model(), other.model());
    addWords(differ, first.topology(), other.topology());
    addWords(differ, first.workload(), other.workload());
    if (!differ.isEmpty()) {
      sentences.add("It answers another question: " + String.join(", ", differ) + ".");
    }
  }

  private static void addWords(List<String> differ, String before, String now) {
    if (!before.equals(now)) {
      differ.add(now + " instead of " + before);
    }
  }

  private String layout() {
    List<String> differ = new ArrayList<>();
    for (Degree degree : Degree.values()) {
      int before = first.layout().get(degree);
      int now = other.layout().get(degree);
      if (before != now) {
        differ.add(
            Figures.spaced(degree.key())
                + " "
                + value(degree, now)
                + " instead of "
                + value(degree, before));
      }
    }
    return differ.isEmpty()
        ? "Both have the same layout: they differ in which GPUs, layers and experts go together."
        : "Its layout has " + String.join(", ", differ) + ".";
  }

  private static String value(Degree degree, int value) {
    return degree.inFile(value).toString();
  }

  // The largest changes; what is left also has what runs side by side hides.
  private String step() {
    Evaluation before = first.evaluation();
    Evaluation now = other.evaluation();
    double change = now.stepSeconds() - before.stepSeconds();
    String name = other.phase().stepName();
    List<Term> terms =
        Stream.of(Term.values())
            .filter(term -> Math.abs(change(term)) > LEAST_SHARE * before.stepSeconds())
            .sorted(Comparator.comparingDouble((Term term) -> -Math.abs(change(term))))
            .limit(MOST_TERMS)
            .toList();
    if (terms.isEmpty() && Math.abs(change) <= LEAST_SHARE * before.stepSeconds()) {
      return "Its " + name + " is the same, term by term.";
    }
    List<String> parts = new ArrayList<>();
    double told = 0;
    for (Term term : terms) {
      parts.add(term.words() + " " + signedMillis(change(term)));
      told += change(term);
    }
    parts.add("all else, with what runs side by side, " + signedMillis(change - told));
    String size =
        Math.abs(change) <= LEAST_SHARE * before.stepSeconds()
            ? " is as long"
            : " is "
                + Figures.percent(Math.abs(change) / before.stepSeconds())
                + (change > 0 ? " longer" : " shorter");
    return "Its "
        + name
        + size
        + " ("
        + signedMillis(change)
        + "): "
        + String.join(", ", parts)
        + ".";
  }

  private double change(Term term) {
    return other.stepTerms().of(term) - first.stepTerms().of(term);
  }

  private static String signedMillis(double seconds) {
    return (seconds < 0 ? "-" : "+") + Figures.millis(Math.abs(seconds)) + " ms";
  }

  private void placement(List<String> sentences) {
    if (first.evaluation().placement().isEmpty() || other.evaluation().placement().isEmpty()) {
      return;
    }
    PlacementFigures before = first.evaluation().placement().get();
    PlacementFigures now = other.evaluation().placement().get();
    sentences.add(
        "Its GPUs' loads have a mean of "
            + Figures.fixed(now.balancedness(), 3)
            + " of the largest instead of "
            + Figures.fixed(before.balancedness(), 3)
            + ", and a token is sent to "
            + Figures.fixed(now.remoteDomainsPerToken(), 2)
            + " other domains instead of "
            + Figures.fixed(before.remoteDomainsPerToken(), 2)
            + ".");
  }
}
