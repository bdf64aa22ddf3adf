package dev.rackplan.model;

/**
 * What a model holds before its first layer beside the token embedding; the first stage holds it.
 *
 * @param towerParameters weights in elements of vision and audio encoders and of their projectors;
 *     a token of text uses none of them, and their time is left out
 * @param tableParameters weights in elements of further tables that a token looks one row up in:
 *     learned positions, per-layer embeddings
 */
public record ModelInput(long towerParameters, long tableParameters) {
  /** Token embedding only. */
  public static final ModelInput NONE = new ModelInput(0, 0);

  public ModelInput {
    if (towerParameters < 0 || tableParameters < 0) {
      throw new IllegalArgumentException(
          "towerParameters and tableParameters must be >= 0, were "
              + towerParameters
              + " and "
              + tableParameters);
    }
  }

  /** All weights in elements. */
  public long parameters() {
    return towerParameters + tableParameters;
  }
}
