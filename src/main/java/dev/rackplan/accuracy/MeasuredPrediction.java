package dev.rackplan.accuracy;

import dev.rackplan.baseline.UsualPlan;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedInstance;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.StepConfidence;
import dev.rackplan.cost.link.CacheTransfer;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.law.Confidence;
import dev.rackplan.law.ModelledFigure;
import dev.rackplan.law.RestsOn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.serving.ClosedLoop;
import dev.rackplan.serving.ClosedPools;
import dev.rackplan.serving.EngineHost;
import dev.rackplan.serving.EngineSteps;
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
  // once (benchmarks/benchmark_lib.sh), and so does AIConfigurator's (genai_perf_runner.py).
  private static final int REQUESTS_EACH = 10;

  /**
   * Prices a run without search.
   *
   * @param shared its GPUs
   */
  static MeasuredPrediction of(MeasuredRow row, ServingRun run, MeasuredPool shared) {
    Priced decode = Priced.of(run.decode());
    Priced prompt = Priced.of(run.prompt());
    if (run.apart().isPresent()) {
      ClosedPools pools = apart(run, shared, run.apart().get());
      return of(
          row,
          run,
          run.apart().get().clientsSaid() ? pools.tpotSeconds() : decode.instance().stepSeconds(),
          pools.ttftSeconds(),
          decode.restsOn(),
          decode,
          prompt);
    }
    double decodeSeconds = decode.instance().stepSeconds();
    Layout layout = run.decode().layout();
    int perRank = ceilDiv(Math.toIntExact(layout.concurrentSequences()), layout.attentionRanks());
    EngineSteps steps =
        shared
            .steps()
            .with(run.batching().withMostRunning(shared.mostRunning()))
            .withHost(host(run, run.prompt()));
    ClosedLoop loop = ClosedLoop.of(steps, clients(run, perRank), run.clients().balance());
    double stalled = Math.max(0, 1 - decodeSeconds / loop.tpotSeconds());
    RestsOn restsOn = decode.restsOn().mixed(stalled, prompt.restsOn());
    return of(row, run, loop.tpotSeconds(), loop.ttftSeconds(), restsOn, decode, prompt);
  }

  // An instance of each pool, whose hosts work as the row says.
  private static ClosedPools apart(ServingRun run, MeasuredPool shared, ServingRun.Apart apart) {
    EngineSteps reading = shared.reading().orElseThrow();
    double narrower =
        apart.linkBytesPerSecond()
            * Math.min(
                apart.reading().layout().gpusPerStage(), run.decode().layout().gpusPerStage());
    Problem decode = run.decode().problem();
    return ClosedPools.of(
        new ClosedPools.Pool(
            reading.withHost(host(run, apart.reading())),
            apart.readers(),
            apart.batching().mostRunning()),
        new ClosedPools.Pool(
            shared.steps().withHost(host(run, run.decode())), apart.writers(), places(run, shared)),
        clients(run, (int) run.family().sequences()),
        CacheTransfer.seconds(decode, computedTokens(run), narrower));
  }

  // A row that says how many its ranks decode at a time says that memory held them.
  private static int places(ServingRun run, MeasuredPool shared) {
    int said = (int) Math.ceil(run.family().sequencesPerRank());
    return Math.min(run.batching().mostRunning(), Math.max(said, shared.mostRunning()));
  }

  private static double computedTokens(ServingRun run) {
    return run.prompt().problem().workload().contexts().computedTokens();
  }

  private static ClosedLoop.Clients clients(ServingRun run, int count) {
    return new ClosedLoop.Clients(
        count,
        REQUESTS_EACH,
        computedTokens(run),
        run.clients().answerTokens(),
        run.clients().spread(),
        run.decode().layout().acceptedTokens(run.decode().problem().workload()));
  }

  private static EngineHost host(ServingRun run, Deployment deployment) {
    Problem problem = deployment.problem();
    boolean ahead =
        run.clients().worksAhead().orElseGet(() -> EngineHost.worksAhead(problem.engine()));
    return EngineHost.of(problem, deployment.layout(), ahead)
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
        decode.confidence(ModelledFigure.TPOT, restsOn),
        prompt.confidence(ModelledFigure.SERVED_TTFT, prompt.restsOn()));
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

    Confidence confidence(ModelledFigure time, RestsOn restsOn) {
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
