package dev.rackplan.law;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

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
  private static final VersionOrder VERSIONS = new VersionOrder();

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

  /**
   * Cells that a cell of the same operation may be held against: an engine's newest version with
   * newest ones, an older one with older ones, since no engine has a kernel that came later.
   */
  Stream<Cell> peers(Cell cell) {
    boolean newest = isNewest(cell);
    return cells.stream()
        .filter(other -> other.key().op() == cell.key().op())
        .filter(other -> isNewest(other) == newest);
  }

  private boolean isNewest(Cell cell) {
    return cells.stream()
        .filter(other -> other.key().op() == cell.key().op())
        .filter(other -> other.key().engine().equals(cell.key().engine()))
        .noneMatch(other -> VERSIONS.compare(other.key().version(), cell.key().version()) > 0);
  }
}
