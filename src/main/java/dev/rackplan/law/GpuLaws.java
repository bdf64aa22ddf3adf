package dev.rackplan.law;

import java.util.List;
import java.util.function.UnaryOperator;

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

  /** The same of a GPU with other rates. */
  GpuLaws with(Rates other) {
    return new GpuLaws(gpu, generation, other, source, date, cells);
  }

  /** The same with each law replaced. */
  GpuLaws with(UnaryOperator<Cell> replaced) {
    return new GpuLaws(gpu, generation, rates, source, date, cells.stream().map(replaced).toList());
  }
}
