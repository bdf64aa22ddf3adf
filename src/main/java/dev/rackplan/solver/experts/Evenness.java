package dev.rackplan.solver.experts;

/**
 * How uneven the loads of {@link ReplicaLoads} are, followed from trial to trial. In units of the
 * mean GPU's time; less is better.
 */
interface Evenness {
  /** Takes the loads as they are. */
  void sumUp();

  /** What it is now, on a scale of its own. */
  double now();

  /** What a trial may come to, on that scale, that makes it worse by {@code worse} units. */
  double limit(double worse);

  /** Whether the trial that has begun comes to at most {@code limit}; asked once a trial. */
  boolean within(double limit);

  /** Takes what that trial makes of the loads. */
  void accept();
}
