package dev.rackplan.accuracy;

import dev.rackplan.baseline.UsualPlan;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedInstance;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Batching;
import dev.rackplan.serving.ClosedLoop;
import dev.rackplan.serving.Goal;
import dev.rackplan.serving.ServedLoad;
import java.util.OptionalDouble;

/**
 * A row that can be priced, and what the model says of it.
 *
 * @param family what it has in common with others
 * @param tpotMillis time per output token in ms
 * @param ttftMillis time to first token in ms
 */
public record MeasuredPrediction(
    MeasuredRow row, RowFamily family, double tpotMillis, double ttftMillis) implements RowResult {
  private static final double MILLIS = 1e3;
  // Engines that are not told otherwise hold experts in order.
  private static final String PLACEMENT = "contiguous";
  // Assumed where a row says nothing: InferenceX's benchmark asks ten times its concurrency, all at
  // once (benchmarks/benchmark_lib.sh).
  private static final int REQUESTS_EACH = 10;

  /**
   * Prices a run without search.
   *
   * @param shared its GPUs, where they both read prompts and decode
   */
  static MeasuredPrediction of(MeasuredRow row, ServingRun run, MeasuredPool shared) {
    if (run.pools() == ServingRun.Pools.DISAGGREGATED) {
      double tpot = costed(run.decode()).stepSeconds();
      return new MeasuredPrediction(row, run.family(), MILLIS * tpot, MILLIS * ttft(run, tpot));
    }
    Layout layout = run.decode().layout();
    int perRank = ceilDiv(Math.toIntExact(layout.concurrentSequences()), layout.attentionRanks());
    Batching batching = run.batching().withMostRunning(shared.mostRunning());
    double prompt = run.prompt().problem().workload().contexts().computedTokens();
    double tokens = layout.acceptedTokens(run.decode().problem().workload());
    ClosedLoop loop =
        ClosedLoop.of(
            shared.steps(),
            batching,
            new ClosedLoop.Clients(perRank, REQUESTS_EACH, prompt, run.outputTokens(), tokens));
    double tpot =
        batching.order() == Batching.Order.MIXED
            ? apart(shared, batching, perRank, prompt, run.outputTokens(), tokens)
            : loop.tpotSeconds();
    return new MeasuredPrediction(row, run.family(), MILLIS * tpot, MILLIS * loop.ttftSeconds());
  }

  // Where prompts come first, clients of equal answers end and start together again. Where they mix
  // they are apart by and by, and prompts come one by one.
  private static double apart(
      MeasuredPool shared,
      Batching batching,
      int clients,
      double prompt,
      double answer,
      double tokensPerStep) {
    Goal goal =
        new Goal(
            prompt,
            0,
            answer,
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            OptionalDouble.empty());
    double sequences = Math.min(clients, shared.mostRunning());
    double alone =
        ServedLoad.decodeOnly(shared.steps(), goal, tokensPerStep, sequences).tpotSeconds();
    double open =
        ServedLoad.shared(shared.steps(), batching, goal, tokensPerStep, sequences).tpotSeconds();
    // The own prompt is read before.
    return alone + (open - alone) * (sequences - 1) / sequences;
  }

  // All clients start together, so that each reader has a queue; then they are as far apart as it
  // made them, and wait only where readers can't keep up with the answers.
  private static double ttft(ServingRun run, double tpotSeconds) {
    double prompt = costed(run.prompt()).stepSeconds();
    double queue = run.family().sequences() / (double) run.readers();
    double start = Math.max(1, (queue + 1) / 2) * prompt;
    double later = Math.max(prompt, queue * prompt - run.outputTokens() * tpotSeconds);
    return (start + (REQUESTS_EACH - 1) * later) / REQUESTS_EACH;
  }

  private static int ceilDiv(int all, int parts) {
    return (all - 1) / parts + 1;
  }

  private static CostedInstance costed(Deployment deployment) {
    Plan plan = UsualPlan.of(deployment.problem(), deployment.layout(), PLACEMENT);
    return new Evaluator(deployment.problem()).cost(plan, CostDetail.TIMES).slowest();
  }

  /** {@code predicted/measured - 1} of the TPOT; empty where none was measured. */
  public OptionalDouble tpotError() {
    return error(tpotMillis, row.tpotMillis());
  }

  /** The same of the TTFT. */
  public OptionalDouble ttftError() {
    return error(ttftMillis, row.ttftMillis());
  }

  private static OptionalDouble error(double predicted, OptionalDouble measured) {
    return measured.isPresent()
        ? OptionalDouble.of(predicted / measured.getAsDouble() - 1)
        : OptionalDouble.empty();
  }
}
