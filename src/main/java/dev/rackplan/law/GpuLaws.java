package dev.rackplan.law;

import java.util.List;

/**
 * The laws of one GPU.
 *
 * @param gpu catalogue key, such as {@code h100-sxm}
 * @param generation such as {@code hopper}: laws carry over within it
 * @param rates that its laws are relative to
 * @param source of the measured tables
 * @param date of the fit, ISO
 * @param cells its laws
 */
public record GpuLaws(
    String gpu, String generation, Rates rates, String source, String date, List<Cell> cells) {
  public GpuLaws {
    cells = List.copyOf(cells);
  }
}
