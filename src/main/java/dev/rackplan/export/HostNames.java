package dev.rackplan.export;

import dev.rackplan.topology.Topology;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What the cluster calls the nodes of a topology.
 *
 * @param hosts host name by node name such as {@code rack-0/domain-0/node-3}
 * @param cliques value of the label {@code nvidia.com/gpu.clique} by node name, where known
 * @param prefix before the place of a node that has no name here
 */
public record HostNames(Map<String, String> hosts, Map<String, String> cliques, String prefix) {
  public HostNames {
    hosts = new TreeMap<>(hosts);
    cliques = new TreeMap<>(cliques);
  }

  public HostNames(Map<String, String> hosts, Map<String, String> cliques) {
    this(hosts, cliques, "");
  }

  /** Nodes called by their place, {@code rack-0-domain-0-node-3}. */
  public static HostNames byPlace() {
    return new HostNames(Map.of(), Map.of());
  }

  /** The same of one of several topologies whose nodes have equal places. */
  private static HostNames byPlaceOf(String topology) {
    return new HostNames(Map.of(), Map.of(), topology + "-");
  }

  /**
   * Nodes by their place, of pools that may stand on several clusters: then each cluster is called
   * after its first pool.
   *
   * @param words what the pools are called
   * @param clusters theirs, in that order
   */
  public static List<HostNames> byPlaceOf(List<String> words, List<Topology> clusters) {
    List<Integer> first =
        clusters.stream()
            .map(
                own ->
                    IntStream.range(0, clusters.size())
                        .filter(i -> clusters.get(i).isSameCluster(own))
                        .findFirst()
                        .orElseThrow())
            .toList();
    boolean one = first.stream().distinct().count() == 1;
    return first.stream().map(i -> one ? byPlace() : byPlaceOf(words.get(i))).toList();
  }

  String host(String node) {
    return hosts.getOrDefault(node, prefix + node.replace('/', '-'));
  }

  Optional<String> clique(String node) {
    return Optional.ofNullable(cliques.get(node));
  }
}
