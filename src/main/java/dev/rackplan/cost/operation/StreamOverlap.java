package dev.rackplan.cost.operation;

import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;

/**
 * Which of a layer's terms run side by side: the one place that says how terms become a time.
 *
 * <p>Compute and network follow each other, except with two-batch overlap or where the schedule
 * pairs a forward with a backward pass: there the longer of the two hides the other except for a
 * share {@code ρ}: {@code max + ρ·min}. Nothing hides what runs {@link Stream#ALONE}.
 *
 * @param sideBySide whether compute and network run side by side
 * @param visibleShare ρ of the shorter of the two that stays visible, in [0, 1]
 * @param sharedApart whether shared experts run on a stream of their own beside routed experts and
 *     their transfers: the longer of the two hides the other
 */
public record StreamOverlap(boolean sideBySide, double visibleShare, boolean sharedApart) {
  /** One after the other. */
  public static final StreamOverlap NOTHING = new StreamOverlap(false, 0, false);

  // Measured: SGLang's decode of DeepSeek-V3 on 96 H100 takes 92 ms a step where laws say 60 if all
  // were hidden and 113 if nothing were; DeepSeek's own profile on 128 H800 55 ms between 50 and
  // 79. Both rows are calibration rows of docs/accuracy.md.
  private static final double OPEN_STACKS = 0.54;

  // Multiprocessors that send and receive meanwhile: 20 of an H800's 132 (DeepSeek-V3's report,
  // 3.2.2), as many as DeepEP takes unless told otherwise; assumed elsewhere.
  private static final double COMMUNICATING_SHARE = 20.0 / 132;
  private static final double DEEPSEEK = 0.18;

  /**
   * Of the problem's engine and schedule; a micro-batch that can't be halved has no two batches.
   */
  public static StreamOverlap of(Problem problem, Layout layout) {
    boolean several = layout.microBatches() > 1;
    if (layout
        .training(problem.workload())
        .map(known -> known.overlapsPasses() || known.runtime().overlapsExperts() && several)
        .orElse(false)) {
      return new StreamOverlap(true, COMMUNICATING_SHARE, false);
    }
    if (Batch.of(problem, layout).parts() > 1) {
      return new StreamOverlap(true, visibleShare(problem), false);
    }
    // TensorRT-LLM's decode, whose steps are recorded; the others add them.
    boolean apart =
        problem.workload().phase() == Phase.DECODE
            && problem.workload().prompts().isEmpty()
            && problem.engine().lawName().equals("trtllm");
    return new StreamOverlap(false, 0, apart);
  }

  // DeepSeek's was measured in decode, whose low-latency kernels leave the multiprocessors alone.
  private static double visibleShare(Problem problem) {
    return problem.engine().lawName().equals("deepseek")
            && problem.workload().phase() == Phase.DECODE
        ? DEEPSEEK
        : OPEN_STACKS;
  }

  /** Time of a layer in s. */
  public double seconds(Breakdown terms) {
    double routed =
        terms.of(Term.EXPERT_COMPUTE)
            + terms.of(Term.EXPERT_FETCH)
            + terms.of(Term.DISPATCH)
            + terms.of(Term.COMBINE);
    return together(terms.sum(Stream.COMPUTE), terms.sum(Stream.NETWORK))
        + terms.sum(Stream.ALONE)
        - hiddenSharedSeconds(terms.of(Term.SHARED), routed);
  }

  /** Compute and network of a layer, both in s, together. */
  public double together(double computeSeconds, double networkSeconds) {
    return computeSeconds + networkSeconds - hiddenSeconds(computeSeconds, networkSeconds);
  }

  /** What of a layer's compute and network the other hides, in s. */
  public double hiddenSeconds(double computeSeconds, double networkSeconds) {
    return sideBySide ? (1 - visibleShare) * Math.min(computeSeconds, networkSeconds) : 0;
  }

  /**
   * What of shared experts, and of routed experts with their transfers, the other hides, in s.
   *
   * @param sharedSeconds shared experts
   * @param routedSeconds routed experts, dispatch and combine
   */
  public double hiddenSharedSeconds(double sharedSeconds, double routedSeconds) {
    return sharedApart ? Math.min(sharedSeconds, routedSeconds) : 0;
  }

  /**
   * What a layer's placement adds to the rest of it, in s.
   *
   * @param expertSeconds routed experts
   * @param networkSeconds dispatch and combine; the layer has no other network
   * @param beside the layer's other compute, which may hide the network
   * @param shared shared experts, which are among it
   */
  public double addedSeconds(
      double expertSeconds, double networkSeconds, double beside, double shared) {
    return together(beside + expertSeconds, networkSeconds)
        - beside
        - hiddenSharedSeconds(shared, expertSeconds + networkSeconds);
  }
}
