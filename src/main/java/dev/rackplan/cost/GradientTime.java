package dev.rackplan.cost;

import dev.rackplan.cost.link.RankGroup;
import dev.rackplan.cost.memory.TrainingMemory;
import dev.rackplan.cost.operation.GpuRates;
import dev.rackplan.model.Dtype;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Network;
import dev.rackplan.topology.Tier;
import dev.rackplan.topology.Topology;
import dev.rackplan.workload.Sharding;
import dev.rackplan.workload.Training;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntUnaryOperator;

/**
 * What a training step ends with: gradients are summed over data-parallel ranks, the optimizer
 * runs, and with a sharded optimizer the weights are gathered again. No rank starts the next step
 * before.
 *
 * <p>Ring volumes, {@code (n-1)/n} of the bytes each way (ZeRO stage 1: gradients once, weights
 * once; else gradients twice), over the slowest member's way out: its port within a domain; across
 * domains the NICs of the group's members there together, at most the port. NICs share their
 * domain's uplinks; a leaf's uplink, where groups reach beyond it, is shared by the rings of all
 * groups of the stage, one for each of its GPUs in a domain, which pass it once each way. Left out:
 * rings of other stages there, rings' latency beyond one hop, overlap of the gathering with the
 * next forward pass.
 */
final class GradientTime {
  private final Problem problem;
  private final Layout layout;
  private final Stage stage;
  private final Training training;
  private final TrainingMemory memory;
  private final double shared;
  private final double experts;
  private final Map<Integer, Integer> ringsOfLink = new ConcurrentHashMap<>();

  GradientTime(Problem problem, Plan plan, int stageIndex) {
    this(
        problem,
        plan.layout(),
        plan.stages().get(stageIndex),
        layer -> plan.experts().get(layer).slots());
  }

  /** Of a stage of a layout, with so many slots in each MoE layer. */
  GradientTime(Problem problem, Layout layout, Stage stage, IntUnaryOperator slotsOfLayer) {
    this.problem = problem;
    this.layout = layout;
    this.stage = stage;
    this.training = layout.training(problem.workload()).orElseThrow();
    this.memory = new TrainingMemory(problem, layout);
    this.shared = memory.sharedParameters(stage.firstLayer(), stage.lastLayer());
    this.experts = memory.expertParameters(stage.firstLayer(), stage.lastLayer(), slotsOfLayer);
  }

  /** Reduction and gathering of this stage in s, before anything hides it. */
  double reductionSeconds() {
    return gradientSeconds() + gatherSeconds();
  }

  /** Reduction alone in s; with gradients in parts what is left of it at the step's end. */
  double gradientSeconds() {
    return training.sharding().gradients() ? copiesSeconds() : seconds(this::gradientBytes);
  }

  /** Gathering of the updated weights alone in s. */
  double gatherSeconds() {
    Sharding sharding = training.sharding();
    if (sharding.weights() || !sharding.optimizer()) {
      return 0;
    }
    double width = problem.precision().weights().bytes();
    if (training.runtime().broadcastsWeights()) {
      return RankGroup.ofShards(problem, layout, sharding)
          .broadcastSeconds((shared + experts) * width);
    }
    if (sharding.ranks().isPresent()) {
      return RankGroup.ofShards(problem, layout, sharding).partSeconds(shared * width)
          + RankGroup.ofExperts(problem, layout, sharding).partSeconds(experts * width);
    }
    return seconds(this::weightBytes);
  }

  /** Bytes that a ring moves of so many weights, these {@code width} times as wide as others. */
  private interface Moved {
    double bytes(double parameters, double width);
  }

  // Scattered where each rank updates its part, else summed up on every rank. A sharded optimizer
  // of a smaller group sums up between the groups.
  private double gradientBytes(double parameters, double width) {
    if (training.runtime().widensGradients()) {
      return parameters * Dtype.FP32.bytes() * 2;
    }
    boolean once = training.shardedOptimizer() && training.sharding().ranks().isEmpty();
    return parameters * training.gradients().bytes() * (once ? 1 : 2);
  }

  private double weightBytes(double parameters, double width) {
    return parameters * width * problem.precision().weights().bytes();
  }

  private double seconds(Moved moved) {
    double seconds = 0;
    // Tensor-parallel members reduce side by side: the slowest counts.
    for (int member = 0; member < layout.attentionTensorParallel(); member++) {
      seconds = Math.max(seconds, groupSeconds(sharedGroup(member), moved.bytes(shared, 1)));
    }
    double routed = 0;
    for (int position = 0; position < layout.gpusPerStage() && experts > 0; position++) {
      routed =
          Math.max(
              routed,
              groupSeconds(
                  expertGroup(position),
                  moved.bytes(
                      experts,
                      problem.precision().experts().bytes()
                          / problem.precision().weights().bytes())));
    }
    return seconds + routed;
  }

