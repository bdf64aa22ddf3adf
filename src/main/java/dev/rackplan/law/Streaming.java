package dev.rackplan.law;

/**
 * A kernel that streams memory and computes next to nothing: norms, quantising, activation
 * functions, hyper-connections, one kernel of a recurrent layer.
 *
 * @param bytes read and written
 * @param steps that follow one another, such as chunks of a scan
 */
public record Streaming(double bytes, double steps) implements Op {
  /** Without steps. */
  public Streaming(double bytes) {
    this(bytes, 0);
  }
}
