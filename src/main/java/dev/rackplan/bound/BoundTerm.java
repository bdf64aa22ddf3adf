package dev.rackplan.bound;

/** The argument that makes a layer's bound what it is. */
public enum BoundTerm {
  /** Nothing is bounded: no experts, or one GPU. */
  NONE("nothing"),
  EXPERT_WEIGHTS("weights of active experts"),
  MEAN_COMPUTE("FLOPs over all GPUs"),
  LARGEST_REPLICA("largest replica"),
  PORTS("ports"),
  CHOICES("choices that must leave"),
  SHARED_RECEIVERS("choices that can share a receiver"),
  INDEPENDENT_RECEIVERS("receivers of independent choices"),
  HOTTEST_RECEIVER("hottest receiver"),
  REMOTE_RECEIVERS("experts chosen together, remote"),
  RECEIVER_SPREAD("experts chosen together, spread");

  private final String words;

  BoundTerm(String words) {
    this.words = words;
  }

  /** As reports say it. */
  public String words() {
    return words;
  }
}
