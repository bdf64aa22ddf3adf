package dev.rackplan.calibrate;

import dev.rackplan.json.FileReference;
import dev.rackplan.json.InputException;
import dev.rackplan.json.PackedText;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads a file of any known form as tables. */
final class TableReader {
  static final String FORMS =
      "Give Parquet or CSV tables as AIConfigurator's, output of nccl-tests, or aiter's tuned CSV files (docs/formats.md#kernel-tables).";

  private static final Pattern CSV = Pattern.compile(".*\\.csv(\\.gz)?");
  private static final Pattern TEXT = Pattern.compile(".*\\.(txt|log|out)(\\.gz)?");
  private static final Pattern ENDING = Pattern.compile("(\\.parquet|\\.csv(\\.gz)?)$");
  private static final Pattern PERF = Pattern.compile("_perf(?=_|$)");
  private static final Pattern TIME = Pattern.compile("latency|avg_ms|.+_us");
  // nccl-tests may follow what a launcher prints.
  private static final int LOOK_LINES = 2_000;
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

  /** What a file is. */
  private enum Form {
    PARQUET,
    CSV,
    AITER,
    NCCL_TESTS,
    OTHER
  }

  /**
   * Whether a file of a folder is a table, by its name and first lines. A file that can't be read
   * is one: reading it says why.
   */
  static boolean isTable(Path file) {
    try {
      return form(file) != Form.OTHER;
    } catch (InputException e) {
      return true;
    }
  }

  private static Form form(Path file) {
    String name = file.getFileName() == null ? "" : file.getFileName().toString();
    if (name.endsWith(ParquetFile.SUFFIX)) {
      return Form.PARQUET;
    }
    if (CSV.matcher(name).matches()) {
      List<String> header = header(file);
      if (AiterTuning.has(header)) {
        return Form.AITER;
      }
      return header.stream().anyMatch(column -> TIME.matcher(column).matches())
          ? Form.CSV
          : Form.OTHER;
    }
    return TEXT.matcher(name).matches() && looksLikeNcclTests(file) ? Form.NCCL_TESTS : Form.OTHER;
  }

  private static List<String> header(Path file) {
    List<String> header = new ArrayList<>();
    PackedText.read(
        reference(file),
        FORMS,
        reader -> {
          String line = reader.readLine();
          header.addAll(line == null ? List.of() : CsvFile.header(line));
        });
    return header;
  }

  private static boolean looksLikeNcclTests(Path file) {
    boolean[] found = new boolean[1];
    PackedText.read(reference(file), FORMS, reader -> found[0] = hasBegin(reader));
    return found[0];
  }

  private static boolean hasBegin(BufferedReader reader) throws IOException {
    for (int i = 0; i < LOOK_LINES; i++) {
      String line = reader.readLine();
      if (line == null) {
        return false;
      }
      if (NcclTests.begins(line)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The tables of a file: one for each GPU that it has rows of.
   *
   * @throws InputException where the file is none, or nothing says on which GPU it was measured
   */
  List<KernelTable> read(Path file) {
    Form form = form(file);
    return switch (form) {
      case PARQUET -> tables(file, name(file), ParquetFile.read(file, file.toString()), form);
      case CSV -> tables(file, name(file), CsvFile.read(reference(file), ""), form);
      case AITER -> {
        List<String> header = header(file);
        yield tables(
            file, AiterTuning.name(header), AiterTuning.read(reference(file), header), form);
      }
      case NCCL_TESTS -> tables(file, NcclTests.NAME, NcclTests.read(reference(file)), form);
      case OTHER -> throw new InputException(file.toString(), "", "is no kernel table", FORMS);
    };
  }

  /** The file's name without its ending and without {@code _perf}. */
  static String name(Path file) {
    String whole = ENDING.matcher(file.getFileName().toString()).replaceFirst("");
    return PERF.matcher(whole).replaceFirst("");
  }

  private List<KernelTable> tables(
      Path file, String name, Map<String, TableColumn> columns, Form form) {
    Optional<GpuIdentity> folder = names.ofFolder(file);
    // A file of aiter's holds rows of several GPUs, and each says of which.
    Optional<GpuIdentity> all = given.or(() -> form == Form.AITER ? Optional.empty() : folder);
    if (all.isPresent()) {
      return List.of(new KernelTable(file, name, all.get(), columns));
    }
    Map<GpuIdentity, List<Integer>> rows = rowsByGpu(file, columns.get(DEVICE), folder);
    KernelTable whole = new KernelTable(file, name, rows.keySet().iterator().next(), columns);
    if (rows.size() == 1) {
      return List.of(whole);
    }
    List<KernelTable> parts = new ArrayList<>();
    rows.forEach(
        (gpu, these) ->
            parts.add(whole.part(these.stream().mapToInt(Integer::intValue).toArray(), gpu)));
    return parts;
  }

  private Map<GpuIdentity, List<Integer>> rowsByGpu(
      Path file, TableColumn devices, Optional<GpuIdentity> folder) {
    if (devices == null || devices.rows() == 0) {
      throw GpuNames.unknown(file, "");
    }
    Map<String, GpuIdentity> known = new LinkedHashMap<>();
    Map<GpuIdentity, List<Integer>> rows = new LinkedHashMap<>();
    for (int row = 0; row < devices.rows(); row++) {
      GpuIdentity gpu =
          known.computeIfAbsent(
              devices.text(row),
              device ->
                  names
                      .ofDevice(device)
                      .map(chip -> narrowed(chip, folder))
                      .or(() -> folder)
                      .orElseThrow(() -> GpuNames.unknown(file, device)));
      rows.computeIfAbsent(gpu, key -> new ArrayList<>()).add(row);
    }
    return rows;
  }

  // Of several GPUs that a chip may be, the folder says which.
  private static GpuIdentity narrowed(GpuIdentity chip, Optional<GpuIdentity> folder) {
    return folder.filter(named -> chip.names().containsAll(named.names())).orElse(chip);
  }

  private static FileReference reference(Path file) {
    return new FileReference(file, file.toString());
  }
}
