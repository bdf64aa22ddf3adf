package dev.rackplan.json;

/** Sentences about how a model's figures were read that more than one reader says. */
public final class ModelNotes {
  /** Of models with a vision or audio part. */
  public static final String TOWERS =
      "The vision and audio parts' weights are counted; their time, and the tokens that a picture becomes, are left out.";

  private ModelNotes() {}
}
