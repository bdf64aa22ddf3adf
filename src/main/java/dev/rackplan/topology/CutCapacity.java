package dev.rackplan.topology;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jgrapht.Graph;
import org.jgrapht.alg.flow.DinicMFImpl;
import org.jgrapht.graph.DefaultWeightedEdge;
import org.jgrapht.graph.SimpleDirectedWeightedGraph;

/**
 * Max flow between two sets of GPUs, which equals the capacity of the smallest cut between them
 * (Ford and Fulkerson, 1956).
 *
 * <p>Switches forward, GPUs do not: GPUs of neither set are left out of the flow. Relays through
 * peers (NVLink to a neighbour, then its NIC) are therefore not counted. Both networks count, also
 * inside one domain.
 */
final class CutCapacity {
  private static final int SOURCE = -1;
  private static final int SINK = -2;

  /** Residues below 1 byte/s are rounding, not capacity. */
  private static final double EPSILON_BYTES_PER_SECOND = 1;

  private CutCapacity() {}

  static double between(NetworkGraph network, Collection<Integer> from, Collection<Integer> to) {
    Set<Integer> senders = checked(network, "from", from);
    Set<Integer> receivers = checked(network, "to", to);
    for (int gpu : receivers) {
      if (senders.contains(gpu)) {
        throw new IllegalArgumentException("gpu " + gpu + " is in both sets");
      }
    }
    Graph<Integer, DefaultWeightedEdge> flow =
        new SimpleDirectedWeightedGraph<>(DefaultWeightedEdge.class);
    flow.addVertex(SOURCE);
    flow.addVertex(SINK);
    Graph<Integer, NetworkGraph.Edge> links = network.graph();
    for (int vertex : links.vertexSet()) {
      if (vertex >= network.gpus() || senders.contains(vertex) || receivers.contains(vertex)) {
        flow.addVertex(vertex);
      }
    }
    for (NetworkGraph.Edge link : links.edgeSet()) {
      int sender = links.getEdgeSource(link);
      int receiver = links.getEdgeTarget(link);
      if (flow.containsVertex(sender) && flow.containsVertex(receiver)) {
        connect(flow, sender, receiver, links.getEdgeWeight(link));
      }
    }
    // A GPU can send and take no more than its own ports carry, so these edges never bind.
    senders.forEach(gpu -> connect(flow, SOURCE, gpu, portsOf(links, gpu)));
    receivers.forEach(gpu -> connect(flow, gpu, SINK, portsOf(links, gpu)));
    return new DinicMFImpl<>(flow, EPSILON_BYTES_PER_SECOND).getMaximumFlowValue(SOURCE, SINK);
  }

  private static Set<Integer> checked(NetworkGraph network, String set, Collection<Integer> gpus) {
    if (gpus.isEmpty()) {
      throw new IllegalArgumentException("set \"" + set + "\" is empty");
    }
    for (int gpu : gpus) {
      if (gpu < 0 || gpu >= network.gpus()) {
        throw new IllegalArgumentException(
            "gpu must be in 0.." + (network.gpus() - 1) + ", was " + gpu);
      }
    }
    return new LinkedHashSet<>(gpus);
  }

  private static double portsOf(Graph<Integer, NetworkGraph.Edge> links, int gpu) {
    return links.outgoingEdgesOf(gpu).stream().mapToDouble(links::getEdgeWeight).sum();
  }

  private static void connect(
      Graph<Integer, DefaultWeightedEdge> flow, int from, int to, double capacity) {
    flow.setEdgeWeight(flow.addEdge(from, to), capacity);
  }
}
