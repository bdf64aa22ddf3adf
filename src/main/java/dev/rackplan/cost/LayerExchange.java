package dev.rackplan.cost;

import dev.rackplan.cost.link.BusiestLink;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.link.TransferStart;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.Exchange;
import dev.rackplan.cost.placement.PlacementTally;
import dev.rackplan.cost.placement.RemoteTraffic;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import java.util.function.Supplier;

/**
 * The all-to-all of one MoE layer on one stage: its start, the bytes of a copy each way, and the
 * links that copies cross. Empty where nothing is sent, or an all-gather takes its place.
 *
 * <p>Source: docs/cost-model.md. Immutable.
 */
public final class LayerExchange {
  private final ExchangeLinks links;
  private final double dispatchBytes;
  private final double combineBytes;
  private final TransferStart start;

  private LayerExchange(
      ExchangeLinks links, double dispatchBytes, double combineBytes, TransferStart start) {
    this.links = links;
    this.dispatchBytes = dispatchBytes;
    this.combineBytes = combineBytes;
    this.start = start;
  }

  /**
   * Of MoE layers like {@code moe} on one stage.
   *
   * @param shape the GPUs that expert slots are dealt to
   * @param gpus what operations take on the stage's GPUs
   * @param around all-gather and reduce-scatter of the stage's tokens, where they take the
   *     all-to-all's place, or those among GPUs that slice experts, after it
   */
  static LayerExchange of(
      Problem problem,
      Layout layout,
      MoeFfn moe,
      StageShape shape,
      StagePrices gpus,
      Supplier<TransferStart> around) {
    Precision precision = problem.precision();
    Batch batch = Batch.of(problem, layout);
    PhaseCost phase = PhaseCost.of(problem, layout);
    // In training the layer's time is that of all its passes.
    Exchange exchange = Exchange.of(problem, layout);
    boolean sends = exchange == Exchange.ALL_TO_ALL;
    // Each of the GPUs that slice an expert takes its own senders' copies.
    double bytesPerElement =
        sends ? phase.counts().network() * moe.tokenWidth() / layout.gpusPerExpertHost() : 0;
    TransferStart start =
        switch (exchange) {
          case ALL_TO_ALL -> phase.transferStart(moe, gpus, shape, batch).plus(around.get());
          case ALL_GATHER -> around.get();
          case NONE, ALL_REDUCE -> new TransferStart(0, 0);
        };
    return new LayerExchange(
        new ExchangeLinks(problem, layout, shape, batch.tokens()),
        bytesPerElement * precision.dispatch().bytes(),
        bytesPerElement * precision.combine().bytes(),
        start);
  }

  /** Dispatch of one micro-batch in s. */
  public double dispatchSeconds(double secondsPerByte) {
    return start.dispatchSeconds() + secondsPerByte * dispatchBytes;
  }

  /** Combine of one micro-batch in s. */
  public double combineSeconds(double secondsPerByte) {
    return start.combineSeconds() + secondsPerByte * combineBytes;
  }

  /**
   * The link whose copies of one micro-batch take longest, with the seconds that one byte per copy
   * costs there.
   */
  public BusiestLink busiestLink(PlacementTally tally) {
    return links.busiest(tally);
  }

  /** What copies carry over each link. */
  public ExchangeLinks links() {
    return links;
  }

  /** Bytes from domain to domain [from][to] of one micro-batch, dispatch and combine together. */
  public double[][] domainBytes(PlacementTally tally) {
    double[][] bytes = links.betweenDomains(tally);
    for (double[] row : bytes) {
      for (int domain = 0; domain < row.length; domain++) {
        row[domain] *= bytesPerCopy();
      }
    }
    return bytes;
  }

  /** Bytes that other GPUs send to GPU {@code gpu} for one micro-batch, both ways together. */
  public double receivedBytes(PlacementTally tally, int gpu) {
    return links.received(tally, gpu) * bytesPerCopy();
  }

  /** Bytes per token of the stage that leave their home domain, dispatch and combine together. */
  public double scaleOutBytesPerToken(PlacementTally tally) {
    return RemoteTraffic.copiesPerToken(tally) * bytesPerCopy();
  }

  /** Bytes of one copy, dispatch and combine together. */
  public double bytesPerCopy() {
    return dispatchBytes + combineBytes;
  }
}
