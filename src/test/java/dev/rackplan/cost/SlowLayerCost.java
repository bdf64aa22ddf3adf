package dev.rackplan.cost;

import dev.rackplan.SmallCase;
import dev.rackplan.TreeUplinks;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.FixedPoint;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A second opinion on a MoE layer's cost: every sender GPU, every token (or every set of experts
 * that a token might choose) and every replica that may be picked, one by one. Slow, for a handful
 * of GPUs and experts.
 */
public final class SlowLayerCost {
  /** Whose replica choice counts. */
  public enum Senders {
    /** Each sender's own. */
    EACH,
    /**
     * The documented approximation: the mean over the senders of a home domain, experts drawn
     * independently.
     */
    DOMAIN_MEAN;

    /** Whose choice the tally documents that it counts by. */
    public static Senders of(DispatchRule rule) {
      return rule == DispatchRule.RANK_MODULO ? EACH : DOMAIN_MEAN;
    }
  }

  private record Draw(double weight, List<Integer> experts) {}

  private final StageShape shape;
  private final DispatchRule dispatchRule;
  private final CopyRule copyRule;
  private final int[][] replicaGpus;
  private final Senders senders;
  private final ScenarioLayer routing;
  private final List<Draw> draws = new ArrayList<>();
  private final double tokens;

  public SlowLayerCost(
      SmallCase small, ScenarioLayer routing, int[][] replicaGpus, Senders senders) {
    this.shape = small.shape();
    this.dispatchRule = small.problem().engine().dispatchRule();
    this.copyRule = small.problem().engine().copyRule();
    this.replicaGpus = replicaGpus;
    this.senders = senders;
    this.routing = routing;
    this.tokens = small.batch().tokens();
    for (int t = 0; t < routing.tokens(); t++) {
      List<Integer> experts = new ArrayList<>();
      for (int j = 0; j < routing.expertsPerToken(); j++) {
        experts.add(routing.choice(t, j));
      }
      draws.add(new Draw(FixedPoint.toDouble(routing.tokenWeight(t)), experts));
    }
    for (int p = 0; p < routing.loadProfiles(); p++) {
      addEverySet(p, 0, routing.loadWeight(p), new ArrayList<>());
    }
  }

  // Loads alone: each expert is chosen with its frequency, whatever the others do.
  private void addEverySet(int profile, int expert, double chance, List<Integer> chosen) {
    if (expert == routing.experts()) {
      draws.add(new Draw(chance, List.copyOf(chosen)));
      return;
    }
    double frequency = routing.loadFrequency(profile, expert);
    addEverySet(profile, expert + 1, chance * (1 - frequency), chosen);
    chosen.add(expert);
    addEverySet(profile, expert + 1, chance * frequency, chosen);
    chosen.remove(chosen.size() - 1);
  }

  /** Chance that a token on {@code sender} which chose {@code expert} goes to each GPU. */
  double[] choice(int sender, int expert) {
    int[] replicas = replicaGpus[expert];
    double[] chance = new double[shape.gpuCount()];
    if (dispatchRule == DispatchRule.RANK_MODULO) {
      chance[replicas[sender % replicas.length]] = 1;
      return chance;
    }
    if (dispatchRule == DispatchRule.NEAREST) {
      for (int gpu : replicas) {
        if (gpu == sender) {
          chance[gpu] = 1;
          return chance;
        }
      }
      for (int gpu : replicas) {
        if (shape.nodeOf(gpu) == shape.nodeOf(sender)) {
          chance[gpu] = 1;
          return chance;
        }
      }
    }
    for (int gpu : replicas) {
      chance[gpu] += 1.0 / replicas.length;
    }
    return chance;
  }

  /** (token, expert) pairs of one expert on one GPU per token of the stage. */
  private double received(int expert, int gpu) {
    double sum = 0;
    for (int sender = 0; sender < shape.gpuCount(); sender++) {
      sum += choice(sender, expert)[gpu] / shape.gpuCount();
    }
    return sum * routing.frequency(expert);
  }

