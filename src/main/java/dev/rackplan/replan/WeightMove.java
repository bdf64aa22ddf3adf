package dev.rackplan.replan;

/**
 * One copy of an expert's weights, or of a slice of them, that has to come to a GPU.
 *
 * @param layer index of the layer in the model
 * @param slice which slice of the expert, from 0; 0 where experts are whole
 * @param to name of the GPU
 * @param from name of a GPU that holds the same already, or {@link #STORAGE}
 * @param tier what it crosses
 * @param bytes of the weights
 */
public record WeightMove(
    int layer, int expert, int slice, String to, String from, Tier tier, double bytes) {
  /** Where no GPU in use holds it. */
  public static final String STORAGE = "storage";

  /** What a move crosses. */
  public enum Tier {
    /** The switch of one NVLink domain. */
    SCALE_UP,
    /** The network between domains. */
    SCALE_OUT,
    /** Weights are read again. */
    STORAGE
  }
}
