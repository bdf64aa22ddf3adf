package dev.rackplan.solver;

import dev.rackplan.cost.TrainingCost;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.GpuSlots;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Domain;
import dev.rackplan.workload.Phase;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The layouts of a {@link LayoutSpace}: every combination of the listed values; a value that is not
 * listed follows from the others.
 *
 * <p>Not listed: one stage; attention tensor parallelism 1 (MoE) or the smallest domain's GPUs
 * (dense); expert parallelism the most GPUs that divide the slots, since engines run no others; no
 * redundant experts; as many replicas as fit; as many micro-batches as stages; sequences as the
 * asked concurrency needs.
 */
final class LayoutEnumeration {
  private final Problem problem;
  private final int usableGpus;
  private final List<LayoutTrial> refused = new ArrayList<>();
  private final List<Layout> layouts = new ArrayList<>();

  private LayoutEnumeration(Problem problem) {
    this.problem = problem;
    this.usableGpus = problem.topology().usableGpus().size();
  }

  /**
   * Layouts that fit the number of GPUs and the model; {@code sequencesPerMicroBatch} is 1 where it
   * is still to be found.
   */
  record Enumerated(List<Layout> layouts, List<LayoutTrial> refused) {}

  static Enumerated of(Problem problem) {
    LayoutEnumeration enumeration = new LayoutEnumeration(problem);
    LayoutSpace space = problem.layoutSpace();
    for (int stages : or(space.pipelineStages(), 1)) {
      for (int degree : or(space.attentionTensorParallel(), enumeration.defaultDegree())) {
        for (int redundant : or(space.redundantExperts(), 0)) {
          enumeration.withExpertParallel(stages, degree, redundant);
        }
      }
    }
    return new Enumerated(List.copyOf(enumeration.layouts), List.copyOf(enumeration.refused));
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

  private static List<Integer> or(List<Integer> listed, int otherwise) {
    return listed.isEmpty() ? List.of(otherwise) : listed;
  }

  private Optional<MoeFfn> moe() {
    return problem.model().moeLayers().stream().findFirst().flatMap(problem.model()::moe);
  }

  private int defaultDegree() {
    if (moe().isPresent()) {
      return 1;
    }
    int smallest =
        problem.topology().domains().stream()
            .map(Domain::gpus)
            .map(List::size)
            .min(Comparator.naturalOrder())
            .orElseThrow();
    return Integer.highestOneBit(Math.min(smallest, usableGpus));
  }

  private void withExpertParallel(int stages, int degree, int redundant) {
    List<Integer> listed = problem.layoutSpace().expertParallel();
    if (listed.isEmpty()) {
      int wanted = moe().isPresent() ? largestExpertParallel(stages, degree, redundant) : 1;
      withReplicas(stages, wanted, degree, redundant);
    }
    for (int parallel : listed) {
      withReplicas(stages, parallel, degree, redundant);
    }
  }

  private int largestExpertParallel(int stages, int degree, int redundant) {
    int replicas =
        problem.layoutSpace().replicas().stream().min(Comparator.naturalOrder()).orElse(1);
    int slots = moe().orElseThrow().experts() + redundant;
    int most = usableGpus / (stages * replicas);
    for (int parallel = most; parallel > degree; parallel--) {
      if (slots % parallel == 0 && parallel % degree == 0) {
        return parallel;
      }
    }
    return degree;
  }

  private void withReplicas(int stages, int parallel, int degree, int redundant) {
    int perInstance = stages * Math.max(parallel, degree);
    for (int replicas :
        or(problem.layoutSpace().replicas(), Math.max(1, usableGpus / perInstance))) {
      if (problem.workload().phase() == Phase.TRAINING) {
        withGlobalBatch(replicas, stages, parallel, degree, redundant);
        continue;
      }
      for (int microBatches : or(problem.layoutSpace().microBatches(), stages)) {
        for (int sequences :
            or(problem.layoutSpace().sequencesPerMicroBatch(), sequences(replicas, microBatches))) {
          add(replicas, stages, parallel, degree, microBatches, sequences, redundant);
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
      for (int each : or(sequences, ranks)) {
        int microBatches = (int) Math.max(1, batch / ((long) replicas * each));
        add(replicas, stages, parallel, degree, microBatches, each, redundant);
      }
    }
    for (int microBatches : listed) {
      for (int each : or(sequences, sequences(replicas, microBatches))) {
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
    refused.add(
        new LayoutTrial(
            layout, java.util.OptionalDouble.empty(), java.util.OptionalDouble.empty(), reason));
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
