package dev.rackplan.export;

import dev.rackplan.problem.Pool;
import dev.rackplan.topology.Gpu;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Pools that serve one stream of requests: some that read prompts for some that decode, or unlike
 * instances that each do both.
 *
 * @param name of all
 * @param pools each in its place
 */
public record ServedPools(String name, List<Deployment> pools) {
  public ServedPools {
    pools = List.copyOf(pools);
  }

  /**
   * One of them, before it has its place.
   *
   * @param word what it is called, as its folder will be; each another
   * @param role what it does; empty where its instances do both
   * @param deployment its plan
   */
  public record Part(String word, Optional<Pool> role, Deployment deployment) {}

  /**
   * Gives each its place.
   *
   * @throws ExportRefusal where two have a GPU
   */
  public static ServedPools of(String name, List<Part> parts) {
    refuseSharedGpus(parts);
    boolean nvlink = handsOverByNvlink(parts);
    int tokens = cacheTokens(parts);
    OptionalInt longest = LongestContext.ofAll(parts.stream().map(Part::deployment).toList());
    List<Deployment> pools = new ArrayList<>();
    int instances = 0;
    int ranks = 0;
    for (Part part : parts) {
      pools.add(
          part.deployment()
              .as(
                  name,
                  new PoolPlace(
                      part.word(), part.role(), instances, ranks, nvlink, tokens, longest)));
      int own = part.deployment().layout().replicas();
      instances += own;
      ranks += own * part.deployment().layout().attentionRanks();
    }
    return new ServedPools(name, pools);
  }

  /** GPUs of all. */
  public int gpus() {
    return pools.stream().mapToInt(pool -> pool.ranks().gpus()).sum();
  }

  /** Those that do this; none where each does both. */
  List<Deployment> of(Pool role) {
    return pools.stream()
        .filter(pool -> pool.place().role().filter(own -> own == role).isPresent())
        .toList();
  }

  /** Whether some read prompts for others. */
  boolean handOver() {
    return !of(Pool.PREFILL).isEmpty();
  }

  private static void refuseSharedGpus(List<Part> parts) {
    Set<String> taken = new HashSet<>();
    for (Part part : parts) {
      for (String device : devices(part.deployment())) {
        if (!taken.add(device)) {
          throw new ExportRefusal(
              "two pools have " + device, "Give each pool GPUs of its own, or solve again.");
        }
      }
    }
  }

  private static List<String> devices(Deployment deployment) {
    List<String> devices = new ArrayList<>();
    for (Gpu gpu : deployment.ranks().byStage()) {
      var node = deployment.problem().topology().nodes().get(gpu.node());
      int device = node.gpus().indexOf(gpu.index());
      devices.add("GPU " + device + " of " + deployment.ranks().host(gpu));
    }
    return devices;
  }

  private static int cacheTokens(List<Part> parts) {
    return parts.stream()
        .filter(part -> part.role().filter(role -> role == Pool.PREFILL).isPresent())
        .mapToInt(
            part ->
                (int) Math.ceil(part.deployment().problem().workload().contexts().heldTokens(1)))
        .max()
        .orElse(0);
  }

  // A domain of several hosts that holds GPUs of a pool that reads and of one that decodes.
  private static boolean handsOverByNvlink(List<Part> parts) {
    for (Part prefill : parts) {
      for (Part decode : parts) {
        if (prefill.role().filter(role -> role == Pool.PREFILL).isPresent()
            && decode.role().filter(role -> role == Pool.DECODE).isPresent()
            && shareDomainOfHosts(prefill.deployment(), decode.deployment())) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean shareDomainOfHosts(Deployment prefill, Deployment decode) {
    var topology = prefill.problem().topology();
    if (!topology.isSameCluster(decode.problem().topology())
        || Accelerators.of(prefill) != Accelerators.NVIDIA) {
      return false;
    }
    Set<Integer> domains = new HashSet<>();
    prefill.ranks().byStage().forEach(gpu -> domains.add(gpu.domain()));
    for (Gpu gpu : decode.ranks().byStage()) {
      List<Integer> members = topology.domains().get(gpu.domain()).gpus();
      long hosts = members.stream().map(one -> topology.gpus().get(one).node()).distinct().count();
      if (domains.contains(gpu.domain()) && hosts > 1) {
        return true;
      }
    }
    return false;
  }
}
