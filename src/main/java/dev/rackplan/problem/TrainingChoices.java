package dev.rackplan.problem;

import dev.rackplan.workload.Offload;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.Training;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/** What {@link DegreeChoices} finds worth a look in training alone. */
final class TrainingChoices {
  // A chunk of more layers than this has the same bubble as fewer chunks have.
  private static final int MOST_LAYERS_A_CHUNK = 4;
  // Below this a GPU's part of a sequence no longer fills its products: published runs divide
  // sequences of 8,192 tokens and more.
  private static final int FEWEST_TOKENS_OF_A_PART = 4096;
  private static final int MOST_PARTS_OF_A_SEQUENCE = 32;
  // Sequences of one rank and micro-batch: published large runs have 1 to 4.
  private static final int MOST_SEQUENCES_OF_A_RANK = 8;

  private static final int MOST_COUNTS_OF_LAYERS = 4;
  private static final int MOST_DOMAINS_OF_A_COPY = 4;
  // ZeRO 1: beyond it gradients are divided, too.
  private static final int FIRST_OF_GRADIENTS = 2;

  private final Problem problem;

  TrainingChoices(Problem problem) {
    this.problem = problem;
  }

  private boolean trains() {
    return problem.workload().phase() == Phase.TRAINING;
  }

  /**
   * Schedules that the engine has: one stage needs none; a pipeline 1F1B, chunks, and where no
   * engine says otherwise ZB-H1 and DualPipe.
   */
  List<Integer> schedules(ToIntFunction<Degree> chosen) {
    if (!trains()) {
      return List.of(Degree.SCHEDULE.neutral());
    }
    int stages = chosen.applyAsInt(Degree.PIPELINE_STAGES);
    boolean pairs = stages % 2 == 0;
    return Stream.of(PipelineSchedule.values())
        .filter(
            schedule ->
                switch (schedule) {
                  case ONE_FORWARD_ONE_BACKWARD -> true;
                  case INTERLEAVED -> stages > 1;
                  case ZERO_BUBBLE -> stages > 1 && !isMegatron();
                  case DUAL_PIPE -> stages > 1 && pairs && !isMegatron();
                })
        .map(schedule -> schedule.ordinal() + 1)
        .toList();
  }

  private boolean isMegatron() {
    return problem.engine().kind().filter(kind -> kind == EngineKind.MEGATRON).isPresent();
  }

  /** Chunks of one to four layers each under an interleaved schedule, at least two of them. */
  List<Integer> virtualStages(ToIntFunction<Degree> chosen) {
    List<Integer> whole = List.of(Degree.VIRTUAL_STAGES.neutral());
    if (!trains() || scheduleOf(chosen) != PipelineSchedule.INTERLEAVED) {
      return whole;
    }
    int layers = problem.model().layers().size() / chosen.applyAsInt(Degree.PIPELINE_STAGES);
    TreeSet<Integer> chunks = new TreeSet<>();
    for (int each = 1; each <= MOST_LAYERS_A_CHUNK; each++) {
      chunks.add(layers / each);
    }
    return chunks.stream().filter(count -> count > 1).toList();
  }

  private PipelineSchedule scheduleOf(ToIntFunction<Degree> chosen) {
    int schedule = chosen.applyAsInt(Degree.SCHEDULE);
    return schedule > 0
        ? PipelineSchedule.values()[schedule - 1]
        : problem.workload().training().map(Training::schedule).orElseThrow();
  }

  /**
   * All that the engine has, the quickest first: Megatron-LM computes the activation function of a
   * dense FFN again only with the whole FFN ({@code recompute_modules}), and no whole layers that
   * mix several residual streams.
   */
  List<Integer> recomputations() {
    boolean pointwise = !isMegatron() || !problem.model().moeLayers().isEmpty();
    boolean full =
        !isMegatron() || problem.model().layers().stream().allMatch(layer -> layer.streams() == 1);
    return trains()
        ? Stream.of(Recompute.values())
            .filter(recompute -> pointwise || recompute != Recompute.POINTWISE)
            .filter(recompute -> full || recompute != Recompute.FULL)
            .map(recompute -> recompute.ordinal() + 1)
            .toList()
        : List.of(Degree.RECOMPUTE.neutral());
  }

  /**
   * Optimizer states in parts; gradients and weights, too, where no pipeline would reduce or gather
   * them once more with each micro-batch.
   */
  List<Integer> shardings(ToIntFunction<Degree> chosen) {
    if (!trains()) {
      return List.of(Degree.SHARDING.neutral());
    }
    return chosen.applyAsInt(Degree.PIPELINE_STAGES) == 1 ? List.of(2, 3, 4) : List.of(2);
  }

