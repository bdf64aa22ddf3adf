package dev.rackplan.law;

import java.util.List;

/**
 * Laws of one fit.
 *
 * @param fittedShare share of rows that laws were fitted to; errors are those of the others
 * @param hash how rows were chosen for it, from their key columns
 * @param gpus laws of each GPU
 */
public record LawSet(double fittedShare, String hash, List<GpuLaws> gpus) {
  public LawSet {
    gpus = List.copyOf(gpus);
  }
}