  public double load(int gpu) {
    double sum = 0;
    for (int e = 0; e < routing.experts(); e++) {
      sum += received(e, gpu);
    }
    return sum;
  }

  public double activeExperts(int gpu) {
    double sum = 0;
    for (int e = 0; e < routing.experts(); e++) {
      sum += 1 - StrictMath.pow(1 - received(e, gpu), tokens);
    }
    return sum;
  }

  /** Copies that a token on {@code sender} sends to {@code receiver}, another GPU. */
  public double copiesToGpu(int sender, int receiver) {
    double sum = 0;
    for (Draw draw : draws) {
      if (copyRule == CopyRule.PER_EXPERT) {
        for (int e : draw.experts()) {
          sum += draw.weight() * toGpu(sender, receiver, e);
        }
      } else if (senders == Senders.DOMAIN_MEAN) {
        double none = 1;
        for (int e : draw.experts()) {
          none *= 1 - toGpu(sender, receiver, e);
        }
        sum += draw.weight() * (1 - none);
      } else {
        sum +=
            draw.weight() * chanceOfAny(sender, draw.experts(), 0, false, gpu -> gpu == receiver);
      }
    }
    return sum;
  }

  /**
   * Copies that a token on {@code sender} sends to {@code domain}, another one, if one copy serves
   * a domain.
   */
  public double copiesToDomain(int sender, int domain) {
    double sum = 0;
    for (Draw draw : draws) {
      if (senders == Senders.DOMAIN_MEAN) {
        double none = 1;
        for (int e : draw.experts()) {
          double part = 0;
          for (int gpu = 0; gpu < shape.gpuCount(); gpu++) {
            part += shape.domainOf(gpu) == domain ? toGpu(sender, gpu, e) : 0;
          }
          none *= 1 - part;
        }
        sum += draw.weight() * (1 - none);
      } else {
        sum +=
            draw.weight()
                * chanceOfAny(
                    sender, draw.experts(), 0, false, gpu -> shape.domainOf(gpu) == domain);
      }
    }
    return sum;
  }

  private double toGpu(int sender, int receiver, int expert) {
    if (senders == Senders.EACH) {
      return choice(sender, expert)[receiver];
    }
    double sum = 0;
    int others = 0;
    for (int other = 0; other < shape.gpuCount(); other++) {
      if (shape.domainOf(other) == shape.domainOf(sender) && other != receiver) {
        sum += choice(other, expert)[receiver];
        others++;
      }
    }
    return sum / others;
  }

  private double chanceOfAny(
      int sender,
      List<Integer> experts,
      int next,
      boolean found,
      java.util.function.IntPredicate wanted) {
    if (next == experts.size()) {
      return found ? 1 : 0;
    }
    double[] chance = choice(sender, experts.get(next));
    double sum = 0;
    for (int gpu = 0; gpu < chance.length; gpu++) {
      if (chance[gpu] > 0) {
        sum +=
            chance[gpu] * chanceOfAny(sender, experts, next + 1, found || wanted.test(gpu), wanted);
      }
    }
    return sum;
  }

  /** Seconds per byte of one copy on the busiest link. */
  public double secondsPerByte() {
    int gpus = shape.gpuCount();
    double each = tokens / gpus;
    double[] portIn = new double[gpus];
    double[] nicIn = new double[gpus];
    double[] portOut = new double[shape.domainCount()];
    double[][] between = new double[shape.domainCount()][shape.domainCount()];
    for (int s = 0; s < gpus; s++) {
      int home = shape.domainOf(s);
      for (int q = 0; q < gpus; q++) {
        int to = shape.domainOf(q);
        double copies = s == q ? 0 : each * copiesToGpu(s, q);
        if (home == to) {
          portIn[q] += copies;
          portOut[to] += copies;
        } else if (copyRule == CopyRule.PER_DOMAIN) {
          // Forwarded by whichever GPU of the domain it landed on; there already with chance
          // 1/size.
          double crossing = copies * (shape.domainSize(to) - 1) / shape.domainSize(to);
          portIn[q] += crossing;
          portOut[to] += crossing;
        } else {
          nicIn[q] += copies;
          between[home][to] += copies;
        }
      }
      for (int to = 0; to < shape.domainCount(); to++) {
        if (copyRule == CopyRule.PER_DOMAIN && to != home) {
          double copies = each * copiesToDomain(s, to);
          between[home][to] += copies;
          for (int q = 0; q < gpus; q++) {
            nicIn[q] += shape.domainOf(q) == to ? copies / shape.domainSize(to) : 0;
          }
        }
      }
    }
    return busiest(portIn, nicIn, portOut, between);
  }

