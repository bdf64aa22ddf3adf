package dev.rackplan.json.rows;

import dev.rackplan.accuracy.Deployment;
import dev.rackplan.accuracy.ServingRun;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The least that a decode step takes, whatever runs it: its bytes are read once, at the datasheet's
 * bandwidth of all GPUs of the instance together. Nothing in it is fitted or assumed.
 *
 * <p>Read are weights that every token uses, of each mixture as many experts as one token chooses,
 * and the cache of the sequences that run. These are those that the row states, less the share of
 * their time in which by its own TTFT they wait for a first token (Little's law); where requests
 * don't come back, a pool that only decodes, all of them. Where a cache grows by less from some
 * length on, the mean of an answer's two ends is below its mean.
 *
 * <p>A row that was measured faster ran otherwise than it says: fewer sequences, a narrower cache,
 * or drafted tokens.
 */
final class ReadFloor {
  private static final double MILLI = 1e-3;

  private ReadFloor() {}

  /**
   * Why no such run can have been measured; empty where it can.
   *
   * @param tpotMillis measured time per output token in ms
   * @param ttftMillis measured time to first token in ms
   */
  static Optional<String> fault(
      ServingRow row, ServingRun run, double tpotMillis, OptionalDouble ttftMillis) {
    Deployment decode = run.decode();
    Problem problem = decode.problem();
    Layout layout = decode.layout();
    double running =
        run.family().sequencesPerRank()
            * layout.attentionRanks()
            * decodingShare(row, run, tpotMillis, ttftMillis);
    double bytes =
        WeightBytes.of(problem, MoeFfn::expertsPerToken) + running * cacheBytes(row, problem);
    double bytesPerSecond =
        problem.topology().gpus().stream()
            .mapToDouble(gpu -> gpu.spec().datasheet().bytesPerSecond())
            .sum();
    double least = bytes / bytesPerSecond / MILLI;
    return tpotMillis >= least
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "silicon_tpot_ms is %.3g, its GPUs take %.3g at their full bandwidth to read the"
                    + " weights and the cache (%s) of the %.3g sequences that it says: give those"
                    + " that ran, or kv_cache_dtype",
                tpotMillis,
                least,
                problem.precision().kv().key(),
                running));
  }

  // Of the time between a question and its answer's end, as long as the answer is decoded.
  private static double decodingShare(
      ServingRow row, ServingRun run, double tpotMillis, OptionalDouble ttftMillis) {
    if (run.apart().isPresent() && !run.apart().get().clientsSaid()) {
      return 1;
    }
    double decoding = Math.max(0, row.meanOutputTokens() - 1) * tpotMillis;
    return ttftMillis.isPresent() ? decoding / (decoding + ttftMillis.getAsDouble()) : 0;
  }

  private static double cacheBytes(ServingRow row, Problem problem) {
    double first = row.meanInputTokens();
    double last = first + row.meanOutputTokens();
    Dtype kv = problem.precision().kv();
    return (problem.model().kvReadBytes(first, kv) + problem.model().kvReadBytes(last, kv)) / 2;
  }
}
