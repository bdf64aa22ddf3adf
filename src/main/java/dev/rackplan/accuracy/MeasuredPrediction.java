package dev.rackplan.accuracy;

import dev.rackplan.baseline.UsualPlan;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedInstance;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.StepConfidence;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.law.Confidence;
import dev.rackplan.law.ModelledTime;
import dev.rackplan.law.RestsOn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Batching;
import dev.rackplan.problem.Problem;
import dev.rackplan.serving.ClosedLoop;
import dev.rackplan.serving.EngineHost;
import java.util.OptionalDouble;

/**
 * A row that can be priced, and what the model says of it.
 *
 * @param family what it has in common with others
 * @param tpotMillis time per output token in ms
 * @param ttftMillis time to first token in ms
 * @param tpot how sure the TPOT is
 * @param ttft how sure the TTFT is
 */
public record MeasuredPrediction(
    MeasuredRow row,
    RowFamily family,
    double tpotMillis,
    double ttftMillis,
    Confidence tpot,
    Confidence ttft)
    implements RowResult {
  private static final double MILLIS = 1e3;
  // Assumed where a row says nothing: InferenceX's benchmark asks ten times its concurrency, all at
  // once (benchmarks/benchmark_lib.sh).
  private static final int REQUESTS_EACH = 10;
  // Assumed, of engines that mix, where a row says nothing of lengths: by how many tokens answers
  // lie about the named length. An answer's end and the next question's coming are seen a few steps
  // apart, so that clients who started together drift apart, as fast whatever the length. Clients
  // of engines that read prompts first stay together, as they started.
  private static final double DRIFT_TOKENS = 4;

  /**
   * Prices a run without search.
   *
   * @param shared its GPUs, where they both read prompts and decode
   */
  static MeasuredPrediction of(MeasuredRow row, ServingRun run, MeasuredPool shared) {
    Priced decode = Priced.of(run.decode());
    Priced prompt = Priced.of(run.prompt());
    double decodeSeconds = decode.instance().stepSeconds();
    if (run.pools() == ServingRun.Pools.DISAGGREGATED) {
      double reading = Math.max(prompt.instance().stepSeconds(), host(run).eagerSeconds());
      double ttft = ttft(run, reading, decodeSeconds);
      return of(row, run, decodeSeconds, ttft, decode.restsOn(), decode, prompt);
    }
    Layout layout = run.decode().layout();
    int perRank = ceilDiv(Math.toIntExact(layout.concurrentSequences()), layout.attentionRanks());
    ClosedLoop loop =
        ClosedLoop.of(
            shared.steps(),
            run.batching().withMostRunning(shared.mostRunning()),
            new ClosedLoop.Clients(
                perRank,
                REQUESTS_EACH,
                run.prompt().problem().workload().contexts().computedTokens(),
                run.clients().answerTokens(),
                spread(run),
                layout.acceptedTokens(run.decode().problem().workload())),
            host(run));
    double stalled = Math.max(0, 1 - decodeSeconds / loop.tpotSeconds());
    RestsOn restsOn = decode.restsOn().mixed(stalled, prompt.restsOn());
    return of(row, run, loop.tpotSeconds(), loop.ttftSeconds(), restsOn, decode, prompt);
  }

  private static double spread(ServingRun run) {
    return run.clients().spread() == 0 && run.batching().order() == Batching.Order.MIXED
        ? DRIFT_TOKENS / Math.max(DRIFT_TOKENS, run.clients().answerTokens())
        : run.clients().spread();
  }

  private static EngineHost host(ServingRun run) {
    Problem prompt = run.prompt().problem();
    boolean ahead =
        run.clients().worksAhead().orElseGet(() -> EngineHost.worksAhead(prompt.engine()));
    return EngineHost.of(prompt, run.prompt().layout(), ahead)
        .withPollSteps(run.clients().pollSteps());
  }

  private static MeasuredPrediction of(
      MeasuredRow row,
      ServingRun run,
      double tpot,
      double ttft,
      RestsOn restsOn,
      Priced decode,
      Priced prompt) {
    return new MeasuredPrediction(
        row,
        run.family(),
        MILLIS * tpot,
        MILLIS * ttft,
        decode.confidence(ModelledTime.TPOT, restsOn),
        prompt.confidence(ModelledTime.SERVED_TTFT, prompt.restsOn()));
  }

  // All clients start together, so that each reader has a queue; then they are as far apart as it
  // made them, and wait only where readers can't keep up with the answers.
  private static double ttft(ServingRun run, double prompt, double tpotSeconds) {
    double queue = run.family().sequences() / (double) run.readers();
    double start = Math.max(1, (queue + 1) / 2) * prompt;
    double later = Math.max(prompt, queue * prompt - run.clients().answerTokens() * tpotSeconds);
    // Two servers receive the prompt; the decode pool's next step begins in half a step's time.
    return (start + (REQUESTS_EACH - 1) * later) / REQUESTS_EACH
        + 2 * host(run).frontSeconds(run.prompt().problem().workload().contexts().computedTokens())
        + 1.5 * tpotSeconds;
  }

  private static int ceilDiv(int all, int parts) {
    return (all - 1) / parts + 1;
  }

  /** A deployment's slowest instance and what its step rests on. */
  private record Priced(Problem problem, CostedInstance instance, RestsOn restsOn) {
    static Priced of(Deployment deployment) {
      Problem problem = deployment.problem();
      CostedPlan costed =
          new Evaluator(problem)
              .cost(UsualPlan.inOrder(problem, deployment.layout()), CostDetail.TIMES);
      return new Priced(problem, costed.slowest(), StepConfidence.restsOn(problem, costed));
    }

    Confidence confidence(ModelledTime time, RestsOn restsOn) {
      return StepConfidence.of(problem, instance.shapes().get(0).spec(0), time, restsOn);
    }
  }

  /** Whether the measured TPOT lies within the ± that is stated. */
  boolean tpotWithin() {
    double measured = row.tpotMillis().orElseThrow();
    return Math.abs(measured / tpotMillis - 1) <= tpot.plusMinus().orElseThrow();
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
