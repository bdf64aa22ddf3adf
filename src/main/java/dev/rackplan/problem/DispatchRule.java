package dev.rackplan.problem;

/**
 * How an engine picks one replica of a chosen expert.
 *
 * <p>What bounds and search take for granted of a rule is said here, so that a new rule has to say
 * it; how it shares tokens out is its case in {@code cost.ReplicaShares}.
 */
public enum DispatchRule {
  /** Each replica gets an equal share, wherever the token is: EPLB's assumption. */
  EVEN(Senders.ALIKE, Shares.EQUAL),
  /**
   * A replica on the sender's GPU, else the first in its node, else an equal spread over all
   * replicas: SGLang static.
   */
  NEAREST(Senders.DIFFER, Shares.NEAR_FIRST),
  /** Replica = sender rank mod replicas: vllm-ascend. */
  RANK_MODULO(Senders.DIFFER, Shares.ANY);

  private enum Senders {
    /** Tokens of every domain are shared out alike. */
    ALIKE,
    /** Where a token goes depends on where it is. */
    DIFFER
  }

  private enum Shares {
    /** Each replica gets as much. */
    EQUAL,
    /** A sender's own replicas come first, the others get equal shares of the rest. */
    NEAR_FIRST,
    /** Nothing is known: a home may choose a replica that it does not hold. */
    ANY
  }

  private final Senders senders;
  private final Shares shares;

  DispatchRule(Senders senders, Shares shares) {
    this.senders = senders;
    this.shares = shares;
  }

  /** Whether the tokens of every domain are shared out alike. */
  public boolean sendersAreAlike() {
    return senders == Senders.ALIKE;
  }

  /**
   * Whether an expert's replicas get equal shares of all tokens together, or those of a rank more
   * or less: loads follow from how many replicas there are, not from where they are.
   */
  public boolean sharesAlike() {
    return shares != Shares.NEAR_FIRST;
  }

  /**
   * Whether no replica away from home is sent more of a home's tokens than an equal share of them:
   * what lower bounds on copies to single receivers rest on.
   */
  public boolean sendsAwayEvenly() {
    return shares != Shares.ANY;
  }
}
