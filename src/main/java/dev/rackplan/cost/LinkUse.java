package dev.rackplan.cost;

import dev.rackplan.cost.link.BusiestLink;
import dev.rackplan.cost.link.PortGroups;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.placement.PlacementTally;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The fullest of the links of one kind above the same domains, and how long one MoE layer's copies
 * take there.
 *
 * @param link in words, such as {@code the NIC into rack-0/domain-1/node-0/gpu-3}
 * @param kind of links, the same word for all of them
 * @param domains below it, by index in the topology, ascending
 * @param seconds of one micro-batch, dispatch and combine, latency left aside
 */
public record LinkUse(String link, String kind, List<Integer> domains, double seconds) {
  public LinkUse {
    domains = List.copyOf(domains);
  }

  /** Those of one tally, in the order that the model counts them. */
  static List<LinkUse> of(ExpertLayerModel model, PlacementTally tally) {
    StageShape shape = tally.shape();
    Map<List<Object>, LinkUse> fullest = new LinkedHashMap<>();
    for (BusiestLink link : model.exchange().links().all(tally)) {
      double seconds = link.secondsPerByte() * model.exchange().bytesPerCopy();
      if (seconds > 0) {
        List<Integer> domains = domains(link, shape);
        LinkUse use = new LinkUse(link.describe(shape), kind(link, shape), domains, seconds);
        fullest.merge(
            List.of(use.kind(), domains),
            use,
            (before, now) -> now.seconds() > before.seconds() ? now : before);
      }
    }
    return new ArrayList<>(fullest.values());
  }

  private static String kind(BusiestLink link, StageShape shape) {
    return link.kind() == BusiestLink.Kind.UPLINK
        ? shape.portGroups().uplinks().get(link.index()).kind().name()
        : link.kind().name();
  }

  private static List<Integer> domains(BusiestLink link, StageShape shape) {
    PortGroups groups = shape.portGroups();
    IntStream positions = IntStream.range(0, shape.gpuCount());
    int index = link.index();
    IntStream below =
        switch (link.kind()) {
          case PORT_IN, ISLAND_PORT_IN, NIC_IN -> IntStream.of(index);
          case PORT_OUT -> positions.filter(gpu -> shape.domainOf(gpu) == index);
          case ISLAND_UPLINK -> positions.filter(gpu -> shape.islands().of(gpu) == index);
          case NIC_IN_MEAN, NIC_OUT -> positions.filter(gpu -> groups.of(gpu) == index);
          case UPLINK -> positions.filter(gpu -> groups.isBelow(groups.of(gpu), index));
        };
    return below.map(gpu -> shape.gpu(gpu).domain()).distinct().sorted().boxed().toList();
  }
}
