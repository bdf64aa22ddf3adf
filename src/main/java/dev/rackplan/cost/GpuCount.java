package dev.rackplan.cost;

import dev.rackplan.cost.placement.PlacementTally;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What each GPU of a stage does in one MoE layer under one scenario, by its position in the stage.
 *
 * @param load (token, expert) pairs per token of the stage
 * @param expertSeconds time of the experts of one micro-batch in s
 * @param receivedBytes what other GPUs send it for one micro-batch, dispatch and combine, in bytes
 * @param domainBytes bytes from domain to domain of one micro-batch, [from][to], domains as the
 *     stage counts them
 * @param links that copies cross, the fullest of each kind and domain
 */
public record GpuCount(
    List<Double> load,
    List<Double> expertSeconds,
    List<Double> receivedBytes,
    List<List<Double>> domainBytes,
    List<LinkUse> links) {
  public GpuCount {
    load = List.copyOf(load);
    expertSeconds = List.copyOf(expertSeconds);
    receivedBytes = List.copyOf(receivedBytes);
    domainBytes = domainBytes.stream().map(List::copyOf).toList();
    links = List.copyOf(links);
  }

  /** Of one tally. */
  static GpuCount of(ExpertLayerModel model, PlacementTally tally) {
    List<Double> load = new ArrayList<>();
    List<Double> seconds = new ArrayList<>();
    List<Double> received = new ArrayList<>();
    for (int gpu = 0; gpu < tally.shape().gpuCount(); gpu++) {
      load.add(tally.load(gpu));
      seconds.add(model.gpuSeconds(tally, gpu));
      received.add(model.exchange().receivedBytes(tally, gpu));
    }
    List<List<Double>> domains = new ArrayList<>();
    for (double[] row : model.exchange().domainBytes(tally)) {
      domains.add(Arrays.stream(row).boxed().toList());
    }
    return new GpuCount(load, seconds, received, domains, LinkUse.of(model, tally));
  }
}
