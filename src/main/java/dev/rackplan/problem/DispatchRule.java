package dev.rackplan.problem;

/** How an engine picks one replica of a chosen expert. */
public enum DispatchRule {
  /** Each replica gets an equal share, wherever the token is: EPLB's assumption. */
  EVEN,
  /**
   * A replica on the sender's GPU, else the first in its node, else an equal spread over all
   * replicas: SGLang static.
   */
  NEAREST,
  /** Replica = sender rank mod replicas: vllm-ascend. */
  RANK_MODULO
}
