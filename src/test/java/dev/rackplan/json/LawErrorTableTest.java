package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.law.Cell;
import dev.rackplan.law.GpuLaws;
import dev.rackplan.law.OpKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/**
 * The table of errors in docs/calibrate.md is that of the laws that come with rackplan. {@code
 * -Dgolden.update=true} writes it anew.
 */
class LawErrorTableTest {
  private static final Path DOCUMENT = Path.of("docs/calibrate.md");
  private static final String HEAD =
      "| operation | A100 | H100 | H200 | B200 | GB200 | AMD | all |";
  private static final List<String> GPUS =
      List.of("a100-80g", "h100-sxm", "h200-sxm", "b200-sxm", "gb200", "mi.*", ".*");

  @Test
  void document_holdsTheErrorsOfTheShippedLaws() throws IOException {
    String text = Files.readString(DOCUMENT);
    int from = text.indexOf(HEAD);
    int to = text.indexOf("\n\n", from);
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(DOCUMENT, text.substring(0, from) + table() + text.substring(to));
      text = Files.readString(DOCUMENT);
      to = text.indexOf("\n\n", from);
    }
    assertEquals(table(), text.substring(from, to));
  }

  private static String table() {
    List<GpuLaws> all =
        LawCatalog.generations().keySet().stream()
            .flatMap(gpu -> LawCatalog.of(gpu).stream())
            .toList();
    List<String> lines = new ArrayList<>(List.of(HEAD, "|---|---|---|---|---|---|---|---|"));
    for (OpKind op : OpKind.values()) {
      if (!cells(all, ".*", op).isEmpty()) {
        List<String> entries = GPUS.stream().map(gpu -> entry(cells(all, gpu, op))).toList();
        lines.add("| `" + op.key() + "` | " + String.join(" | ", entries) + " |");
      }
    }
    return String.join("\n", lines);
  }

  private static List<Cell> cells(List<GpuLaws> all, String gpu, OpKind op) {
    Predicate<Cell> ofOp = cell -> cell.key().op() == op;
    return all.stream()
        .filter(laws -> laws.gpu().matches(gpu))
        .flatMap(laws -> laws.cells().stream().filter(ofOp))
        .toList();
  }

  private static String entry(List<Cell> cells) {
    return cells.isEmpty()
        ? "-"
        : String.format(
            Locale.ROOT,
            "%.1f / %.0f (%d)",
            median(cells, cell -> cell.error().median()),
            median(cells, cell -> cell.error().p90()),
            cells.size());
  }

  private static double median(List<Cell> cells, ToDoubleFunction<Cell> error) {
    double[] sorted = cells.stream().mapToDouble(error).sorted().toArray();
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return 100 * median;
  }
}
