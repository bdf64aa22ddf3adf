package dev.rackplan.topology;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Bytes of transfers that run at the same time, put on the links that they cross. Mutable, not safe
 * to change from several threads.
 */
public final class LinkLoads {
  private final Network network;
  // Asked for single keys, or for the largest. By link and direction: up is 2·link, down 2·link +
  // 1.
  private final Map<Integer, double[]> bytes = new HashMap<>();

  LinkLoads(Network network) {
    this.network = network;
  }

  /** Adds {@code amount} bytes from one GPU to another, sent as NCCL does. */
  public void add(int gpuFrom, int gpuTo, double amount) {
    network.walk(gpuFrom, gpuTo, true, (link, up) -> add(link, up, amount));
  }

  /** The same, always from the sender's own NIC. */
  public void addDirect(int gpuFrom, int gpuTo, double amount) {
    network.walk(gpuFrom, gpuTo, false, (link, up) -> add(link, up, amount));
  }

  /** Adds what a GPU sends to its domain's switches, and takes from them, where these sum up. */
  public void addReduction(int gpu, double amount) {
    for (int link : network.way(Tier.SCALE_UP, gpu)) {
      add(link, true, amount);
      add(link, false, amount);
    }
  }

  private void add(int link, boolean up, double amount) {
    bytes.computeIfAbsent(direction(link, up), key -> new double[1])[0] += amount;
  }

  private static int direction(int link, boolean up) {
    return 2 * link + (up ? 0 : 1);
  }

  /**
   * What one direction of a link carries.
   *
   * @param number of the link, the same for both directions
   * @param bytes of all transfers together
   */
  public record Load(int number, Link link, double bytes) {
    /** Time in s that they take, latency left aside. */
    public double seconds() {
      return bytes / link.capacityBytesPerSecond();
    }
  }

  /** Links that bytes cross, from GPUs' own on. */
  public List<Load> all() {
    return bytes.keySet().stream()
        .sorted()
        .map(direction -> new Load(direction / 2, link(direction), bytes.get(direction)[0]))
        .toList();
  }

  /** Bytes on the link of that name; 0 where nothing crosses it. */
  public double bytes(String name) {
    return bytes.entrySet().stream()
        .filter(entry -> link(entry.getKey()).name().equals(name))
        .mapToDouble(entry -> entry.getValue()[0])
        .sum();
  }

  private Link link(int direction) {
    return network.link(direction / 2, direction % 2 == 0);
  }

  /** Time in s of the busiest link on the route of one of the transfers, latency left aside. */
  public double seconds(int gpuFrom, int gpuTo) {
    double[] most = new double[1];
    network.walk(
        gpuFrom,
        gpuTo,
        true,
        (link, up) -> {
          double[] load = bytes.get(direction(link, up));
          if (load != null) {
            most[0] = Math.max(most[0], load[0] / network.capacityBytesPerSecond(link));
          }
        });
    return most[0];
  }

  /** Time in s of the busiest link, latency left aside. */
  public double seconds() {
    double most = 0;
    for (var entry : bytes.entrySet()) {
      most =
          Math.max(most, entry.getValue()[0] / network.capacityBytesPerSecond(entry.getKey() / 2));
    }
    return most;
  }

  /** The link that binds: the first of those that take longest; empty where nothing is sent. */
  public Optional<Link> busiest() {
    double most = seconds();
    return bytes.entrySet().stream()
        .filter(
            entry ->
                entry.getValue()[0] / network.capacityBytesPerSecond(entry.getKey() / 2) == most)
        .map(Map.Entry::getKey)
        .min(Integer::compare)
        .map(this::link);
  }
}
