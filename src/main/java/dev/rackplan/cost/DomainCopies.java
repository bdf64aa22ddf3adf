package dev.rackplan.cost;

/** Takes copies of activations that go from one domain to another. */
@FunctionalInterface
interface DomainCopies {
  /** {@code copies} of one micro-batch from domain {@code home} to {@code domain}. */
  void add(int home, int domain, double copies);
}
