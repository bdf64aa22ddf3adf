package dev.rackplan.model;

/** The feed-forward part of one layer. */
public sealed interface Ffn permits DenseFfn, MoeFfn, NoFfn {

  /** All weights in elements. */
  long parameters();

  /** Weights in elements that one token uses. */
  long activeParameters();
}
