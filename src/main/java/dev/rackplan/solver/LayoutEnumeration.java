package dev.rackplan.solver;

import dev.rackplan.plan.EngineStart;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.LayoutRule;
import dev.rackplan.plan.LayoutTrial;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.DegreeChoices;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * The layouts of a {@link LayoutSpace}: every combination of the listed values and, for degrees
 * that are not listed, of those that {@link DegreeChoices} finds worth a look.
 *
 * <p>A combination that can't be is refused with its reason where all of it was listed, or nothing
 * else is left; else it is passed over.
 */
final class LayoutEnumeration {
  private final Problem problem;
  private final DegreeChoices choices;
  private final EngineStart engines;
  private final List<LayoutTrial> refused = new ArrayList<>();
  private final List<LayoutTrial> passedOver = new ArrayList<>();
  private final List<Layout> layouts = new ArrayList<>();

  private LayoutEnumeration(Problem problem) {
    this.problem = problem;
    this.choices = new DegreeChoices(problem);
    this.engines = new EngineStart(problem);
  }

  /**
   * Layouts that fit the number of GPUs and the model; {@code sequencesPerMicroBatch} is 1 where it
   * is still to be found.
   */
  record Enumerated(List<Layout> layouts, List<LayoutTrial> refused) {}

  static Enumerated of(Problem problem) {
    LayoutEnumeration enumeration = new LayoutEnumeration(problem);
    enumeration.choose(enumeration.choices.order(), Layout.neutral());
    boolean nothing = enumeration.layouts.isEmpty() && enumeration.refused.isEmpty();
    return new Enumerated(
        List.copyOf(enumeration.layouts),
        List.copyOf(nothing ? enumeration.passedOver : enumeration.refused));
  }

  /** {@code layout} with other numbers of micro-batches, where the problem leaves those open. */
  static List<Layout> otherMicroBatches(Problem problem, Layout layout) {
    LayoutEnumeration enumeration = new LayoutEnumeration(problem);
    List<Layout> others = new ArrayList<>();
    for (int count : enumeration.choices.otherMicroBatches(layout.pipelineStages())) {
      int sequences =
          problem.layoutSpace().isOpen(Degree.SEQUENCES_PER_MICRO_BATCH)
              ? enumeration.choices.sequencesAsked(layout.with(Degree.MICRO_BATCHES, count)::get)
              : layout.sequencesPerMicroBatch();
      others.add(layout.withMicroBatches(count, sequences));
    }
    return others;
  }

  /**
   * Why the problem does not allow {@code layout}: a degree beside those that it lists, other
   * sequences than it asks for, or one that doesn't fit; empty where it does.
   */
  static Optional<String> fault(Problem problem, Layout layout) {
    LayoutSpace space = problem.layoutSpace();
    boolean asked = problem.workload().concurrentSequences().isPresent();
    if (asked && space.isOpen(Degree.SEQUENCES_PER_MICRO_BATCH)) {
      int sequences = new DegreeChoices(problem).sequencesAsked(layout::get);
      space = space.with(Degree.SEQUENCES_PER_MICRO_BATCH, List.of(sequences));
    }
    for (Degree degree : Degree.values()) {
      if (!space.allows(degree, layout.get(degree))) {
        return Optional.of(unlisted(degree, layout.get(degree), space.values(degree)));
      }
    }
    return new LayoutEnumeration(problem).fault(layout);
  }

  // What can't be at all, then what the engine doesn't start.
  private Optional<String> fault(Layout layout) {
    return LayoutRule.firstFault(problem, layout).or(() -> engines.fault(layout));
  }

  private static String unlisted(Degree degree, int value, List<Integer> allowed) {
    return degree.key()
        + " "
        + value
        + ", the problem allows "
        + String.join(", ", allowed.stream().map(String::valueOf).toList());
  }

  // Every combination of the values of the degrees that are left, the last one innermost.
  private void choose(List<Degree> left, Layout chosen) {
    if (left.isEmpty()) {
      add(chosen);
      return;
    }
    for (int value : choices.values(left.get(0), chosen::get)) {
      choose(left.subList(1, left.size()), chosen.with(left.get(0), value));
    }
  }

  private void add(Layout layout) {
    Optional<String> fault = fault(layout);
    if (fault.isPresent()) {
      refuse(layout, fault.get());
    } else {
      layouts.add(layout);
    }
  }

  private void refuse(Layout layout, String reason) {
    LayoutSpace space = problem.layoutSpace();
    // Whoever lists the stages and what makes up their GPUs wants to know.
    boolean asked =
        !space.isOpen(Degree.PIPELINE_STAGES)
            && !space.isOpen(
                problem.model().moeLayers().isEmpty()
                    ? Degree.ATTENTION_TENSOR_PARALLEL
                    : Degree.EXPERT_PARALLEL);
    LayoutTrial trial =
        new LayoutTrial(
            layout,
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            LayoutTrial.Reason.OTHER,
            reason);
    if (!asked) {
      passedOver.add(trial);
    } else if (refused.stream().noneMatch(other -> sameShape(other.layout(), layout))) {
      refused.add(trial);
    }
  }

  // One line is enough for layouts that differ in searched degrees only, or in sequences.
  private boolean sameShape(Layout a, Layout b) {
    return Stream.of(Degree.values())
        .filter(degree -> degree != Degree.SEQUENCES_PER_MICRO_BATCH)
        .allMatch(degree -> problem.layoutSpace().isOpen(degree) || a.get(degree) == b.get(degree));
  }
}
