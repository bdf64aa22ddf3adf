package dev.rackplan.cost.operation;

/**
 * Residual streams that a layer mixes before and after each of its two sublayers.
 *
 * <p>Elements of h that fused kernels move for a token and a sublayer, n streams: n read for the
 * coefficients, n read and one written before it, n + 1 read and n written after it, 4n + 2 in all,
 * where an ordinary residual takes 3. What the kernels put out is not kept but made again from the
 * streams at the start of each block of {@code r} sublayers, as many as need the least memory.
 *
 * <p>Source: Xie et al. 2025 (arXiv:2512.24880), tables 2 and 3, 4.3.1 and equation 20. Left out:
 * the coefficients' products, {@code 2·n·h·(n² + 2n)} FLOPs a sublayer; that blocks may end with
 * stages alone.
 *
 * @param streams n, of {@code hidden} elements each
 */
public record HyperConnections(int streams, int hidden) {
  /** Kernels of a layer's forward pass beyond those of two residual additions: five for each. */
  static final double LAUNCHES = 8;

  private static final double SUBLAYERS = 2;
  private static final double BYTES = 2;

  /** Whether there is more than an ordinary residual. */
  boolean mixes() {
    return streams > 1;
  }

  /** Bytes that a layer's kernels move for a token in one forward pass. */
  public double movedBytes() {
    return SUBLAYERS * BYTES * (4.0 * streams + 2) * hidden;
  }

  /** Bytes a token that {@code layers} of them keep until the backward pass. */
  double keptBytes(int layers) {
    return mixes() && layers > 0
        ? BYTES * streams * hidden * Math.ceil(SUBLAYERS * layers / block(layers))
        : 0;
  }

  /** Bytes a token of the block that is made again, of {@code layers} in all. */
  double againBytes(int layers) {
    return mixes() && layers > 0 ? BYTES * (streams + 2.0) * hidden * block(layers) : 0;
  }

  // Sublayers of a block: r of n·L/r + (n + 2)·r at its least.
  private double block(int layers) {
    return Math.max(1, Math.rint(Math.sqrt(streams * SUBLAYERS * layers / (streams + 2.0))));
  }
}
