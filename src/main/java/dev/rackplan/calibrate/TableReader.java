package dev.rackplan.calibrate;

import dev.rackplan.json.InputException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads a file of any known form as tables. */
final class TableReader {
  static final String FORMS =
      "Give Parquet or CSV tables as AIConfigurator's, output of nccl-tests, or aiter's tuned CSV files (docs/formats.md#kernel-tables).";

  private static final Pattern ENDING = Pattern.compile("(\\.parquet|\\.csv(\\.gz)?)$");
  private static final Pattern PERF = Pattern.compile("_perf(?=_|$)");
  private static final String DEVICE = "device";

  private final GpuNames names;
  private final Optional<GpuIdentity> given;

  /**
   * @param gpu the GPU of every table, where the user says it
   */
  TableReader(GpuNames names, Optional<String> gpu) {
    this.names = names;
    this.given = gpu.map(names::named);
  }

  /** Whether a file of a folder is a table. */
  static boolean isTable(Path file) {
    return file.getFileName().toString().endsWith(ParquetFile.SUFFIX);
  }

  /** The tables of a file: one for each GPU that it has rows of. */
  List<KernelTable> read(Path file) {
    String shown = file.toString();
    if (!shown.endsWith(ParquetFile.SUFFIX)) {
      throw new InputException(shown, "", "is no kernel table by its name", FORMS);
    }
    Map<String, TableColumn> columns = ParquetFile.read(file, shown);
    return List.of(new KernelTable(file, name(file), gpu(file, columns), columns));
  }

  /** The file's name without its ending and without {@code _perf}. */
  static String name(Path file) {
    String whole = ENDING.matcher(file.getFileName().toString()).replaceFirst("");
    return PERF.matcher(whole).replaceFirst("");
  }

  private GpuIdentity gpu(Path file, Map<String, TableColumn> columns) {
    TableColumn devices = columns.get(DEVICE);
    String device = devices == null || devices.rows() == 0 ? "" : devices.text(0);
    return given
        .or(() -> names.ofFolder(file))
        .or(() -> names.ofDevice(device))
        .orElseThrow(() -> GpuNames.unknown(file, device));
  }
}
