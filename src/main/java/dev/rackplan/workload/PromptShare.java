package dev.rackplan.workload;

/**
 * What a step reads of prompts beside the sequences that it decodes.
 *
 * @param tokens new tokens of prompts in one micro-batch, over all attention ranks
 * @param tokensPerRank those of the fullest attention rank
 * @param prompts how long the prompts are, their cached part included
 */
public record PromptShare(double tokens, double tokensPerRank, Contexts prompts) {
  public PromptShare {
    if (!(tokensPerRank > 0 && tokens >= tokensPerRank) || Double.isInfinite(tokens)) {
      throw new IllegalArgumentException(
          "tokensPerRank must be > 0 and at most tokens, were " + tokensPerRank + " and " + tokens);
    }
  }

  /** Prompts that the fullest rank reads at once: whole ones, or a chunk of one. */
  public double promptsPerRank() {
    return Math.max(1, tokensPerRank / prompts.computedTokens());
  }

  /** New tokens of each of them. */
  public double chunkTokens() {
    return Math.min(tokensPerRank, prompts.computedTokens());
  }

  /** Tokens before a chunk: what is cached, and half of what is read by other steps. */
  public double prefixTokens() {
    return prompts.cachedTokens() + (prompts.computedTokens() - chunkTokens()) / 2;
  }

  /** Prompts of the fullest rank whose last token a step reads, in the mean. */
  public double finishedPerRank() {
    return tokensPerRank / prompts.computedTokens();
  }
}
