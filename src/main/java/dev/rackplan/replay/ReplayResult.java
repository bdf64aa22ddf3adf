package dev.rackplan.replay;

import dev.rackplan.workload.RequestTrace;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** What became of each request of a trace, and what the pools did. Immutable. */
public final class ReplayResult {
  private final Deployment deployment;
  private final RequestTrace trace;
  private final Progress progress;
  private final List<PoolFigures> pools;
  private final double seconds;
  private final int[] served;

  ReplayResult(
      Deployment deployment,
      RequestTrace trace,
      Progress progress,
      List<PoolFigures> pools,
      double seconds) {
    this.deployment = deployment;
    this.trace = trace;
    this.progress = progress;
    this.pools = List.copyOf(pools);
    this.seconds = seconds;
    this.served =
        IntStream.range(0, trace.size()).filter(request -> !progress.refused[request]).toArray();
  }

  /** What the requests went through. */
  public Deployment deployment() {
    return deployment;
  }

  /** The requests. */
  public RequestTrace trace() {
    return trace;
  }

  /** The pools' figures, in the deployment's order. */
  public List<PoolFigures> pools() {
    return pools;
  }

  /** From the first request to the end of the last answer, in s. */
  public double seconds() {
    return seconds;
  }

  /** Requests that were answered. */
  public int served() {
    return served.length;
  }

  /** Requests whose prompt and answer no rank can hold. */
  public int refused() {
    return trace.size() - served.length;
  }

  /** Whether a request was refused. */
  public boolean isRefused(int request) {
    return progress.refused[request];
  }

  /** When a request came, in s after the first. */
  public double cameSeconds(int request) {
    return progress.came[request];
  }

  /** When its prompt was first read on, likewise. */
  public double begunSeconds(int request) {
    return progress.began[request];
  }

  /** When its first token was there, likewise. */
  public double firstTokenSeconds(int request) {
    return progress.first[request];
  }

  /** When its answer was complete, or it was refused, likewise. */
  public double endedSeconds(int request) {
    return progress.ended[request];
  }

  /** Its time to first token in s. */
  public double ttftSeconds(int request) {
    return progress.first[request] - progress.came[request];
  }

  /** Its time per token after the first in s; empty where there is one token only. */
  public OptionalDouble tpotSeconds(int request) {
    int more = progress.answer(request) - 1;
    return more == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of((progress.ended[request] - progress.first[request]) / more);
  }

  private Distribution of(IntToDoubleFunction figure) {
    return Distribution.of(IntStream.of(served).mapToDouble(figure).toArray());
  }

  /** Times to first token. */
  public Distribution ttft() {
    return of(this::ttftSeconds);
  }

  /** Times in the queue until the prompt is read. */
  public Distribution queueing() {
    return of(request -> progress.began[request] - progress.came[request]);
  }

  /** Times per token after the first, of answers with two tokens and more. */
  public Distribution tpot() {
    return Distribution.of(
        IntStream.of(served)
            .filter(request -> progress.answer(request) > 1)
            .mapToDouble(request -> tpotSeconds(request).orElseThrow())
            .toArray());
  }

  /** Times from a request to the end of its answer. */
  public Distribution whole() {
    return of(request -> progress.ended[request] - progress.came[request]);
  }

  /** Requests answered within both limits in s; an empty one is kept by all. */
  public int within(OptionalDouble ttftLimit, OptionalDouble tpotLimit) {
    double longestTtft = ttftLimit.orElse(Double.POSITIVE_INFINITY);
    double longestTpot = tpotLimit.orElse(Double.POSITIVE_INFINITY);
    return (int)
        IntStream.of(served)
            .filter(
                request ->
                    ttftSeconds(request) <= longestTtft
                        && tpotSeconds(request).orElse(0) <= longestTpot)
            .count();
  }

  /** Tokens of all answers. */
  public long answerTokens() {
    return IntStream.of(served).mapToLong(progress::answer).sum();
  }

  /** Share of prompt tokens that were found in a prefix cache. */
  public double foundShare() {
    double found = IntStream.of(served).mapToDouble(request -> progress.found[request]).sum();
    double all = IntStream.of(served).mapToDouble(trace::promptTokens).sum();
    return all > 0 ? found / all : 0;
  }
}
