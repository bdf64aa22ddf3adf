package dev.rackplan.topology;

import java.util.Collections;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * The network between domains: NICs into leaf switches, leaves joined by a spine.
 *
 * @param nic each GPU's share of its host's NICs, one direction
 * @param domainUplinkBytesPerSecond line rate in bytes/s of one domain's uplinks together, one
 *     direction; empty = the sum of its NICs
 * @param racksPerLeaf racks that share one leaf switch, or one switch for each rail
 * @param oversubscription leaf-to-NIC rate over leaf-to-spine rate, ≥ 1 means fewer spine links
 * @param rails whether a group of racks has a switch for each rail
 * @param nodeNics by index into {@link Topology#nodes()}: NICs of nodes that have others than one
 *     {@code nic} for each GPU
 */
public record ScaleOut(
    LinkSpec nic,
    OptionalDouble domainUplinkBytesPerSecond,
    int racksPerLeaf,
    double oversubscription,
    Rails rails,
    SortedMap<Integer, NodeNics> nodeNics) {
  public ScaleOut {
    if (domainUplinkBytesPerSecond.isPresent() && !(domainUplinkBytesPerSecond.getAsDouble() > 0)) {
      throw new IllegalArgumentException(
          "domainUplinkBytesPerSecond must be > 0, was "
              + domainUplinkBytesPerSecond.getAsDouble());
    }
    if (racksPerLeaf < 1) {
      throw new IllegalArgumentException("racksPerLeaf must be >= 1, was " + racksPerLeaf);
    }
    if (!(oversubscription > 0) || Double.isInfinite(oversubscription)) {
      throw new IllegalArgumentException("oversubscription must be > 0, was " + oversubscription);
    }
    nodeNics = Collections.unmodifiableSortedMap(new TreeMap<>(nodeNics));
  }

  /** A network without rails whose nodes have one NIC for each GPU. */
  public ScaleOut(
      LinkSpec nic,
      OptionalDouble domainUplinkBytesPerSecond,
      int racksPerLeaf,
      double oversubscription) {
    this(
        nic,
        domainUplinkBytesPerSecond,
        racksPerLeaf,
        oversubscription,
        Rails.NONE,
        new TreeMap<>());
  }

  /** The NICs of a node. */
  public NodeNics nics(Node node) {
    return nodeNics.getOrDefault(node.index(), new NodeNics(nic, OptionalInt.empty()));
  }

  /**
   * The same network with NICs of another line rate: a given domain uplink keeps its share of the
   * NICs below it, nodes with NICs of their own theirs, the spine its oversubscription, and latency
   * and efficiency stay.
   *
   * @param bytesPerSecond line rate in bytes/s of {@link #nic}, one direction
   */
  public ScaleOut withNicBandwidth(double bytesPerSecond) {
    double factor = bytesPerSecond / nic.bandwidthBytesPerSecond();
    return with(
        new LinkSpec(bytesPerSecond, nic.latencySeconds(), nic.efficiency()),
        factor,
        link -> link.times(factor, 1));
  }

  /** The same network with all latencies times {@code factor}. */
  public ScaleOut withLatencies(double factor) {
    return with(nic.times(1, factor), 1, link -> link.times(1, factor));
  }

  private ScaleOut with(LinkSpec newNic, double uplinkFactor, UnaryOperator<LinkSpec> change) {
    SortedMap<Integer, NodeNics> nics = new TreeMap<>();
    nodeNics.forEach(
        (node, own) -> nics.put(node, new NodeNics(change.apply(own.nic()), own.count())));
    return new ScaleOut(
        newNic,
        domainUplinkBytesPerSecond.isPresent()
            ? OptionalDouble.of(domainUplinkBytesPerSecond.getAsDouble() * uplinkFactor)
            : OptionalDouble.empty(),
        racksPerLeaf,
        oversubscription,
        rails,
        nics);
  }
}
