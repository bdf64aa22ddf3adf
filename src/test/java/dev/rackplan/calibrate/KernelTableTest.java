package dev.rackplan.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.json.InputException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cells of a table, read from CSV; Parquet's go the same way. */
class KernelTableTest {
  private static final String ROWS =
      """
      m,latency,version,current,note
      8,0.5,0.5.10,1,
      16,,1.10,FALSE,x
      32,fast,2,True,
      64,1e400,2,yes,"a, b"
      128,0x1p3,2,,
      256,NaN,2,0,
      """;

  @TempDir private Path folder;

  @Test
  void cells_areNumbersTextsAndFlags() throws IOException {
    KernelTable table = table(ROWS);

    assertEquals(6, table.rows());
    assertEquals(8, table.number("m", 0));
    assertEquals(0.5, table.number("latency", 0));
    assertEquals(Double.NaN, table.number("latency", 1));
    assertEquals(Double.NaN, table.number("latency", 5));
    // A version is no number.
    assertEquals("1.10", table.text("version", 1));
    assertEquals("", table.text("note", 0));
    assertEquals("a, b", table.text("note", 3));
    assertTrue(table.flag("current", 0));
    assertFalse(table.flag("current", 1));
    assertTrue(table.flag("current", 2));
    assertFalse(table.flag("current", 4));
    assertFalse(table.flag("current", 5));
    assertTrue(table.has("note"));
    assertFalse(table.has("n"));
    assertThrows(IndexOutOfBoundsException.class, () -> table.text("m", 6));
  }

  @Test
  void wrongCells_nameFileRowColumnValueAndRemedy() throws IOException {
    KernelTable table = table(ROWS);
    String file = table.file().toString();

    assertMessage(
        file
            + ": row 3, column \"latency\": must be a number, was \"fast\"\n  Write a number, or leave the cell empty.",
        () -> table.number("latency", 2));
    assertMessage(
        file
            + ": row 4, column \"latency\": must be a number, was \"1e400\"\n  Write a number, or leave the cell empty.",
        () -> table.number("latency", 3));
    assertMessage(
        file
            + ": row 5, column \"latency\": must be a number, was \"0x1p3\"\n  Write a number, or leave the cell empty.",
        () -> table.number("latency", 4));
    assertMessage(
        file
            + ": row 4, column \"current\": must be true or false, was \"yes\"\n  Write true, false, 1 or 0.",
        () -> table.flag("current", 3));
    assertMessage(
        file + ": has no column \"k\"\n  Columns: m, latency, version, current, note.",
        () -> table.number("k", 0));
  }

  @Test
  void packedCsv_readsAsPlain() throws IOException {
    Path file = folder.resolve("gemm_perf.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(("\uFEFF" + ROWS).getBytes(StandardCharsets.UTF_8));
    }

    KernelTable table = only(file);

    assertEquals("gemm", table.name());
    assertEquals(128, table.number("m", 4));
  }

  @Test
  void csvThatIsNone_saysWhere() throws IOException {
    assertMessage(
        path()
            + ": line 3: has 1 cells, the header 2\n  Give every row as many cells as the header.",
        () -> table("m,latency\n1,2\n3\n"));
    assertMessage(
        path() + ": line 1: names a column twice\n  Name each column once.",
        () -> table("m,latency,m\n1,2,3\n"));
    assertMessage(
        path() + ": is not CSV: (startline 2) EOF reached before encapsulated",
        () -> table("m,latency\n1,\"2\n"));
    assertMessage(
        path() + ": is no kernel table\n  Give Parquet or CSV tables", () -> table("a,b\n1,2\n"));
    assertMessage(path() + ": is empty\n", () -> table(""));
  }

  private Path path() {
    return folder.resolve("gemm_perf.csv");
  }

  private KernelTable table(String text) throws IOException {
    Files.writeString(path(), text);
    return only(path());
  }

  private static KernelTable only(Path file) {
    List<KernelTable> tables =
        KernelTables.of(List.of(file), Optional.of("h100-sxm")).stream().toList();
    assertEquals(1, tables.size());
    return tables.get(0);
  }

  private static void assertMessage(String begin, org.junit.jupiter.api.function.Executable read) {
    InputException error = assertThrows(InputException.class, read);
    String message = error.getMessage();
    assertEquals(begin, message.substring(0, Math.min(begin.length(), message.length())));
  }
}
