package dev.rackplan.topology;

/** How near two GPUs are: which of the networks carries what one sends to the other. */
public enum Tier {
  /** Both behind one bridge or switch inside a host that is faster than the domain. */
  ISLAND,
  /** Both in one scale-up domain. */
  SCALE_UP,
  /** Over the network between domains. */
  SCALE_OUT
}
