package dev.rackplan.topology;

import org.jgrapht.Graph;
import org.jgrapht.graph.SimpleDirectedWeightedGraph;

/** The JGraphT graph of a network: vertices are numbers, edges are weighted by capacity. */
final class NetworkGraph {
  /** One direction of a link. */
  record Edge(int link, boolean up) {}

  private final Network network;
  private final Graph<Integer, Edge> graph = new SimpleDirectedWeightedGraph<>(null, null);

  NetworkGraph(Network network) {
    this.network = network;
    for (int vertex = 0; vertex < network.vertices(); vertex++) {
      graph.addVertex(vertex);
    }
    for (int link = 0; link < network.linkCount(); link++) {
      int below = network.lowerVertex(link);
      int above = network.upperVertex(link);
      addEdge(below, above, new Edge(link, true));
      addEdge(above, below, new Edge(link, false));
    }
  }

  private void addEdge(int from, int to, Edge edge) {
    graph.addEdge(from, to, edge);
    graph.setEdgeWeight(edge, network.capacityBytesPerSecond(edge.link()));
  }

  Graph<Integer, Edge> graph() {
    return graph;
  }

  int gpus() {
    return network.topology().gpus().size();
  }
}
