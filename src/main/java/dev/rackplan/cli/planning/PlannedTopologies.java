package dev.rackplan.cli.planning;

import dev.rackplan.problem.Pool;
import dev.rackplan.serving.Cluster;
import dev.rackplan.serving.Found;
import dev.rackplan.serving.Found.Instances;
import dev.rackplan.serving.PoolPlaces;
import dev.rackplan.topology.GpuCatalogEntry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Topology files of a question without files: GPUs in domains of their usual size. Each pool's has
 * the whole cluster, with the GPUs of the others and idle ones drained, so that all pools name the
 * same hosts.
 *
 * @param gpus of the cluster that decodes, or serves alone
 * @param readers of one that reads prompts alone; empty where there is none
 */
public record PlannedTopologies(int gpus, OptionalInt readers) {
  /** The topology file of each pool, by its name. */
  Map<String, Map<String, Object>> of(Found found) {
    Map<String, Map<String, Object>> files = new TreeMap<>();
    for (boolean reads : List.of(false, true)) {
      List<Instances> pools =
          found.pools().stream()
              .filter(pool -> (readers.isPresent() && pool.readsAlone()) == reads)
              .toList();
      if (!pools.isEmpty()) {
        ofCluster(pools, reads ? readers.getAsInt() : gpus, files);
      }
    }
    return files;
  }

  private void ofCluster(List<Instances> pools, int count, Map<String, Map<String, Object>> files) {
    GpuCatalogEntry gpu = pools.get(0).gpu();
    int domain = Math.min(count, gpu.scaleUpDomainGpus());
    Optional<List<List<Integer>>> places = PoolPlaces.of(count, domain, pools);
    for (int p = 0; p < pools.size(); p++) {
      Instances pool = pools.get(p);
      if (places.isEmpty()) {
        files.put(pool.name(), named(pool.name(), whole(gpu, pool.gpus())));
        continue;
      }
      Map<String, Object> tree = whole(gpu, count);
      if (readers.isPresent()) {
        named(Pool.word(pool.role()), tree);
      }
      List<String> others = others(gpu, new TreeSet<>(places.get().get(p)), count, domain);
      if (!others.isEmpty()) {
        tree.put("drained", others);
      }
      files.put(pool.name(), tree);
    }
  }

  // Topologies of one name and shape are one cluster.
  private static Map<String, Object> named(String word, Map<String, Object> tree) {
    tree.put("name", word + "-" + tree.get("name"));
    return tree;
  }

  // Names of all GPUs except those taken, by whole racks and nodes where none of theirs is.
  private static List<String> others(
      GpuCatalogEntry gpus, Set<Integer> taken, int count, int domain) {
    int full = count / domain;
    List<String> names = new ArrayList<>();
    for (int first = 0; first < count; first += domain) {
      int size = Math.min(domain, count - first);
      String rack = first / domain < full ? "full-" + first / domain : "rest-0";
      if (none(taken, first, size)) {
        names.add(rack);
        continue;
      }
      int perNode = Cluster.nodeGpus(gpus, size);
      for (int node = 0; node < size; node += perNode) {
        int nodeSize = Math.min(perNode, size - node);
        String host = rack + "/domain-0/node-" + node / perNode;
        if (none(taken, first + node, nodeSize)) {
          names.add(host);
          continue;
        }
        for (int gpu = 0; gpu < nodeSize; gpu++) {
          if (!taken.contains(first + node + gpu)) {
            names.add(host + "/gpu-" + gpu);
          }
        }
      }
    }
    return names;
  }

  private static boolean none(Set<Integer> taken, int first, int count) {
    for (int gpu = first; gpu < first + count; gpu++) {
      if (taken.contains(gpu)) {
        return false;
      }
    }
    return true;
  }

  /** So many GPUs in domains of their usual size. */
  static Map<String, Object> whole(GpuCatalogEntry gpu, int count) {
    return whole(gpu, count, Math.min(count, gpu.scaleUpDomainGpus()));
  }

  /** So many GPUs in domains of that size, the last one smaller where they don't divide. */
  static Map<String, Object> whole(GpuCatalogEntry gpu, int count, int domain) {
    List<Object> racks = new ArrayList<>();
    racks.add(rack(gpu, "full", count / domain, domain));
    if (count % domain > 0) {
      racks.add(rack(gpu, "rest", 1, count % domain));
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", gpu.name() + "-x" + count);
    tree.put("gpu", gpu.name());
    tree.put("racks", racks);
    return tree;
  }

  private static Map<String, Object> rack(GpuCatalogEntry gpu, String name, int count, int domain) {
    Map<String, Object> rack = new LinkedHashMap<>();
    rack.put("name", name);
    rack.put("count", count);
    int perNode = Cluster.nodeGpus(gpu, domain);
    Map<String, Object> nodes = new LinkedHashMap<>();
    if (domain % perNode == 0) {
      nodes.put("nodes", domain / perNode);
      nodes.put("gpusPerNode", perNode);
    } else {
      List<Object> each = new ArrayList<>();
      for (int first = 0; first < domain; first += perNode) {
        each.add(Map.of("gpus", Math.min(perNode, domain - first)));
      }
      nodes.put("nodes", each);
    }
    rack.put("domains", List.of(nodes));
    return rack;
  }
}
