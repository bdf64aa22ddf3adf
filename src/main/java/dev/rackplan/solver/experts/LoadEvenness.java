package dev.rackplan.solver.experts;

/** How uneven the loads of {@link ReplicaLoads} are, followed from trial to trial. Mutable. */
interface LoadEvenness {
  /** Takes the loads as they are. */
  void sumUp();

  /** How uneven they are, in a unit of its own: less is better. */
  double now();

  /**
   * What a trial may come to, in that unit, that takes {@code worse} mean GPU times longer than
   * now.
   */
  double limit(double worse);

  /** Whether the trial that has begun comes to at most {@code limit}; asked once a trial. */
  boolean within(double limit);

  /** Takes what that trial makes of the loads. */
  void accept();
}
