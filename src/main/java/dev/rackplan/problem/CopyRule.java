package dev.rackplan.problem;

/** How often a token's activation is sent. */
public enum CopyRule {
  /** One copy per (token, expert): low-latency kernels. */
  PER_EXPERT,
  /** One copy per destination GPU. */
  PER_GPU,
  /**
   * One copy per destination domain over scale-out, forwarded inside the domain once per
   * destination GPU.
   */
  PER_DOMAIN
}
