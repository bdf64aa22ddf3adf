package dev.rackplan.accuracy;

/**
 * How a row was served, as problems.
 *
 * @param family what it has in common with other rows
 * @param pools who decodes and who reads prompts
 * @param decode every running sequence at its mean context: the prompt and half of the answer
 * @param prompt one prompt alone
 * @param prompts what one prefill step reads while others decode: a prompt for each attention rank
 *     that has one
 * @param outputTokens of an answer, the first one included
 */
public record ServingRun(
    RowFamily family,
    Pools pools,
    Deployment decode,
    Deployment prompt,
    Deployment prompts,
    double outputTokens)
    implements RowRun {

  /** Who decodes and who reads prompts. */
  public enum Pools {
    /** The same GPUs: while they read a prompt, no sequence gets a token. */
    AGGREGATED,
    /** Others: nothing of one phase is waited for in the other. */
    DISAGGREGATED
  }
}
