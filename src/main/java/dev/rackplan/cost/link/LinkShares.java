package dev.rackplan.cost.link;

import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Stage;
import dev.rackplan.topology.Network;
import dev.rackplan.topology.OtherTraffic;
import dev.rackplan.topology.Tier;
import dev.rackplan.topology.Topology;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What each stage of each instance gets of links that several of them use at the same time.
 *
 * <p>A stage whose tokens go to all of its GPUs alike sends {@code n·(1 - n/G)} of them up a link
 * with n of its G GPUs below. Stages share a link in these proportions; one that leaves room leaves
 * it to the others, so that a link as wide as the ports below it never binds before them. Of an
 * instance's P stages as many run at once as there are micro-batches. Only narrow links ({@link
 * Network#isNarrow}) can bind, others are not shared. Immutable.
 *
 * <p>Others on the topology ({@link OtherTraffic}), such as a second pool, share links likewise,
 * and what they send steadily leaves the rest of a link, NICs included.
 *
 * <p>Left out: that stages send at different times, which makes the share larger where
 * communication is a small part of a step; hops beside all-to-alls.
 */
public final class LinkShares {
  /** Nobody else on the network. */
  public static final LinkShares ALONE =
      new LinkShares(new HashMap<>(), new HashMap<>(), 1, 1, new HashMap<>(), new TreeMap<>());

  // A link that steady traffic fills is all but gone; times stay finite.
  private static final double LEAST_LEFT = 0.01;

  // Both asked for single keys only, so order means nothing.
  private final Map<Integer, Uses> uses;
  private final Map<Integer, Copy> copyOfGpu;
  private final double ofOwnInstance;
  private final double ofOthers;
  private final Map<Integer, Amount> besides;
  private final SortedMap<Integer, Double> steady;

  /** One instance's copy of a stage. */
  private record Copy(int instance, int stage) {}

  /** What one link carries: weights, and the most that the ports of those GPUs send. */
  private record Amount(double weight, double bytesPerSecond) {
    static final Amount NONE = new Amount(0, 0);

    Amount plus(Amount other, double times) {
      return new Amount(
          weight + times * other.weight, bytesPerSecond + times * other.bytesPerSecond);
    }
  }

  /** All uses of one link. */
  private static final class Uses {
    private Amount all = Amount.NONE;
    private final Map<Integer, Amount> ofInstance = new HashMap<>();
    private final Map<Copy, Amount> ofCopy = new HashMap<>();

    void add(Copy copy, Amount amount) {
      all = all.plus(amount, 1);
      ofInstance.merge(copy.instance(), amount, (a, b) -> a.plus(b, 1));
      ofCopy.put(copy, amount);
    }
  }

  private LinkShares(
      Map<Integer, Uses> uses,
      Map<Integer, Copy> copyOfGpu,
      double ofOwnInstance,
      double ofOthers,
      Map<Integer, Amount> besides,
      SortedMap<Integer, Double> steady) {
    this.besides = besides;
    this.steady = steady;
    this.uses = uses;
    this.copyOfGpu = copyOfGpu;
    this.ofOwnInstance = ofOwnInstance;
    this.ofOthers = ofOthers;
  }

  /** Of a plan's stages. */
  public static LinkShares of(Topology topology, Layout layout, List<Stage> stages) {
    if (!topology.network().hasNarrowLinks() && topology.others().isNone()) {
      return ALONE;
    }
    List<List<Integer>> copies = new ArrayList<>();
    for (int instance = 0; instance < layout.replicas(); instance++) {
      for (Stage stage : stages) {
        copies.add(stage.gpusOfInstance(instance, layout.gpusPerStage()));
      }
    }
    return ofCopies(topology, layout, copies);
  }

