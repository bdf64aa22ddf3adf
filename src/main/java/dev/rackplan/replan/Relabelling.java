package dev.rackplan.replan;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.stream.IntStream;
import org.jgrapht.alg.matching.KuhnMunkresMinimalWeightBipartitePerfectMatching;
import org.jgrapht.graph.DefaultWeightedEdge;
import org.jgrapht.graph.SimpleWeightedGraph;

/**
 * Which expert host takes which row of a layer's map, so that as few experts as possible move: rows
 * are exchanged within nodes, and nodes of equally many hosts within a domain, each by an
 * assignment. Hosts of a node are alike to the cost, and so are such nodes, so that no figure
 * changes.
 */
final class Relabelling {
  // More than any number of experts that move.
  private static final int NEVER = 1_000_000;

  private final ExpertMap map;
  private final int[][] rows;
  private final Layout layout;
  private final List<List<SortedSet<Integer>>> held;

  private Relabelling(ExpertMap map, Layout layout, List<List<SortedSet<Integer>>> held) {
    this.map = map;
    this.rows = IntStream.range(0, map.gpus()).mapToObj(map::expertsOf).toArray(int[][]::new);
    this.layout = layout;
    this.held = held;
  }

  /**
   * The same map with its rows where most of them is held.
   *
   * @param map of one layer, slots dealt evenly where rows are to be exchanged
   * @param shape of the stage's expert hosts
   * @param held by instance and rank the experts that the GPU holds already
   */
  static ExpertMap of(
      ExpertMap map, StageShape shape, Layout layout, List<List<SortedSet<Integer>>> held) {
    Relabelling labels = new Relabelling(map, layout, held);
    int[] rowOfHost = new int[map.gpus()];
    for (int domain = 0; domain < shape.domainCount(); domain++) {
      labels.exchange(shape, nodes(shape, domain), rowOfHost);
    }
    int[] slots = new int[map.slots()];
    for (int host = 0; host < rowOfHost.length; host++) {
      int row = rowOfHost[host];
      if (map.slotsOf(row) != map.slotsOf(host)) {
        return map;
      }
      System.arraycopy(labels.rows[row], 0, slots, map.firstSlot(host), map.slotsOf(host));
    }
    return new ExpertMap(slots, map.gpus());
  }

  private static List<List<Integer>> nodes(StageShape shape, int domain) {
    List<List<Integer>> nodes = new ArrayList<>();
    for (int node = 0; node < shape.nodeCount(); node++) {
      List<Integer> hosts = new ArrayList<>();
      for (int host = 0; host < shape.gpuCount(); host++) {
        if (shape.nodeOf(host) == node && shape.domainOf(host) == domain) {
          hosts.add(host);
        }
      }
      if (!hosts.isEmpty()) {
        nodes.add(hosts);
      }
    }
    return nodes;
  }

  // Nodes of different sizes or GPUs stay where they are.
  private void exchange(StageShape shape, List<List<Integer>> nodes, int[] rowOfHost) {
    boolean alike =
        nodes.size() > 1
            && nodes.stream().map(List::size).distinct().count() == 1
            && nodes.stream().flatMap(List::stream).map(shape::spec).distinct().count() == 1;
    int[] sourceOf = new int[nodes.size()];
    int[][][] inner = new int[nodes.size()][nodes.size()][];
    double[][] moved = new double[nodes.size()][nodes.size()];
    for (int to = 0; to < nodes.size(); to++) {
      sourceOf[to] = to;
      for (int from = 0; from < nodes.size(); from++) {
        if (from == to || alike) {
          inner[to][from] = assign(moves(nodes.get(to), nodes.get(from)));
          double sum = 0;
          for (int i = 0; i < inner[to][from].length; i++) {
            sum += missing(nodes.get(to).get(i), nodes.get(from).get(inner[to][from][i]));
          }
          moved[to][from] = sum;
        }
      }
    }
    if (alike) {
      sourceOf = assign(moved);
    }
    for (int to = 0; to < nodes.size(); to++) {
      int[] rows = inner[to][sourceOf[to]];
      for (int i = 0; i < rows.length; i++) {
        rowOfHost[nodes.get(to).get(i)] = nodes.get(sourceOf[to]).get(rows[i]);
      }
    }
  }

  private double[][] moves(List<Integer> hosts, List<Integer> rows) {
    double[][] moves = new double[hosts.size()][rows.size()];
    for (int i = 0; i < hosts.size(); i++) {
      for (int j = 0; j < rows.size(); j++) {
        moves[i][j] = missing(hosts.get(i), rows.get(j));
      }
    }
    return moves;
  }

  /** Experts of a row that the GPUs of a host lack, over all instances. */
  private int missing(int host, int row) {
    if (map.slotsOf(host) != map.slotsOf(row)) {
      return NEVER;
    }
    int missing = 0;
    for (List<SortedSet<Integer>> instance : held) {
      int first = host * layout.gpusPerExpertHost();
      for (int rank = first; rank < first + layout.gpusPerExpertHost(); rank++) {
        for (int expert : rows[row]) {
          missing += instance.get(rank).contains(expert) ? 0 : 1;
        }
      }
    }
    return missing;
  }

  /** The column of each row of least sum; where staying is among the best, nothing moves. */
  private static int[] assign(double[][] cost) {
    int n = cost.length;
    SimpleWeightedGraph<Integer, DefaultWeightedEdge> graph =
        new SimpleWeightedGraph<>(DefaultWeightedEdge.class);
    Set<Integer> left = new LinkedHashSet<>();
    Set<Integer> right = new LinkedHashSet<>();
    for (int i = 0; i < n; i++) {
      left.add(i);
      right.add(n + i);
      graph.addVertex(i);
      graph.addVertex(n + i);
    }
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        DefaultWeightedEdge edge = graph.addEdge(i, n + j);
        // Among equals the diagonal is least.
        graph.setEdgeWeight(edge, cost[i][j] * (2 * n) + (i == j ? 0 : 1));
      }
    }
    int[] column = new int[n];
    for (DefaultWeightedEdge edge :
        new KuhnMunkresMinimalWeightBipartitePerfectMatching<>(graph, left, right).getMatching()) {
      int i = Math.min(graph.getEdgeSource(edge), graph.getEdgeTarget(edge));
      int j = Math.max(graph.getEdgeSource(edge), graph.getEdgeTarget(edge));
      column[i] = j - n;
    }
    return column;
  }
}
