package dev.rackplan.solver.experts;

import dev.rackplan.SmallCase;
import dev.rackplan.TreeUplinks;
import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.ExpertTime;
import dev.rackplan.cost.operation.FixedPoint;
import dev.rackplan.cost.placement.ReplicaShares;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.cost.placement.SlowestRank;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * One scenario of a tiny layer with its cost as sums over experts, each on a set of GPUs, written
 * as the bits of a mask: what lower bounds of unfinished placements are made of.
 *
 * <p>Seconds = expected slowest of the GPUs' larger roofs + largest link + {@link #fixedSeconds}. A
 * roof, compute or memory of one GPU, is the sum over experts of {@link #roof}. A link is a
 * weighted sum of flows, {@link #link}; a flow is the copies from one home domain to one receiver,
 * {@code Σ_v weight_v · (1 - Π_e (1 - chance_ve · share_e))} over the events v: a recorded token, a
 * load-only profile, or, with a copy per choice, an expert. So an expert added to an unfinished
 * placement lowers nothing.
 *
 * <p>Written from the formulas, in doubles: a second opinion on the cost model, which {@link
 * ExactPlacement} holds against it.
 */
final class LayerTerms {
  /**
   * Copies per token of {@code senders} GPUs of domain {@code home}, from {@code first} on, that a
   * GPU or, if {@code whole}, a domain receives: of all of it, or of one where each picks its own.
   */
  private record Flow(int home, int first, int senders, int receiver, boolean whole) {}

  /** Per GPU: seconds of the compute roof; and after those of all GPUs, of the memory roof. */
  final double[] emptyRoof;

  /** [expert][mask][roof] in s. */
  final double[][][] roof;

  /** [mask][flow]: share of the home domain's tokens of an expert that the receiver gets. */
  final double[][] share;

  /** [event]: share of the traffic. */
  final double[] weight;

  /** [event][expert]: how likely the event's tokens choose the expert. */
  final double[][] chance;

  /** [link][flow] in s per copy and token. */
  final double[][] link;

  /** Latencies of dispatch and combine. */
  final double fixedSeconds;

  /** What the slowest GPU is expected to take beyond the largest roof. */
  final SlowestRank rank;

  private final StageShape shape;
  private final double tokensPerGpu;
  private final boolean forwarded;
  private final int homes;
  private final boolean singly;
  private final List<Flow> flows = new ArrayList<>();

  LayerTerms(SmallCase small, ScenarioLayer routing) {
    this.shape = small.shape();
    this.tokensPerGpu = small.batch().tokensPerGpu();
    CopyRule copyRule = small.problem().engine().copyRule();
    this.forwarded = copyRule == CopyRule.PER_DOMAIN;
    this.homes = ReplicaShares.homeClasses(small.problem().engine().dispatchRule(), shape);
    int gpus = shape.gpuCount();
    this.singly = small.problem().engine().dispatchRule() == DispatchRule.RANK_MODULO;
    for (int g = 0; g < gpus; g++) {
      addFlows(g, false);
    }
    for (int d = 0; d < shape.domainCount() && forwarded; d++) {
      addFlows(d, true);
    }
    ExpertLayerModel model = small.layerModel();
    this.rank = model.slowestRank(routing);
    this.fixedSeconds = model.exchange().dispatchSeconds(0) + model.exchange().combineSeconds(0);
    double bytes =
        model.exchange().dispatchSeconds(1) + model.exchange().combineSeconds(1) - fixedSeconds;
    this.link = undominated(links(bytes));
    this.emptyRoof = new double[2 * gpus];
    this.roof = new double[routing.experts()][1 << gpus][2 * gpus];
    this.share = new double[1 << gpus][flows.size()];
    for (int mask = 1; mask < share.length; mask++) {
      ReplicaShares shares =
          ReplicaShares.of(small.problem().engine().dispatchRule(), shape, gpusOf(mask));
      fillShares(mask, shares);
      for (int e = 0; e < routing.experts(); e++) {
        fillRoofs(model, roof[e][mask], shares, routing.frequency(e), small.batch().tokens());
      }
    }
    for (int g = 0; g < gpus; g++) {
      emptyRoof[g] = model.gpuTime(g, 0, 0).computeSeconds();
      emptyRoof[gpus + g] = model.gpuTime(g, 0, 0).fetchSeconds();
    }
    List<double[]> chances = new ArrayList<>();
    this.weight = events(routing, copyRule == CopyRule.PER_EXPERT, chances);
    this.chance = chances.toArray(double[][]::new);
  }

  private void addFlows(int receiver, boolean whole) {
    for (int rank = 0; rank < shape.gpuCount(); rank++) {
      int home = shape.domainOf(rank);
      boolean first = rank == 0 || shape.domainOf(rank - 1) != home;
      if ((singly || first)
          && !(whole && home == receiver)
          && !(singly && rank == receiver && !whole)) {
        flows.add(new Flow(home, rank, singly ? 1 : shape.domainSize(home), receiver, whole));
      }
    }
  }

  /** The GPUs whose bits are set in {@code mask}, ascending. */
  static int[] gpusOf(int mask) {
    return IntStream.range(0, 32).filter(g -> (mask >> g & 1) == 1).toArray();
  }

  private static double[] events(
      ScenarioLayer routing, boolean copyPerChoice, List<double[]> chances) {
    List<Double> weights = new ArrayList<>();
    for (int e = 0; e < routing.experts() && copyPerChoice; e++) {
      weights.add(routing.frequency(e));
      double[] only = new double[routing.experts()];
      only[e] = 1;
      chances.add(only);
    }
    for (int t = 0; t < routing.tokens() && !copyPerChoice; t++) {
      weights.add(FixedPoint.toDouble(routing.tokenWeight(t)));
      double[] chosen = new double[routing.experts()];
      for (int j = 0; j < routing.expertsPerToken(); j++) {
        chosen[routing.choice(t, j)] = 1;
      }
      chances.add(chosen);
    }
    for (int p = 0; p < routing.loadProfiles() && !copyPerChoice; p++) {
      int profile = p;
      weights.add(routing.loadWeight(p));
      chances.add(
          IntStream.range(0, routing.experts())
              .mapToDouble(e -> routing.loadFrequency(profile, e))
              .toArray());
    }
    return weights.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private void fillShares(int mask, ReplicaShares shares) {
    for (int i = 0; i < shares.gpuCount(); i++) {
      for (int f = 0; f < flows.size(); f++) {
        share[mask][f] += shareOf(flows.get(f), shares, i);
      }
    }
  }

  private double shareOf(Flow flow, ReplicaShares shares, int i) {
    int domain = shape.domainOf(shares.gpu(i));
    if (flow.receiver() != (flow.whole() ? domain : shares.gpu(i))) {
      return 0;
    }
    if (singly) {
      return shares.gpu(flow.first() % shares.gpuCount()) == shares.gpu(i) ? 1 : 0;
    }
    return !flow.whole() && flow.home() == domain
        ? shares.otherShare(i)
        : shares.share(homes == 1 ? 0 : flow.home(), i);
  }

  private static void fillRoofs(
      ExpertLayerModel model, double[] roofs, ReplicaShares shares, double frequency, double n) {
    int gpus = roofs.length / 2;
    for (int i = 0; i < shares.gpuCount(); i++) {
      int gpu = shares.gpu(i);
      double load = frequency * shares.totalShare(i);
      double active = 1 - StrictMath.pow(1 - Math.min(1, load), n);
      ExpertTime empty = model.gpuTime(gpu, 0, 0);
      ExpertTime filled = model.gpuTime(gpu, load, active);
      roofs[gpu] = filled.computeSeconds() - empty.computeSeconds();
      roofs[gpus + gpu] = filled.fetchSeconds() - empty.fetchSeconds();
    }
  }

  private List<double[]> links(double bytes) {
    double nic = shape.nicBytesPerSecond(0);
    List<double[]> links = new ArrayList<>();
    for (int g = 0; g < shape.gpuCount(); g++) {
      int gpu = g;
      int own = shape.domainOf(g);
      double size = shape.domainSize(own);
      double port = shape.scaleUp(own).sustainedBytesPerSecond();
      links.add(
          link(
              bytes / port * (size - 1),
              flow -> {
                if (flow.whole() || flow.receiver() != gpu) {
                  return 0;
                }
                // Of the own domain all but the receiver send.
                return flow.home() == own
                    ? (singly ? 1 / (size - 1) : 1)
                    : forwarded ? flow.senders() / size : 0;
              }));
      if (!forwarded) {
        links.add(link(bytes / nic, flow -> flow.receiver() == gpu ? sent(flow) : 0));
      }
    }
    for (int d = 0; d < shape.domainCount(); d++) {
      int domain = d;
      double nics = forwarded ? nic * shape.domainSize(d) : Double.POSITIVE_INFINITY;
      double uplink = TreeUplinks.ofDomain(shape, d);
      links.add(
          link(bytes / Math.min(nics, uplink), flow -> domainOf(flow) == domain ? sent(flow) : 0));
      links.add(
          link(
              bytes / Math.min(nic * shape.domainSize(d), uplink),
              flow -> flow.home() == domain ? sent(flow) : 0));
    }
    for (int l = 0; l < TreeUplinks.leafCount(shape); l++) {
      int leaf = l;
      double each = bytes / TreeUplinks.ofLeaf(shape, l);
      links.add(link(each, flow -> to(flow) == leaf && from(flow) != leaf ? sent(flow) : 0));
      links.add(link(each, flow -> from(flow) == leaf && to(flow) != leaf ? sent(flow) : 0));
    }
    return links;
  }

  private double[] link(double secondsPerCopy, ToDoubleFunction<Flow> copies) {
    return flows.stream()
        .mapToDouble(flow -> secondsPerCopy * tokensPerGpu * copies.applyAsDouble(flow))
        .toArray();
  }

  // GPUs whose tokens a flow between domains carries; 0 where it stays inside, or where copies to
  // single GPUs are forwarded ones.
  private double sent(Flow flow) {
    boolean counts = flow.whole() == forwarded && flow.home() != domainOf(flow);
    return counts ? flow.senders() : 0;
  }

  private int domainOf(Flow flow) {
    return flow.whole() ? flow.receiver() : shape.domainOf(flow.receiver());
  }

  private int from(Flow flow) {
    return TreeUplinks.leafOf(shape, flow.home());
  }

  private int to(Flow flow) {
    return TreeUplinks.leafOf(shape, domainOf(flow));
  }

  // Links that never carry more than another take nothing away from the maximum.
  private static double[][] undominated(List<double[]> links) {
    List<double[]> kept = new ArrayList<>();
    for (double[] candidate : links) {
      if (kept.stream().noneMatch(other -> covers(other, candidate))) {
        kept.removeIf(other -> covers(candidate, other));
        kept.add(candidate);
      }
    }
    return kept.toArray(double[][]::new);
  }

  private static boolean covers(double[] link, double[] other) {
    return IntStream.range(0, link.length).allMatch(f -> link[f] >= other[f]);
  }
}