  /**
   * The same of GPUs alone.
   *
   * @param copies GPUs of each stage, instance by instance
   */
  public static LinkShares ofCopies(Topology topology, Layout layout, List<List<Integer>> copies) {
    Network network = topology.network();
    OtherTraffic others = topology.others();
    if (others.isNone() && (!network.hasNarrowLinks() || copies.size() < 2)) {
      return ALONE;
    }
    int stages = layout.pipelineStages();
    Map<Integer, Uses> uses = new HashMap<>();
    Map<Integer, Copy> copyOfGpu = new HashMap<>();
    for (int i = 0; i < copies.size(); i++) {
      Copy copy = new Copy(i / stages, i % stages);
      List<Integer> gpus = copies.get(i);
      gpus.forEach(gpu -> copyOfGpu.put(gpu, copy));
      below(network, gpus)
          .forEach(
              (link, amount) -> {
                if (amount.weight() > 0) {
                  uses.computeIfAbsent(link, key -> new Uses()).add(copy, amount);
                }
              });
    }
    Map<Integer, Amount> besides = new HashMap<>();
    for (List<Integer> gpus : others.exchanging()) {
      below(network, gpus)
          .forEach(
              (link, amount) ->
                  besides.merge(
                      link,
                      Amount.NONE.plus(amount, others.running()),
                      (some, more) -> some.plus(more, 1)));
    }
    double atOnce = Math.min(layout.microBatches(), stages);
    return new LinkShares(
        uses,
        copyOfGpu,
        stages == 1 ? 0 : (atOnce - 1) / (stages - 1),
        atOnce / stages,
        besides,
        others.bytesPerSecond());
  }

  /** How many of an instance's stages run at the same time, as a share of all. */
  public static double running(Layout layout) {
    int stages = layout.pipelineStages();
    return Math.min(layout.microBatches(), stages) / (double) stages;
  }

  private static Map<Integer, Amount> below(Network network, List<Integer> gpus) {
    Map<Integer, double[]> counts = new HashMap<>();
    for (int gpu : gpus) {
      for (Tier tier : Tier.values()) {
        int[] way = network.way(tier, gpu);
        for (int link : way) {
          if (network.isNarrow(link)) {
            double[] count = counts.computeIfAbsent(link, key -> new double[2]);
            count[0]++;
            count[1] += network.capacityBytesPerSecond(way[0]);
          }
        }
      }
    }
    Map<Integer, Amount> amounts = new HashMap<>();
    counts.forEach(
        (link, count) ->
            amounts.put(link, new Amount(count[0] * (1 - count[0] / gpus.size()), count[1])));
    return amounts;
  }

  // What flows steadily has its place before all stages.
  private double left(Network network, int link) {
    double capacity = network.capacityBytesPerSecond(link);
    double taken = steady.isEmpty() ? 0 : steady.getOrDefault(link, 0.0);
    return taken == 0 ? capacity : Math.max(LEAST_LEFT * capacity, capacity - taken);
  }

  /** Bytes/s of a GPU's NIC that stages have. */
  double nicBytesPerSecond(Network network, int gpu) {
    int[] way = network.way(Tier.SCALE_OUT, gpu);
    return steady.isEmpty() || way.length == 0
        ? network.nicBytesPerSecond(gpu)
        : left(network, way[0]);
  }

  /**
   * Bytes/s of a link that one stage gets.
   *
   * @param gpu one of the stage's
   */
  double bytesPerSecond(Network network, int link, int gpu) {
    double capacity = left(network, link);
    Uses all = uses.get(link);
    Copy copy = copyOfGpu.get(gpu);
    // A stage on GPUs that no other takes stands for one of those that were given.
    if (all == null || copy == null || !all.ofCopy.containsKey(copy)) {
      return capacity;
    }
    Amount own = all.ofCopy.get(copy);
    Amount instance = all.ofInstance.get(copy.instance());
    Amount others =
        Amount.NONE
            .plus(all.all, ofOthers)
            .plus(instance, ofOwnInstance - ofOthers)
            .plus(own, -ofOwnInstance)
            .plus(besides.getOrDefault(link, Amount.NONE), 1);
    double share = own.weight() / (own.weight() + Math.max(0, others.weight()));
    return Math.min(capacity, Math.max(capacity * share, capacity - others.bytesPerSecond()));
  }
}
