package dev.rackplan.plan;

import dev.rackplan.model.MoeFfn;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.MoeCommunication;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Drafts;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
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
      int experts = layout.expertParallel() * layout.expertTensorParallel();
      int rank = Degree.gpusPerAttentionRank(layout::get);
      return when(
          experts > 1 && experts % rank != 0,
          sized(rank, "attentionTensorParallel", "prefillContextParallel", layout)
              + " does not divide "
              + sized(experts, "expertParallel", "expertTensorParallel", layout));
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
  /** What only training has is chosen in training; chunks where stages are interleaved. */
  TRAINING_DEGREES(Source.WORKLOAD, Optional.empty()) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      if (!isTraining(problem)) {
        return Stream.of(Degree.values())
            .filter(degree -> degree.followsWorkload() && layout.get(degree) != degree.neutral())
            .map(degree -> degree.key() + " outside training")
            .findFirst();
      }
      int chunks = layout.get(Degree.VIRTUAL_STAGES);
      return when(
          chunks > 1 && !runs(problem, layout, PipelineSchedule.INTERLEAVED),
          "virtualStages " + chunks + " without schedule interleaved");
    }

    @Override
    public Optional<String> remedy(Problem problem) {
      return Optional.of(
          isTraining(problem)
              ? "Give schedule \"interleaved\" beside virtualStages."
              : "Remove it from the layout.");
    }
  },
  /** Some layers are computed again only where whole layers are. */
  RECOMPUTED_LAYERS_ARE_WHOLE(Source.WORKLOAD, Optional.of(Degree.RECOMPUTED_LAYERS)) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      int layers = layout.get(Degree.RECOMPUTED_LAYERS);
      Optional<Training> training = layout.training(problem.workload());
      return when(
          layers > 0 && training.filter(own -> own.recompute() == Recompute.FULL).isEmpty(),
          "recomputedLayers " + layers + " without recompute full");
    }

    @Override
    public Optional<String> remedy(Problem problem) {
      return Optional.of("Give recompute \"full\" beside recomputedLayers.");
    }
  },
  /** Groups that hold a copy together are a part of the data-parallel ranks, and of an expert's. */
  COPIES_DIVIDE_RANKS(Source.WORKLOAD, Optional.of(Degree.SHARD_RANKS)) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      int ranks = layout.dataParallelRanks();
      int group = layout.get(Degree.SHARD_RANKS);
      if (group == 0) {
        group = asked(problem, layout).filter(size -> size < ranks).orElse(0);
      }
      if (group == 0) {
        return Optional.empty();
      }
      if (group > ranks || ranks % group != 0) {
        return Optional.of(
            "shardRanks " + group + " does not divide " + ranks + " data-parallel ranks");
      }
      int copies = ranks / group;
      return when(
          !isDense(problem) && layout.replicas() % copies != 0,
          copies + " copies do not divide the " + layout.replicas() + " ranks of an expert");
    }

    // The workload's own, where it divides anything; all ranks hold one copy if there are no more.
    private Optional<Integer> asked(Problem problem, Layout layout) {
      return layout
          .training(problem.workload())
          .map(Training::sharding)
          .filter(own -> own.optimizer() && own.ranks().isPresent())
          .map(own -> own.ranks().getAsInt());
    }
  },
  /** Interleaved stages take micro-batches in rounds. */
  INTERLEAVED_ROUNDS(Source.WORKLOAD, Optional.of(Degree.MICRO_BATCHES)) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      int stages = layout.pipelineStages();
      return when(
          runs(problem, layout, PipelineSchedule.INTERLEAVED)
              && layout.microBatches() % stages != 0,
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
      int chunks = layout.training(problem.workload()).map(Training::virtualStages).orElse(1);
      int layers = problem.model().layers().size();
      return when(
          runs(problem, layout, PipelineSchedule.INTERLEAVED) && (long) stages * chunks > layers,
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
          runs(problem, layout, PipelineSchedule.DUAL_PIPE)
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
      int experts = layout.expertParallel() * layout.expertTensorParallel();
      int rank = Degree.gpusPerAttentionRank(layout::get);
      return when(
          !isDense(problem) && rank > experts,
          sized(rank, "attentionTensorParallel", "prefillContextParallel", layout)
              + " above "
              + sized(experts, "expertParallel", "expertTensorParallel", layout)
              + "; a stage's GPUs are expertParallel x expertTensorParallel");
    }
  },
  /** Slices of an expert are of whole width; where there are no experts, none are sliced. */
  EXPERT_SLICES(Source.MODEL, Optional.of(Degree.EXPERT_TENSOR_PARALLEL)) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      int slices = layout.expertTensorParallel();
      if (isDense(problem)) {
        return when(slices > 1, "expertTensorParallel " + slices + ", the model has no experts");
      }
      return problem.model().moeLayers().stream()
          .map(layer -> problem.model().moe(layer).orElseThrow().expertWidth())
          .filter(width -> width % slices != 0)
          .map(width -> "expertTensorParallel " + slices + " does not divide width " + width)
          .findFirst();
    }

    @Override
    public Optional<String> remedy(Problem problem) {
      return Optional.of("Give an expertTensorParallel that divides the width of an expert.");
    }
  },
  /** Dense FFNs are divided over a part of a stage that holds whole attention groups, or not. */
  DENSE_SLICES(Source.ENGINE, Optional.of(Degree.DENSE_TENSOR_PARALLEL)) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      int dense = layout.denseTensorParallel();
      int attention = layout.attentionTensorParallel();
      return when(
          dense != attention
              && (isTraining(problem)
                  || isDense(problem)
                  || layout.gpusPerStage() % dense != 0
                  || (dense > 1 && dense % attention != 0)),
          "denseTensorParallel "
              + dense
              + ": engines divide dense FFNs beside experts as attention, over whole attention ranks"
              + " of the stage, or not at all");
    }
  },
  /** Tokens reach experts in a way that fits where they are. */
  COMMUNICATION_FITS(Source.ENGINE, Optional.of(Degree.MOE_COMMUNICATION)) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      MoeCommunication way = MoeCommunication.values()[layout.get(Degree.MOE_COMMUNICATION)];
      int groups = layout.tokenGroups();
      return when(
              way != MoeCommunication.DEFAULT && isDense(problem), way.key() + " without experts")
          .or(
              () ->
                  when(
                      isTraining(problem)
                          && way != MoeCommunication.DEFAULT
                          && way != MoeCommunication.ALL_TO_ALL,
                      way.key() + " in training, whose kernels send tokens to experts"))
          .or(
              () ->
                  when(
                      way == MoeCommunication.ALL_REDUCE && groups > 1,
                      "allReduce needs one group of GPUs with the same tokens, not " + groups))
          .or(
              () ->
                  when(
                      way == MoeCommunication.ALL_GATHER && groups == 1,
                      "allGather where every GPU has every token already"))
          .or(
              () ->
                  when(
                      layout.expertTensorParallel() > 1
                          && !isTraining(problem)
                          && way == MoeCommunication.ALL_TO_ALL,
                      "all-to-all sends tokens to whole experts, not to slices of "
                          + layout.expertTensorParallel()));
    }
  },
  /** Context parallelism divides caches that can be divided, in the phase it is for. */
  CONTEXT_DIVIDES(Source.ENGINE, Optional.empty()) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      int decode = layout.decodeContextParallel();
      int prefill = layout.prefillContextParallel();
      Phase phase = problem.workload().phase();
      int tensor = layout.attentionTensorParallel();
      return when(decode > 1 && phase != Phase.DECODE, "decodeContextParallel outside decode")
          .or(() -> when(prefill > 1 && phase == Phase.DECODE, "prefillContextParallel in decode"))
          .or(
              () ->
                  when(
                      prefill > 1 && !problem.model().dividesContext(),
                      "prefillContextParallel "
                          + prefill
                          + ": not every layer can divide a prompt"))
          .or(
              () ->
                  when(
                      problem.model().gpusPerKvHead(tensor) % decode != 0,
                      "decodeContextParallel "
                          + decode
                          + " does not divide the "
                          + problem.model().gpusPerKvHead(tensor)
                          + " GPUs that share a KV head at attentionTensorParallel "
                          + tensor));
    }
  },
  /** Drafts are checked in decode, as many as an acceptance is known of. */
  DRAFTS_KNOWN(Source.WORKLOAD, Optional.of(Degree.DRAFT_TOKENS)) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      int drafts = layout.get(Degree.DRAFT_TOKENS);
      int known = problem.workload().drafts().map(Drafts::most).orElse(0);
      return when(
              drafts > known,
              "draftTokens " + drafts + ", workload.drafts knows the acceptance of " + known)
          .or(
              () ->
                  when(
                      drafts > 0 && !problem.canDraft(),
                      "draftTokens "
                          + drafts
                          + ", and nothing drafts: the model has no next-token layers"));
    }

    @Override
    public Optional<String> remedy(Problem problem) {
      return Optional.of(
          "Give workload.drafts.acceptance a share for each position, and a model where the model has no"
              + " next-token layers.");
    }
  },
  /** Half batches overlap around transfers to experts, while serving. */
  OVERLAP_FITS(Source.ENGINE, Optional.of(Degree.TWO_BATCH_OVERLAP)) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      return when(
          layout.get(Degree.TWO_BATCH_OVERLAP) == 2 && (isDense(problem) || isTraining(problem)),
          "twoBatchOverlap on, " + (isDense(problem) ? "without experts" : "in training"));
    }
  },
  /** Prompts are read in chunks in prefill. */
  CHUNKS_OF_PROMPTS(Source.WORKLOAD, Optional.of(Degree.CHUNK_TOKENS)) {
    @Override
    public Optional<String> fault(Problem problem, Layout layout) {
      return when(
          layout.get(Degree.CHUNK_TOKENS) > 0 && problem.workload().phase() != Phase.PREFILL,
          "chunkTokens outside prefill");
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

  private static String sized(int product, String first, String second, Layout layout) {
    boolean both =
        first.startsWith("expert")
            ? layout.expertTensorParallel() > 1
            : layout.prefillContextParallel() > 1;
    return (both ? first + " x " + second : first) + " " + product;
  }

  private static boolean isTraining(Problem problem) {
    return problem.workload().phase() == Phase.TRAINING;
  }

  private static boolean runs(Problem problem, Layout layout, PipelineSchedule schedule) {
    return layout.training(problem.workload()).map(Training::schedule).stream()
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
