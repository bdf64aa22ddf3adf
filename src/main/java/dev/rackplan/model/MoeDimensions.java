package dev.rackplan.model;

import java.util.OptionalInt;

/**
 * Widths of a mixture of experts, from which {@link #toFfn()} counts the weights.
 *
 * @param hiddenSize elements of the residual stream
 * @param experts routed experts E
 * @param expertsPerToken routed experts k per token
 * @param expertWidth inner width of one routed expert
 * @param matrices weight matrices of an expert: 3 where it is gated (gate, up, down), 2 where not
 * @param tokenWidth elements in which a token travels to its experts: the hidden size, or a latent
 *     width
 * @param sharedWidth inner widths of all shared experts together, 0 for none
 * @param extraSharedParameters weights in elements that every token uses beside these: gate of the
 *     shared expert, dense branch, norms
 * @param routerBias whether the router has one bias per expert (added to the logits, or for load
 *     balance)
 * @param expertBias whether each expert's matrices have biases
 * @param groups expert groups of group-limited routing, 1 for none
 * @param groupsPerToken groups that a token may use
 */
public record MoeDimensions(
    int hiddenSize,
    int experts,
    int expertsPerToken,
    int expertWidth,
    int matrices,
    int tokenWidth,
    int sharedWidth,
    long extraSharedParameters,
    boolean routerBias,
    boolean expertBias,
    int groups,
    int groupsPerToken) {
  public MoeDimensions {
    if (matrices != 2 && matrices != 3) {
      throw new IllegalArgumentException("matrices must be 2 or 3, was " + matrices);
    }
  }

  /** Gated experts without biases, shared experts or groups. */
  public static MoeDimensions of(
      int hiddenSize, int experts, int expertsPerToken, int expertWidth) {
    return new MoeDimensions(
        hiddenSize, experts, expertsPerToken, expertWidth, 3, hiddenSize, 0, 0, false, false, 1, 1);
  }

  public MoeDimensions withMatrices(int value) {
    return new MoeDimensions(
        hiddenSize,
        experts,
        expertsPerToken,
        expertWidth,
        value,
        tokenWidth,
        sharedWidth,
        extraSharedParameters,
        routerBias,
        expertBias,
        groups,
        groupsPerToken);
  }

  /**
   * Tokens travel in {@code value} elements, projected down before and up after the experts where
   * that isn't the hidden size.
   */
  public MoeDimensions withTokenWidth(int value) {
    return new MoeDimensions(
        hiddenSize,
        experts,
        expertsPerToken,
        expertWidth,
        matrices,
        value,
        sharedWidth,
        extraSharedParameters,
        routerBias,
        expertBias,
        groups,
        groupsPerToken);
  }

  public MoeDimensions withShared(int width, long extraParameters) {
    return new MoeDimensions(
        hiddenSize,
        experts,
        expertsPerToken,
        expertWidth,
        matrices,
        tokenWidth,
        width,
        extraParameters,
        routerBias,
        expertBias,
        groups,
        groupsPerToken);
  }

  public MoeDimensions withBiases(boolean router, boolean expert) {
    return new MoeDimensions(
        hiddenSize,
        experts,
        expertsPerToken,
        expertWidth,
        matrices,
        tokenWidth,
        sharedWidth,
        extraSharedParameters,
        router,
        expert,
        groups,
        groupsPerToken);
  }

  public MoeDimensions withGroups(int count, int perToken) {
    return new MoeDimensions(
        hiddenSize,
        experts,
        expertsPerToken,
        expertWidth,
        matrices,
        tokenWidth,
        sharedWidth,
        extraSharedParameters,
        routerBias,
        expertBias,
        count,
        perToken);
  }

  /** The FFN with its weights counted. Shared experts always work on the hidden size. */
  public MoeFfn toFfn() {
    long biases = expertBias ? (matrices - 1L) * expertWidth + tokenWidth : 0;
    long expert = (long) matrices * tokenWidth * expertWidth + biases;
    long latent = tokenWidth == hiddenSize ? 0 : 2L * hiddenSize * tokenWidth;
    long shared = (long) matrices * hiddenSize * sharedWidth + latent + extraSharedParameters;
    long router = (long) hiddenSize * experts + (routerBias ? experts : 0);
    return new MoeFfn(
        experts,
        expertsPerToken,
        expert,
        shared,
        router,
        tokenWidth,
        groups,
        groupsPerToken,
        OptionalInt.of(expertWidth),
        OptionalInt.of(sharedWidth));
  }
}
