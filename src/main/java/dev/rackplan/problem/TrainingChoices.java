package dev.rackplan.problem;

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
   * dense FFN again only with the whole FFN ({@code recompute_modules}).
   */
  List<Integer> recomputations() {
    boolean pointwise = !isMegatron() || !problem.model().moeLayers().isEmpty();
    return trains()
        ? Stream.of(Recompute.values())
            .filter(recompute -> pointwise || recompute != Recompute.POINTWISE)
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