  private double busiest(double[] portIn, double[] nicIn, double[] portOut, double[][] between) {
    double nic = shape.nicBytesPerSecond(0);
    double most = 0;
    for (int q = 0; q < portIn.length; q++) {
      most = Math.max(most, portIn[q] / shape.scaleUp(shape.domainOf(q)).sustainedBytesPerSecond());
      most = Math.max(most, nicIn[q] / nic);
    }
    double[] leafIn = new double[TreeUplinks.leafCount(shape)];
    double[] leafOut = new double[TreeUplinks.leafCount(shape)];
    for (int d = 0; d < between.length; d++) {
      double in = 0;
      double out = 0;
      for (int o = 0; o < between.length; o++) {
        in += between[o][d];
        out += between[d][o];
        if (TreeUplinks.leafOf(shape, o) != TreeUplinks.leafOf(shape, d)) {
          leafIn[TreeUplinks.leafOf(shape, d)] += between[o][d];
          leafOut[TreeUplinks.leafOf(shape, d)] += between[d][o];
        }
      }
      int size = shape.domainSize(d);
      most = Math.max(most, portOut[d] / size / shape.scaleUp(d).sustainedBytesPerSecond());
      most = Math.max(most, out / size / nic);
      most = Math.max(most, Math.max(in, out) / TreeUplinks.ofDomain(shape, d));
    }
    for (int leaf = 0; leaf < leafIn.length; leaf++) {
      most =
          Math.max(most, Math.max(leafIn[leaf], leafOut[leaf]) / TreeUplinks.ofLeaf(shape, leaf));
    }
    return most;
  }

  /**
   * Routed experts of the slowest GPU + dispatch + combine in s, from the flat formula of kernels
   * that start at once; experts in FP8.
   */
  public double placementSeconds(SmallCase small) {
    MoeFfn moe = small.moe();
    double[] means = new double[shape.gpuCount()];
    for (int g = 0; g < shape.gpuCount(); g++) {
      var spec = shape.spec(g);
      double fp8 = spec.peakFlops().fp8().getAsDouble() * spec.computeEfficiency();
      double compute = 2 * moe.parametersPerExpert() * load(g) * tokens / fp8;
      double memory =
          moe.parametersPerExpert()
              * activeExperts(g)
              / (spec.hbmBytesPerSecond() * spec.memoryEfficiency());
      means[g] = Math.max(compute, memory);
    }
    double excess = small.layerModel().slowestRank(routing).excessSeconds();
    double latency =
        shape.domainCount() > 1
            ? shape.scaleOutLatencySeconds()
            : shape.scaleUp(0).latencySeconds();
    double network =
        shape.gpuCount() == 1 ? 0 : 2 * latency + secondsPerByte() * moe.tokenWidth() * (1 + 2);
    return slowest(means, excess) + network;
  }

  // Gumbel's mean of the largest: the excess where all are equal, the largest where nothing moves.
  private static double slowest(double[] means, double excess) {
    double largest = Arrays.stream(means).max().orElseThrow();
    if (means.length == 1 || excess == 0) {
      return largest;
    }
    double scale = excess / Math.log(means.length);
    double sum = Arrays.stream(means).map(mean -> Math.exp((mean - largest) / scale)).sum();
    return largest + scale * Math.log(sum);
  }
}
