package dev.rackplan.plan;

import dev.rackplan.model.MoeFfn;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Training;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What makes a layout one that can't be: its degrees against each other, the model, the cluster and
 * the workload. The search passes such layouts over, readers refuse those without a meaning, and
 * evaluations name the first rule that a plan breaks.
 *
 * <p>In the order in which they are asked; a rule may take for granted what those before it say.
 */
public enum LayoutRule {
  /** Attention ranks are groups of whole size among the GPUs that share the experts. */
  ATTENTION_RANKS_DIVIDE(Source.ENGINE, Optional.empty()) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      int parallel = layout.expertParallel();
      int degree = layout.attentionTensorParallel();
      return when(
          parallel > 1 && parallel % degree != 0,
          "attentionTensorParallel " + degree + " does not divide expertParallel " + parallel);
    }

    @Override
    public Optional<String> remedy(Problem problem) {
      return Optional.of("Give degrees that divide (docs/formats.md#layout).");
    }
  },
  /** Each stage holds a layer. */
  STAGES_HOLD_LAYERS(Source.MODEL, Optional.of(Degree.PIPELINE_STAGES)) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      int layers = problem.model().layers().size();
      return when(
          layout.pipelineStages() > layers,
          layout.pipelineStages() + " stages, the model has " + layers + " layers");
    }

    @Override
    public Optional<String> remedy(Problem problem) {
      return Optional.of("Give each stage at least one layer.");
    }
  },
  /** The cluster has the GPUs. */
  ENOUGH_GPUS(Source.CLUSTER, Optional.empty()) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      long needed = layout.gpusNeeded();
      int usable = problem.topology().usableGpus().size();
      return when(
          needed > usable,
          "needs "
              + needed
              + " GPUs, "
              + usable
              + " are usable: "
              + (needed - usable)
              + " too few");
    }

    @Override
    public Optional<String> remedy(Problem problem) {
      return Optional.of("Lower a degree, or solve again for this topology.");
    }
  },
  /** In training the micro-batches of all replicas make up the global batch. */
  GLOBAL_BATCH(Source.WORKLOAD, Optional.empty()) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      long held = layout.concurrentSequences();
      long batch = problem.workload().concurrentSequences().orElse(held);
      return when(
          problem.workload().training().isPresent() && held != batch,
          "global batch: holds " + held + " sequences, asked for " + batch);
    }
  },
  /** Interleaved stages take micro-batches in rounds. */
  INTERLEAVED_ROUNDS(Source.WORKLOAD, Optional.of(Degree.MICRO_BATCHES)) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      int stages = layout.pipelineStages();
      return when(
          runs(problem, PipelineSchedule.INTERLEAVED) && layout.microBatches() % stages != 0,
          "interleaved needs micro-batches in multiples of "
              + stages
              + ", not "
              + layout.microBatches());
    }
  },
  /** Each chunk of an interleaved stage holds a layer. */
  CHUNKS_HOLD_LAYERS(Source.WORKLOAD, Optional.of(Degree.PIPELINE_STAGES)) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      int stages = layout.pipelineStages();
      int chunks = problem.workload().training().map(Training::virtualStages).orElse(1);
      int layers = problem.model().layers().size();
      return when(
          runs(problem, PipelineSchedule.INTERLEAVED) && (long) stages * chunks > layers,
          stages + " stages of " + chunks + " chunks, the model has " + layers + " layers");
    }
  },
  /** DualPipe feeds the pipeline from both ends. */
  DUAL_PIPE_PAIRS(Source.WORKLOAD, Optional.of(Degree.MICRO_BATCHES)) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      int stages = layout.pipelineStages();
      int microBatches = layout.microBatches();
      return when(
          runs(problem, PipelineSchedule.DUAL_PIPE)
              && (stages % 2 != 0 || microBatches % 2 != 0 || microBatches < 2 * stages),
          "dualpipe needs even stages and an even number of at least twice as many micro-batches,"
              + " not "
              + stages
              + " and "
              + microBatches);
    }
  },
  /** Where there are no experts, none are spread. */
  EXPERTS_TO_SPREAD(Source.MODEL, Optional.of(Degree.EXPERT_PARALLEL)) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      return when(
          isDense(problem) && layout.expertParallel() > 1,
          "expertParallel " + layout.expertParallel() + ", the model has no experts");
    }

    @Override
    public Optional<String> remedy(Problem problem) {
      return Optional.of(problem.model().name() + " has no experts; use attentionTensorParallel.");
    }
  },
  /** Where there are no experts, none are copied. */
  EXPERTS_TO_COPY(Source.MODEL, Optional.of(Degree.REDUNDANT_EXPERTS)) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      return when(
          isDense(problem) && layout.redundantExperts() > 0,
          "redundant experts, the model has none");
    }

    @Override
    public Optional<String> remedy(Problem problem) {
      return Optional.of(problem.model().name() + " has no experts.");
    }
  },
  /** An attention rank lies within the GPUs that share the experts. */
  ATTENTION_RANK_WITHIN(Source.ENGINE, Optional.of(Degree.ATTENTION_TENSOR_PARALLEL)) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      return when(
          !isDense(problem) && layout.attentionTensorParallel() > layout.expertParallel(),
          "attentionTensorParallel "
              + layout.attentionTensorParallel()
              + " above expertParallel "
              + layout.expertParallel());
    }
  },
  /** Each GPU of a stage holds a slot of every MoE layer. */
  SLOT_FOR_EACH_GPU(Source.ENGINE, Optional.of(Degree.REDUNDANT_EXPERTS)) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      int parallel = layout.expertParallel();
      return experts(problem)
          .filter(experts -> experts + layout.redundantExperts() < parallel)
          .map(
              experts ->
                  (experts + layout.redundantExperts())
                      + " slots for "
                      + parallel
                      + " GPUs; "
                      + (parallel - experts)
                      + " redundant experts would give each one")
          .findFirst();
    }
  },
  /** No GPU holds an expert twice. */
  NO_SECOND_COPY(Source.ENGINE, Optional.of(Degree.REDUNDANT_EXPERTS)) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      return experts(problem)
          .filter(experts -> experts + layout.redundantExperts() >= layout.expertParallel())
          .filter(experts -> slotsPerGpu(experts, layout) > experts)
          .map(
              experts ->
                  slotsPerGpu(experts, layout)
                      + " slots a GPU for "
                      + experts
                      + " experts: a GPU would hold one twice")
          .findFirst();
    }
  };

  /** Who says so. */
  public enum Source {
    /** The model's shape. */
    MODEL,
    /** What engines start with. */
    ENGINE,
    /** The GPUs there are. */
    CLUSTER,
    /** The batch that is asked for, and the schedule that it runs on. */
    WORKLOAD
  }

  private final Source source;
  private final Optional<Degree> degree;

  LayoutRule(Source source, Optional<Degree> degree) {
    this.source = source;
    this.degree = degree;
  }

  /** Why {@code layout} breaks this rule; empty where it keeps it. */
  public abstract Optional<String> fault(Problem problem, Layout layout);

  /**
   * What to do about a file whose layout breaks it; empty where such a plan has a meaning, and can
   * be judged.
   */
  public Optional<String> remedy(Problem problem) {
    return Optional.empty();
  }

  /** Who says so. */
  public Source source() {
    return source;
  }

  /** The degree to change; empty where several may be. */
  public Optional<Degree> degree() {
    return degree;
  }

  /** The fault of the first rule that {@code layout} breaks; empty where it keeps all. */
  public static Optional<String> firstFault(Problem problem, Layout layout) {
    return Stream.of(values()).flatMap(rule -> rule.fault(problem, layout).stream()).findFirst();
  }

  /** The rules of these sources, in the order in which they are asked. */
  public static Stream<LayoutRule> of(Source... sources) {
    return Stream.of(values()).filter(rule -> List.of(sources).contains(rule.source));
  }

  private static Optional<String> when(boolean broken, String words) {
    return broken ? Optional.of(words) : Optional.empty();
  }

  private static boolean runs(Problem problem, PipelineSchedule schedule) {
    return problem.workload().training().map(Training::schedule).stream()
        .anyMatch(own -> own == schedule);
  }

  private static boolean isDense(Problem problem) {
    return problem.model().moeLayers().isEmpty();
  }

  /** Experts of each MoE layer. */
  private static Stream<Integer> experts(Problem problem) {
    return problem.model().moeLayers().stream()
        .map(layer -> problem.model().moe(layer).orElseThrow())
        .map(MoeFfn::experts);
  }

  private static int slotsPerGpu(int experts, Layout layout) {
    return layout.dealt(experts + layout.redundantExperts()).mostSlotsPerGpu();
  }
}
