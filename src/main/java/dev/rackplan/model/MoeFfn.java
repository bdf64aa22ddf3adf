package dev.rackplan.model;

import java.util.OptionalInt;

/**
 * A mixture-of-experts feed-forward network.
 *
 * @param experts routed experts E
 * @param expertsPerToken routed experts k that each token uses, 1 ≤ k ≤ E
 * @param parametersPerExpert weights in elements of one routed expert
 * @param sharedParameters weights in elements that every token uses beside its k experts: shared
 *     experts, dense residual branch, latent projections
 * @param routerParameters weights in elements of the gate
 * @param tokenWidth elements of one token's activation as it travels to an expert: the hidden size,
 *     or the latent width
 * @param expertGroups groups that group-limited routing divides the experts into; 1 = none
 * @param groupsPerToken groups that one token's experts may come from, 1 ≤ groupsPerToken ≤
 *     expertGroups; they hold at least k experts
 * @param innerWidth inner width of one routed expert in elements; empty where only its weights are
 *     known
 * @param sharedWidth inner width of all shared experts together in elements, 0 for none; empty
 *     likewise
 */
public record MoeFfn(
    int experts,
    int expertsPerToken,
    long parametersPerExpert,
    long sharedParameters,
    long routerParameters,
    int tokenWidth,
    int expertGroups,
    int groupsPerToken,
    OptionalInt innerWidth,
    OptionalInt sharedWidth)
    implements Ffn {
  /** One whose widths are not known. */
  public MoeFfn(
      int experts,
      int expertsPerToken,
      long parametersPerExpert,
      long sharedParameters,
      long routerParameters,
      int tokenWidth,
      int expertGroups,
      int groupsPerToken) {
    this(
        experts,
        expertsPerToken,
        parametersPerExpert,
        sharedParameters,
        routerParameters,
        tokenWidth,
        expertGroups,
        groupsPerToken,
        OptionalInt.empty(),
        OptionalInt.empty());
  }

  public MoeFfn {
    if (experts < 1) {
      throw new IllegalArgumentException("experts must be >= 1, was " + experts);
    }
    if (expertsPerToken < 1 || expertsPerToken > experts) {
      throw new IllegalArgumentException(
          "expertsPerToken must be in 1.." + experts + ", was " + expertsPerToken);
    }
    if (parametersPerExpert <= 0) {
      throw new IllegalArgumentException(
          "parametersPerExpert must be > 0, was " + parametersPerExpert);
    }
    if (sharedParameters < 0 || routerParameters < 0) {
      throw new IllegalArgumentException("sharedParameters and routerParameters must be >= 0");
    }
    if (tokenWidth < 1) {
      throw new IllegalArgumentException("tokenWidth must be >= 1, was " + tokenWidth);
    }
    if (expertGroups < 1 || experts % expertGroups != 0) {
      throw new IllegalArgumentException(
          "expertGroups must divide " + experts + ", was " + expertGroups);
    }
    if (groupsPerToken < 1 || groupsPerToken > expertGroups) {
      throw new IllegalArgumentException(
          "groupsPerToken must be in 1.." + expertGroups + ", was " + groupsPerToken);
    }
    if (experts / expertGroups * groupsPerToken < expertsPerToken) {
      throw new IllegalArgumentException(
          groupsPerToken
              + " groups of "
              + experts / expertGroups
              + " experts can't give a token "
              + expertsPerToken);
    }
  }

  /**
   * Inner width of one routed expert; where it isn't known, that of one of three matrices with as
   * many weights.
   */
  public long expertWidth() {
    return innerWidth.isPresent()
        ? innerWidth.getAsInt()
        : Math.round(parametersPerExpert / (3.0 * tokenWidth));
  }

  /**
   * Whether a routed expert has biases: its matrices between the token's width and its own leave
   * some of its weights over. False where its inner width isn't known.
   */
  public boolean hasBias() {
    return innerWidth.isPresent()
        && parametersPerExpert % ((long) innerWidth.getAsInt() * tokenWidth) != 0;
  }

  @Override
  public long parameters() {
    return experts * parametersPerExpert + sharedParameters + routerParameters;
  }

  @Override
  public long activeParameters() {
    return expertsPerToken * parametersPerExpert + sharedParameters + routerParameters;
  }
}
