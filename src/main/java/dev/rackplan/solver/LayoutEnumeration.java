package dev.rackplan.solver;

import dev.rackplan.cost.TrainingCost;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.GpuSlots;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
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
  private final int usableGpus;
  private final DegreeChoices choices;
  private final List<LayoutTrial> refused = new ArrayList<>();
  private final List<LayoutTrial> passedOver = new ArrayList<>();
  private final List<Layout> layouts = new ArrayList<>();

  private LayoutEnumeration(Problem problem) {
    this.problem = problem;
    this.usableGpus = problem.topology().usableGpus().size();
    this.choices = new DegreeChoices(problem);
  }

  /**
   * Layouts that fit the number of GPUs and the model; {@code sequencesPerMicroBatch} is 1 where it
   * is still to be found.
   */
  record Enumerated(List<Layout> layouts, List<LayoutTrial> refused) {}

  static Enumerated of(Problem problem) {
    LayoutEnumeration enumeration = new LayoutEnumeration(problem);
    for (int parallel : enumeration.choices.expertParallel()) {
      for (int redundant : enumeration.choices.redundantExperts(parallel)) {
        for (int degree : enumeration.choices.attentionTensorParallel(parallel)) {
          enumeration.withStages(parallel, redundant, degree);
        }
      }
    }
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
      List<Integer> listed = problem.layoutSpace().sequencesPerMicroBatch();
      int sequences =
          listed.isEmpty()
              ? enumeration.sequences(layout.replicas(), count)
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
    LayoutEnumeration enumeration = new LayoutEnumeration(problem);
    LayoutSpace space = problem.layoutSpace();
    List<Integer> sequences = space.sequencesPerMicroBatch();
    if (sequences.isEmpty() && problem.workload().concurrentSequences().isPresent()) {
      sequences = List.of(enumeration.sequences(layout.replicas(), layout.microBatches()));
    }
    return Stream.of(
            unlisted("replicas", layout.replicas(), space.replicas()),
            unlisted("pipelineStages", layout.pipelineStages(), space.pipelineStages()),
            unlisted("expertParallel", layout.expertParallel(), space.expertParallel()),
            unlisted(
                "attentionTensorParallel",
                layout.attentionTensorParallel(),
                space.attentionTensorParallel()),
            unlisted("microBatches", layout.microBatches(), space.microBatches()),
            unlisted("sequencesPerMicroBatch", layout.sequencesPerMicroBatch(), sequences),
            unlisted("redundantExperts", layout.redundantExperts(), space.redundantExperts()))
        .flatMap(Optional::stream)
        .findFirst()
        .or(() -> enumeration.fault(layout));
  }

  private static Optional<String> unlisted(String degree, int value, List<Integer> allowed) {
    return allowed.isEmpty() || allowed.contains(value)
        ? Optional.empty()
        : Optional.of(
            degree
                + " "
                + value
                + ", the problem allows "
                + String.join(", ", allowed.stream().map(String::valueOf).toList()));
  }

  private Optional<MoeFfn> moe() {
    return problem.model().moeLayers().stream().findFirst().flatMap(problem.model()::moe);
  }

  private void withStages(int parallel, int redundant, int degree) {
    int perStage = Math.max(parallel, degree);
    for (int stages : choices.pipelineStages(perStage)) {
      for (int replicas : choices.replicas(stages * perStage)) {
        if (problem.workload().phase() == Phase.TRAINING) {
          withGlobalBatch(replicas, stages, parallel, degree, redundant);
          continue;
        }
        for (int microBatches : choices.microBatches(stages)) {
          List<Integer> listed = problem.layoutSpace().sequencesPerMicroBatch();
          for (int sequences :
              listed.isEmpty() ? List.of(sequences(replicas, microBatches)) : listed) {
            add(replicas, stages, parallel, degree, microBatches, sequences, redundant);
          }
        }
      }
    }
  }

  // In training the micro-batches of all replicas make up the global batch: one degree follows from
  // the other, and neither listed means one sequence for each attention rank.
  private void withGlobalBatch(int replicas, int stages, int parallel, int degree, int redundant) {
    List<Integer> listed = problem.layoutSpace().microBatches();
    List<Integer> sequences = problem.layoutSpace().sequencesPerMicroBatch();
    long batch = problem.workload().concurrentSequences().orElseThrow();
    int ranks = Math.max(parallel, degree) / degree;
    if (listed.isEmpty()) {
      for (int each : sequences.isEmpty() ? List.of(ranks) : sequences) {
        int microBatches = (int) Math.max(1, batch / ((long) replicas * each));
        add(replicas, stages, parallel, degree, microBatches, each, redundant);
      }
    }
    for (int microBatches : listed) {
      List<Integer> open = List.of(sequences(replicas, microBatches));
      for (int each : sequences.isEmpty() ? open : sequences) {
        add(replicas, stages, parallel, degree, microBatches, each, redundant);
      }
    }
  }

  private int sequences(int replicas, int microBatches) {
    long asked = problem.workload().concurrentSequences().orElse(1);
    long each = (asked + (long) replicas * microBatches - 1) / ((long) replicas * microBatches);
    return (int) Math.min(Integer.MAX_VALUE, each);
  }

  private void add(
      int replicas,
      int stages,
      int parallel,
      int degree,
      int microBatches,
      int sequences,
      int redundant) {
    if (parallel > 1 && parallel % degree != 0) {
      Layout shown = new Layout(replicas, stages, parallel, 1, microBatches, sequences, redundant);
      refuse(
          shown,
          "attentionTensorParallel " + degree + " does not divide expertParallel " + parallel);
      return;
    }
    Layout layout =
        new Layout(replicas, stages, parallel, degree, microBatches, sequences, redundant);
    Optional<String> fault = fault(layout);
    if (fault.isPresent()) {
      refuse(layout, fault.get());
    } else {
      layouts.add(layout);
    }
  }

  private void refuse(Layout layout, String reason) {
    LayoutSpace space = problem.layoutSpace();
    boolean asked =
        !space.pipelineStages().isEmpty()
            && (moe().isEmpty()
                ? !space.attentionTensorParallel().isEmpty()
                : !space.expertParallel().isEmpty())
            && (space.replicas().isEmpty() || space.replicas().contains(layout.replicas()));
    LayoutTrial trial =
        new LayoutTrial(
            layout,
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

  // One line is enough for layouts that differ in searched degrees only.
  private boolean sameShape(Layout a, Layout b) {
    LayoutSpace space = problem.layoutSpace();
    return a.pipelineStages() == b.pipelineStages()
        && a.expertParallel() == b.expertParallel()
        && (space.attentionTensorParallel().isEmpty()
            || a.attentionTensorParallel() == b.attentionTensorParallel())
        && (space.replicas().isEmpty() || a.replicas() == b.replicas())
        && (space.microBatches().isEmpty() || a.microBatches() == b.microBatches())
        && (space.redundantExperts().isEmpty() || a.redundantExperts() == b.redundantExperts());
  }

  private Optional<String> fault(Layout layout) {
    int layers = problem.model().layers().size();
    if (layout.pipelineStages() > layers) {
      return Optional.of(layout.pipelineStages() + " stages, the model has " + layers + " layers");
    }
    long needed = (long) layout.replicas() * layout.pipelineStages() * layout.gpusPerStage();
    if (needed > usableGpus) {
      return Optional.of(
          "needs "
              + needed
              + " GPUs, "
              + usableGpus
              + " are usable: "
              + (needed - usableGpus)
              + " too few");
    }
    Optional<String> training = TrainingCost.fault(problem, layout);
    if (training.isPresent()) {
      return training;
    }
    if (moe().isEmpty()) {
      return layout.expertParallel() > 1
          ? Optional.of("expertParallel " + layout.expertParallel() + ", the model has no experts")
          : layout.redundantExperts() > 0
              ? Optional.of("redundant experts, the model has none")
              : Optional.empty();
    }
    if (layout.attentionTensorParallel() > layout.expertParallel()) {
      return Optional.of(
          "attentionTensorParallel "
              + layout.attentionTensorParallel()
              + " above expertParallel "
              + layout.expertParallel());
    }
    return problem.model().moeLayers().stream()
        .flatMap(layer -> slotFault(layout, layer).stream())
        .findFirst();
  }

  private Optional<String> slotFault(Layout layout, int layer) {
    int experts = problem.model().moe(layer).orElseThrow().experts();
    int slots = experts + layout.redundantExperts();
    if (slots < layout.expertParallel()) {
      return Optional.of(
          slots
              + " slots for "
              + layout.expertParallel()
              + " GPUs; "
              + (layout.expertParallel() - experts)
              + " redundant experts would give each one");
    }
    int most = new GpuSlots(slots, layout.expertParallel()).mostSlotsPerGpu();
    if (most > experts) {
      return Optional.of(
          most + " slots a GPU for " + experts + " experts: a GPU would hold one twice");
    }
    return Optional.empty();
  }
}