  /**
   * Layers of each chunk that are computed again where whole layers are, up to {@value
   * #MOST_COUNTS_OF_LAYERS} counts, the fewest first; all of them last.
   */
  List<Integer> recomputedLayers(ToIntFunction<Degree> chosen) {
    List<Integer> counts = new ArrayList<>();
    if (trains() && recomputes(chosen) == Recompute.FULL) {
      int parts = chosen.applyAsInt(Degree.PIPELINE_STAGES) * chunks(chosen);
      int most = (problem.model().layers().size() + parts - 1) / parts;
      int step = (most + MOST_COUNTS_OF_LAYERS - 1) / MOST_COUNTS_OF_LAYERS;
      for (int count = step; count < most; count += step) {
        counts.add(count);
      }
    }
    counts.add(Degree.RECOMPUTED_LAYERS.neutral());
    return counts;
  }

  private Recompute recomputes(ToIntFunction<Degree> chosen) {
    int recompute = chosen.applyAsInt(Degree.RECOMPUTE);
    return recompute > 0
        ? Recompute.values()[recompute - 1]
        : problem.workload().training().map(Training::recompute).orElseThrow();
  }

  private int chunks(ToIntFunction<Degree> chosen) {
    if (scheduleOf(chosen) != PipelineSchedule.INTERLEAVED) {
      return 1;
    }
    int chunks = chosen.applyAsInt(Degree.VIRTUAL_STAGES);
    return chunks > 0
        ? chunks
        : problem.workload().training().map(Training::virtualStages).orElseThrow();
  }

  /**
   * Ranks that hold one copy of gradients or weights together: all, or those of one domain, of two
   * or of four, where such a group is a part of them.
   */
  List<Integer> shardRanks(ToIntFunction<Degree> chosen) {
    List<Integer> ranks = new ArrayList<>(List.of(Degree.SHARD_RANKS.neutral()));
    if (!trains() || chosen.applyAsInt(Degree.SHARDING) <= FIRST_OF_GRADIENTS) {
      return ranks;
    }
    int tensor = chosen.applyAsInt(Degree.ATTENTION_TENSOR_PARALLEL);
    int all =
        problem.topology().usableGpus().size() / tensor / chosen.applyAsInt(Degree.PIPELINE_STAGES);
    int domain = problem.topology().domains().get(0).gpus().size() / tensor;
    for (int domains = 1; domains <= MOST_DOMAINS_OF_A_COPY; domains *= 2) {
      int group = domains * domain;
      if (group > 1 && group < all && all % group == 0) {
        ranks.add(group);
      }
    }
    return ranks;
  }

  /** The optimizer on the GPU, or its moments on the host. */
  List<Integer> offloads(ToIntFunction<Degree> chosen) {
    boolean either = trains() && chosen.applyAsInt(Degree.SHARDING) <= FIRST_OF_GRADIENTS;
    return either
        ? List.of(Offload.DEFAULT.ordinal(), Offload.OPTIMIZER.ordinal())
        : List.of(Offload.DEFAULT.ordinal());
  }

  /**
   * Powers of two that leave each GPU a few thousand tokens of a sequence, in two halves: the
   * causal mask is balanced by a part from each end (Megatron-LM, arguments.py).
   */
  List<Integer> contextParallel(ToIntFunction<Degree> chosen, boolean dense) {
    List<Integer> degrees = new ArrayList<>(List.of(1));
    if (!problem.model().dividesContext()) {
      return degrees;
    }
    double tokens = problem.workload().contextTokens();
    int rank = chosen.applyAsInt(Degree.ATTENTION_TENSOR_PARALLEL);
    int stage =
        chosen.applyAsInt(Degree.EXPERT_PARALLEL)
            * chosen.applyAsInt(Degree.EXPERT_TENSOR_PARALLEL);
    for (int degree = 2;
        degree <= MOST_PARTS_OF_A_SEQUENCE && tokens / degree >= FEWEST_TOKENS_OF_A_PART;
        degree *= 2) {
      boolean whole = tokens % (2.0 * degree) == 0;
      if (whole && (dense || stage % (degree * rank) == 0)) {
        degrees.add(degree);
      }
    }
    return degrees;
  }

  /**
   * The most instances there are GPUs for among which the global batch divides, down to half of
   * them.
   *
   * @param most there are GPUs for
   */
  List<Integer> replicas(ToIntFunction<Degree> chosen, int most) {
    long batch = problem.workload().concurrentSequences().orElseThrow();
    int ranks = Degree.attentionRanks(chosen);
    for (int count = most; count > most / 2; count--) {
      if (batch % ((long) count * ranks) == 0) {
        return List.of(count);
      }
    }
    return List.of(most);
  }

  /**
   * One sequence for each attention rank, then two, four and so on as the batch divides; one of
   * those that are divided themselves.
   */
  List<Integer> sequences(ToIntFunction<Degree> chosen) {
    long batch = problem.workload().concurrentSequences().orElseThrow();
    int ranks = Degree.attentionRanks(chosen);
    List<Integer> sequences = new ArrayList<>(List.of(ranks));
    boolean divided = chosen.applyAsInt(Degree.PREFILL_CONTEXT_PARALLEL) > 1;
    for (int each = 2; each <= MOST_SEQUENCES_OF_A_RANK && !divided; each *= 2) {
      long together = (long) each * ranks * chosen.applyAsInt(Degree.REPLICAS);
      if (batch % together == 0) {
        sequences.add(each * ranks);
      }
    }
    return sequences;
  }
}
