package dev.rackplan.export;

import dev.rackplan.export.Deployment.HostRanks;
import dev.rackplan.problem.Pool;
import dev.rackplan.topology.Gpu;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A pool that reads prompts and one that decodes, which serve together.
 *
 * @param name of both
 * @param prefill reads prompts
 * @param decode decodes what that has read
 */
public record PoolPair(String name, Deployment prefill, Deployment decode) {

  /**
   * Two deployments, each given its place.
   *
   * @throws ExportRefusal where both have a GPU
   */
  public static PoolPair of(String name, Deployment prefill, Deployment decode) {
    refuseSharedGpus(prefill, decode);
    boolean nvlink = shareDomainOfHosts(prefill, decode);
    var first = prefill.layout();
    int tokens = (int) Math.ceil(prefill.problem().workload().contexts().heldTokens(1));
    return new PoolPair(
        name,
        prefill.as(name, new PoolPlace(Optional.of(Pool.PREFILL), 0, 0, nvlink, tokens)),
        decode.as(
            name,
            new PoolPlace(
                Optional.of(Pool.DECODE),
                first.replicas(),
                first.replicas() * first.attentionRanks(),
                nvlink,
                tokens)));
  }

  /** Both, prefill first. */
  public List<Deployment> pools() {
    return List.of(prefill, decode);
  }

  /** GPUs of both. */
  public int gpus() {
    return prefill.gpus() + decode.gpus();
  }

  /** The word for a pool: {@code prefill} or {@code decode}. */
  static String word(Deployment deployment) {
    return deployment.place().pool().orElseThrow().name().toLowerCase(Locale.ROOT);
  }

  private static void refuseSharedGpus(Deployment prefill, Deployment decode) {
    Set<String> taken = new HashSet<>(devices(prefill));
    for (String device : devices(decode)) {
      if (taken.contains(device)) {
        throw new ExportRefusal(
            "both pools have " + device, "Give each pool GPUs of its own, or solve again.");
      }
    }
  }

  private static List<String> devices(Deployment deployment) {
    List<String> devices = new ArrayList<>();
    for (int instance = 0; instance < deployment.layout().replicas(); instance++) {
      for (HostRanks host : deployment.hostRanks(deployment.ranksOfInstance(instance))) {
        host.devices().forEach(device -> devices.add("GPU " + device + " of " + host.host()));
      }
    }
    return devices;
  }

  // A domain of several hosts that holds GPUs of both pools.
  private static boolean shareDomainOfHosts(Deployment prefill, Deployment decode) {
    if (!prefill.problem().topology().equals(decode.problem().topology())) {
      return false;
    }
    Set<Integer> domains = new HashSet<>();
    prefill.ranksByStage().forEach(gpu -> domains.add(gpu.domain()));
    for (Gpu gpu : decode.ranksByStage()) {
      var domain = prefill.problem().topology().domains().get(gpu.domain());
      if (domains.contains(gpu.domain())
          && domain.gpus().stream()
                  .map(member -> prefill.problem().topology().gpus().get(member).node())
                  .distinct()
                  .count()
              > 1) {
        return true;
      }
    }
    return false;
  }
}
