package dev.rackplan.model;

import java.util.OptionalInt;

/**
 * A mixer with a state of constant size: lightning attention, gated delta net, Kimi delta
 * attention, Mamba.
 *
 * <p>The recurrent state is counted in FP32 and the convolution's tail in BF16, as the serving
 * engines keep them; the KV dtype does not change them.
 *
 * @param parameters weights in elements
 * @param heads heads (or channel groups) over which tensor parallelism may divide the state
 * @param stateBytes bytes of state of one sequence
 * @param flopsPerToken FLOPs of one token's state update and readout; projections not included
 * @param groups groups of heads that share their state projections (Mamba 2), or key heads that
 *     value heads share (gated delta net); empty where each head has its own
 */
public record LinearAttention(
    long parameters, int heads, double stateBytes, double flopsPerToken, OptionalInt groups)
    implements Attention {
  /** Multiply and add, for the update and for the readout of one state element. */
  private static final int UPDATE_AND_READ_FLOPS = 4;

  /** The delta rule reads the old value first: another multiply and add per state element. */
  private static final int DELTA_RULE_FLOPS = 6;

  public LinearAttention {
    if (parameters < 0) {
      throw new IllegalArgumentException("parameters must be >= 0, was " + parameters);
    }
    if (heads < 1) {
      throw new IllegalArgumentException("heads must be >= 1, was " + heads);
    }
    if (!(stateBytes > 0) || !(flopsPerToken > 0)) {
      throw new IllegalArgumentException(
          "stateBytes and flopsPerToken must be > 0, were " + stateBytes + " and " + flopsPerToken);
    }
    if (groups.isPresent() && groups.getAsInt() < 1) {
      throw new IllegalArgumentException("groups must be >= 1, was " + groups.getAsInt());
    }
  }

  /** One whose heads share nothing. */
  public LinearAttention(long parameters, int heads, double stateBytes, double flopsPerToken) {
    this(parameters, heads, stateBytes, flopsPerToken, OptionalInt.empty());
  }

  private LinearAttention inGroups(int count) {
    return new LinearAttention(parameters, heads, stateBytes, flopsPerToken, OptionalInt.of(count));
  }

  private static LinearAttention of(
      long parameters,
      int heads,
      double stateElements,
      double convolutionElements,
      int flopsPerElement) {
    double bytes = stateElements * Dtype.FP32.bytes() + convolutionElements * Dtype.BF16.bytes();
    return new LinearAttention(parameters, heads, bytes, flopsPerElement * stateElements);
  }

  /**
   * MiniMax-01's lightning attention: query, key, value, gate and output projections, one norm over
   * all heads.
   */
  public static LinearAttention lightning(int hiddenSize, int heads, int headDimension) {
    long width = (long) heads * headDimension;
    return of(
        5L * hiddenSize * width + width,
        heads,
        (double) width * headDimension,
        0,
        UPDATE_AND_READ_FLOPS);
  }

  /**
   * Gated delta net of Qwen3-Next: query, key, value and gate projections, two scalars per value
   * head, a short convolution.
   */
  public static LinearAttention gatedDeltaNet(
      int hiddenSize,
      int keyHeads,
      int keyDimension,
      int valueHeads,
      int valueDimension,
      int convolutionKernel) {
    long keyWidth = (long) keyHeads * keyDimension;
    long valueWidth = (long) valueHeads * valueDimension;
    long convolved = 2 * keyWidth + valueWidth;
    long projections =
        hiddenSize * (2 * keyWidth + 2 * valueWidth)
            + 2L * hiddenSize * valueHeads
            + valueWidth * hiddenSize;
    long small = convolved * convolutionKernel + 2L * valueHeads + valueDimension;
    double state = (double) valueWidth * keyDimension;
    return of(
            projections + small,
            valueHeads,
            state,
            (double) convolved * (convolutionKernel - 1),
            DELTA_RULE_FLOPS)
        .inGroups(keyHeads);
  }

  /**
   * Kimi delta attention: query, key, value and output projections with short convolutions, a decay
   * of rank {@code headDimension}, and an output gate of full rank or of rank {@code
   * headDimension}.
   */
  public static LinearAttention kimiDelta(
      int hiddenSize, int heads, int headDimension, int convolutionKernel, boolean fullRankGate) {
    long width = (long) heads * headDimension;
    long lowRank = headDimension * (hiddenSize + width);
    long projections =
        4L * hiddenSize * width
            + lowRank
            + (fullRankGate ? hiddenSize * width : lowRank)
            + (long) hiddenSize * heads;
    // Decay bias per channel, decay rate per head, norm per head element.
    long small = 3 * width * convolutionKernel + width + heads + headDimension;
    double convolution = 3.0 * width * (convolutionKernel - 1);
    return of(
        projections + small, heads, (double) width * headDimension, convolution, DELTA_RULE_FLOPS);
  }

  /** Mamba 1 with norms on the step and the two state projections, as Jamba has it. */
  public static LinearAttention mamba(
      int hiddenSize,
      int innerSize,
      int stateSize,
      int stepRank,
      int convolutionKernel,
      boolean convolutionBias,
      boolean projectionBias) {
    long projections =
        3L * hiddenSize * innerSize + (projectionBias ? 2L * innerSize + hiddenSize : 0);
    long convolution = (long) innerSize * (convolutionKernel + (convolutionBias ? 1 : 0));
    long selection =
        (long) innerSize * (stepRank + 2L * stateSize) + (long) stepRank * innerSize + innerSize;
    long dynamics = (long) innerSize * stateSize + innerSize + stepRank + 2L * stateSize;
    double state = (double) innerSize * stateSize;
    double tail = (double) innerSize * (convolutionKernel - 1);
    return of(
        projections + convolution + selection + dynamics,
        innerSize,
        state,
        tail,
        UPDATE_AND_READ_FLOPS);
  }

  /**
   * Mamba 2 (Nemotron-H): one input projection for gate, channels, grouped state projections and
   * steps; a gated norm.
   */
  public static LinearAttention mamba2(
      int hiddenSize,
      int heads,
      int headDimension,
      int groups,
      int stateSize,
      int convolutionKernel,
      boolean convolutionBias) {
    long inner = (long) heads * headDimension;
    long convolved = inner + 2L * groups * stateSize;
    long projections = hiddenSize * (inner + convolved + heads) + inner * hiddenSize;
    long small = convolved * (convolutionKernel + (convolutionBias ? 1 : 0)) + 3L * heads + inner;
    double tail = (double) convolved * (convolutionKernel - 1);
    return of(projections + small, heads, (double) inner * stateSize, tail, UPDATE_AND_READ_FLOPS)
        .inGroups(groups);
  }

  @Override
  public double kvCapacityBytes(double contextTokens, KvFormat kv) {
    return stateBytes;
  }

  @Override
  public double kvReadBytes(double contextTokens, Dtype kv) {
    return stateBytes;
  }

  @Override
  public double scoreFlops(double contextTokens) {
    return flopsPerToken;
  }

  @Override
  public double scores(double contextTokens) {
    return 0;
  }

  @Override
  public int kvShards(int degree) {
    return Math.min(degree, heads);
  }

  /** A single group is copied, as KV heads are. */
  @Override
  public boolean dividesOver(int degree) {
    int shared = groups.orElse(1);
    return heads % degree == 0 && (shared == 1 || shared % degree == 0);
  }

  @Override
  public double growingKvBytesPerToken(KvFormat kv) {
    return 0;
  }

  @Override
  public String kind() {
    return "linear";
  }
}
