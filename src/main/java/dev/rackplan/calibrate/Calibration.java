package dev.rackplan.calibrate;

import dev.rackplan.law.Cell;
import dev.rackplan.law.CellKey;
import dev.rackplan.law.GpuLaws;
import dev.rackplan.law.LawSet;
import dev.rackplan.law.Rates;
import dev.rackplan.law.Setting;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Laws fitted to tables of measured kernels.
 *
 * <p>Errors are of rows not fitted; of experts, of those whose active weights do not fit the last
 * cache, which is what a step that streams all layers sees.
 *
 * @param laws for a laws file
 * @param rows that the tables hold
 * @param skipped rows that no law was fitted to, by why
 * @param refused cells without a law, and why
 */
public record Calibration(
    LawSet laws, long rows, Map<RowSkip, Long> skipped, List<RefusedCell> refused) {
  /** Share of rows that laws are fitted to; the others judge them. */
  public static final double FITTED_SHARE = 0.3;

  public Calibration {
    skipped = Collections.unmodifiableMap(skipped);
    refused = List.copyOf(refused);
  }

  /** How laws are named and dated. */
  public record Label(String source, String date, Function<String, String> generationOfGpu) {}

  /**
   * Fits a law to each cell of {@code tables}.
   *
   * @param threads that fit side by side; the laws do not depend on how many
   */
  public static Calibration of(Stream<KernelTable> tables, Label label, int threads) {
    OpRows rows = new OpRows(FITTED_SHARE);
    tables.forEach(rows::add);
    rows.dropCopies();
    List<RefusedCell> refused = new ArrayList<>();
    List<GpuLaws> gpus = new ArrayList<>();
    ExecutorService workers = Executors.newFixedThreadPool(threads);
    try {
      for (OpRows.GpuRows gpu : rows.gpus()) {
        gpus.addAll(laws(gpu, label, workers, refused));
      }
    } finally {
      workers.shutdownNow();
    }
    LawSet laws = new LawSet(FITTED_SHARE, KeyHash.NAME, gpus);
    return new Calibration(laws, rows.rows(), rows.skipped(), refused);
  }

  private static List<GpuLaws> laws(
      OpRows.GpuRows gpu, Label label, ExecutorService workers, List<RefusedCell> refused) {
    if (gpu.rates().isEmpty() || gpu.rates().get().peakFlops().bf16().isEmpty()) {
      gpu.cells().values().forEach(cell -> refused.add(RefusedCell.withoutRates(gpu.gpu(), cell)));
      return List.of();
    }
    Rates rates = rates(gpu.rates().get());
    List<Future<List<Cell>>> fits = new ArrayList<>();
    List<CellRows> cells = List.copyOf(gpu.cells().values());
    for (CellRows cell : cells) {
      CellKey key = cell.key();
      Setting setting = Setting.of(rates, key.format(), key.cache());
      fits.add(workers.submit(() -> new CellFit(cell, setting).cells()));
    }
    List<Cell> fitted = new ArrayList<>();
    for (int i = 0; i < fits.size(); i++) {
      List<Cell> found = Finished.of(fits.get(i));
      if (found.isEmpty()) {
        refused.add(RefusedCell.withFewRows(gpu.gpu(), cells.get(i)));
      }
      fitted.addAll(found);
    }
    fitted.sort(
        Comparator.comparing((Cell cell) -> cell.key().op())
            .thenComparing(cell -> cell.key().engine())
            .thenComparing(cell -> cell.key().version())
            .thenComparing(cell -> cell.key().format())
            .thenComparing(cell -> cell.key().cache())
            .thenComparing(cell -> cell.key().kernel())
            .thenComparing(cell -> cell.key().variant().toString()));
    return fitted.isEmpty()
        ? List.of()
        : List.of(
            new GpuLaws(
                gpu.gpu(),
                label.generationOfGpu().apply(gpu.gpu()),
                rates,
                label.source(),
                label.date(),
                fitted));
  }

  private static Rates rates(DatasheetRates sheet) {
    return new Rates(
        sheet.hbmBytesPerSecond(),
        sheet.peakFlops().bf16().orElseThrow(),
        sheet.peakFlops().fp8(),
        sheet.peakFlops().fp4());
  }
}