  // Layer by layer within a group of shards; between groups at the end, each rank its part. Experts
  // have as many copies as groups hold them: fewer than groups where these are smaller than a
  // replica.
  private double copiesSeconds() {
    Sharding sharding = training.sharding();
    int all = memory.sharedRanks();
    int replicas = layout.replicas();
    return (betweenCopies(shared, all, sharding.groupOf(all))
            + betweenCopies(experts, replicas, sharding.expertGroupOf(all, replicas)))
        * training.gradients().bytes()
        / problem.topology().scaleOut().nic().sustainedBytesPerSecond();
  }

  // Elements that a rank sends of its part of so many weights, which each group of ranks holds
  // once.
  private static double betweenCopies(double parameters, int ranks, int group) {
    int copies = ranks / group;
    return 2 * parameters / group * (copies - 1) / copies;
  }

  /** Reading and writing optimizer state, gradients and weights in s, on GPU and host together. */
  double optimizerSeconds() {
    double host = training.runtime().hostOptimizer();
    double owned = memory.ownedParameters(shared, experts);
    double bytesPerParameter =
        2 * training.optimizerBytesPerParameter()
            + training.gradients().bytes()
            + problem.precision().weights().bytes();
    double bytes = (1 - host) * owned * bytesPerParameter;
    double slowest = 0;
    for (int gpu : stage.gpus()) {
      slowest =
          Math.max(
              slowest, bytes / GpuRates.bytesPerSecond(problem.topology().gpus().get(gpu).spec()));
    }
    return slowest
        + HostOptimizer.seconds(
            problem.topology().gpus().get(stage.gpus().get(0)).spec(),
            host * owned,
            training.gradients().bytes(),
            problem.precision().weights().bytes());
  }

  private List<Integer> sharedGroup(int member) {
    List<Integer> group = new ArrayList<>();
    for (int g = member; g < stage.gpus().size(); g += layout.attentionTensorParallel()) {
      group.add(stage.gpus().get(g));
    }
    return group;
  }

  private List<Integer> expertGroup(int position) {
    List<Integer> group = new ArrayList<>();
    for (int replica = 0; replica < layout.replicas(); replica++) {
      group.add(stage.gpus().get(replica * layout.gpusPerStage() + position));
    }
    return group;
  }

  private double groupSeconds(List<Integer> group, double bytes) {
    // The mirrored copy of DualPipe is one more member.
    double members = group.size() * memory.weightCopies();
    if (members < 2) {
      return 0;
    }
    double share = (members - 1) / members;
    return latencySeconds(group) + memory.weightCopies() * bytes * share / bytesPerSecond(group);
  }

  private double latencySeconds(List<Integer> group) {
    Topology topology = problem.topology();
    int domain = topology.gpus().get(group.get(0)).domain();
    return group.stream().allMatch(gpu -> topology.gpus().get(gpu).domain() == domain)
        ? topology.domains().get(domain).scaleUp().latencySeconds()
        : group.stream()
            .mapToDouble(gpu -> 2 * topology.network().endLatency(Tier.SCALE_OUT, gpu))
            .max()
            .orElseThrow();
  }

  private double bytesPerSecond(List<Integer> group) {
    Topology topology = problem.topology();
    Map<Integer, List<Integer>> membersOfDomain = new TreeMap<>();
    group.forEach(
        gpu ->
            membersOfDomain
                .computeIfAbsent(topology.gpus().get(gpu).domain(), key -> new ArrayList<>())
                .add(gpu));
    double slowest = Double.POSITIVE_INFINITY;
    for (List<Integer> members : membersOfDomain.values()) {
      double port = topology.network().portBytesPerSecond(members.get(0));
      double out = 0;
      for (int gpu : members) {
        out += outBytesPerSecond(gpu, group);
      }
      double rate =
          membersOfDomain.size() == 1 ? port : members.size() == 1 ? out : Math.min(port, out);
      slowest = Math.min(slowest, rate);
    }
    return slowest / RankGroup.slowdown(membersOfDomain.size());
  }

  private double outBytesPerSecond(int gpu, List<Integer> group) {
    Network network = problem.topology().network();
    double rate = network.domainShareBytesPerSecond(gpu);
    int[] way = network.way(Tier.SCALE_OUT, gpu);
    if (way.length == 0) {
      return rate;
    }
    int top = way[way.length - 1];
    return network.isNarrow(top) && group.stream().anyMatch(other -> !isBelow(other, top))
        ? Math.min(rate, network.capacityBytesPerSecond(top) / rings(top))
        : rate;
  }

  private boolean isBelow(int gpu, int link) {
    return Arrays.stream(problem.topology().network().way(Tier.SCALE_OUT, gpu))
        .anyMatch(own -> own == link);
  }

  /** Rings of all groups together that pass a link. */
  private int rings(int link) {
    return ringsOfLink.computeIfAbsent(
        link,
        key -> {
          Map<Integer, Integer> inDomain = new TreeMap<>();
          for (int gpu : stage.gpus()) {
            if (isBelow(gpu, key)) {
              inDomain.merge(problem.topology().gpus().get(gpu).domain(), 1, Integer::sum);
            }
          }
          return Collections.max(inDomain.values());
        });
  }
}
