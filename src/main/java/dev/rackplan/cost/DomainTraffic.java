package dev.rackplan.cost;

/** Copies of one micro-batch between domains, added up where they share uplinks. Mutable. */
final class DomainTraffic implements DomainCopies {
  private final StageShape shape;
  private final double[] in;
  private final double[] out;
  private final double[] leafIn;
  private final double[] leafOut;

  DomainTraffic(StageShape shape) {
    this.shape = shape;
    this.in = new double[shape.domainCount()];
    this.out = new double[shape.domainCount()];
    this.leafIn = new double[shape.leafCount()];
    this.leafOut = new double[shape.leafCount()];
  }

  @Override
  public void add(int home, int domain, double copies) {
    out[home] += copies;
    in[domain] += copies;
    if (shape.leafOf(home) != shape.leafOf(domain)) {
      leafOut[shape.leafOf(home)] += copies;
      leafIn[shape.leafOf(domain)] += copies;
    }
  }

  double in(int domain) {
    return in[domain];
  }

  double out(int domain) {
    return out[domain];
  }

  double intoLeaf(int leaf) {
    return leafIn[leaf];
  }

  double outOfLeaf(int leaf) {
    return leafOut[leaf];
  }
}
