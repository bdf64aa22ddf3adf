package dev.rackplan.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.json.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that pyarrow wrote (write-tables.py beside them), and what luck makes of them. */
class ParquetFileTest {
  private static final List<String> READABLE =
      List.of("zstd", "snappy-v2", "lz4", "gzip", "plain", "delta");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"zstd", "snappy-v2", "lz4", "gzip", "plain", "delta"})
  void everyCodecAndEncoding_readsWhatWasWritten(String name) throws IOException {
    Map<String, TableColumn> columns = read(name);

    assertEquals(
        List.of(
            "framework",
            "version",
            "device",
            "gemm_dtype",
            "kernel_name",
            "m",
            "n",
            "k",
            "latency",
            "share",
            "current",
            "price",
            "note"),
        List.copyOf(columns.keySet()));
    for (int i = 0; i < 300; i++) {
      assertEquals("SGLang", columns.get("framework").text(i));
      assertEquals(i < 150 ? "0.5.10" : "0.5.14", columns.get("version").text(i));
      assertEquals(List.of("bfloat16", "fp8", "").get(i % 3), columns.get("gemm_dtype").text(i));
      assertEquals("kernel µ" + i, columns.get("kernel_name").text(i));
      assertEquals(1L << (i % 40), number(columns, "m", i));
      assertEquals(1000 + i, number(columns, "n", i));
      assertEquals((7 * i) % 251, number(columns, "k", i));
      assertEquals(i % 50 == 49 ? Double.NaN : 0.001 * (i + 1), number(columns, "latency", i));
      assertEquals(i / 4.0, number(columns, "share", i));
      assertEquals(i % 2 == 0 ? 1 : 0, number(columns, "current", i));
      assertEquals(i / 100.0, number(columns, "price", i));
      assertEquals("", columns.get("note").text(i));
    }
    columns.values().forEach(column -> assertEquals(300, column.rows()));
  }

  @Test
  void noRows_haveColumns() throws IOException {
    Map<String, TableColumn> columns = read("no-rows");

    assertEquals(13, columns.size());
    assertEquals(0, columns.get("m").rows());
  }

  @Test
  void formsThatAreNotRead_saySo() {
    assertRefused("brotli", "column \"framework\"", "packed with BROTLI", "zstd, snappy, gzip");
    assertRefused("lists", "column \"latency\"", "holds lists or groups", "plain numbers");
    assertRefused("hours", "column \"latency\"", "type INT96", "Write numbers or texts.");
  }

  @Test
  void otherFiles_sayWhatTheyAreNot() throws IOException {
    assertRefused(written(new byte[0]), "", "is empty");
    assertRefused(written(text("PAR1")), "", "ends in the middle");
    assertRefused(written(text("a,b\n1,2\n3,4\n5,6\n")), "", "does not begin with PAR1");
    assertRefused(written(text("PAR1 and more text")), "", "ends in the middle");
    assertRefused(written(text("PAR1....PARE")), "", "is encrypted");
    assertRefused(written(text("PAR1\0\0\0\0PAR1")), "", "footer has 0 bytes");
    assertRefused(written(text("PAR1\0\0\0\177PAR1")), "", "says that its footer has");
    assertRefused(folder, "", "is a directory");
    assertRefused(folder.resolve("none.parquet"), "", "no such file");
  }

  @Test
  void aFileCutShort_isRefusedAtEveryLength() throws IOException {
    byte[] whole = bytes("snappy-v2");
    for (int length = 1; length < whole.length; length += 97) {
      Path file = written(Arrays.copyOf(whole, length));
      assertThrows(InputException.class, () -> ParquetFile.read(file, "cut.parquet"));
    }
  }

  @Test
  void damagedBytes_areRefusedInWordsOrReadWhole() throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    int refused = 0;
    int tries = Integer.getInteger("fuzz.files", 600);
    for (int i = 0; i < tries; i++) {
      byte[] bytes = damaged(bytes(READABLE.get(i % READABLE.size())), random);
      Path file = written(bytes);
      try {
        Map<String, TableColumn> columns = ParquetFile.read(file, "damaged.parquet");
        long rows = columns.values().stream().mapToInt(TableColumn::rows).distinct().count();
        assertTrue(rows <= 1, "columns of different length, try " + i);
      } catch (InputException e) {
        refused++;
        assertTrue(e.getMessage().startsWith("damaged.parquet: "), e.getMessage());
        assertTrue(
            !e.getMessage().matches("(?s).*(Exception|java\\.|\\bnull\\b).*"), e.getMessage());
      }
    }
    assertTrue(refused > tries / 4, refused + " of " + tries + " refused");
    assertTrue(refused < tries, "nothing was read");
  }

  // Half of the changes go where a byte means most: into the footer.
  private static byte[] damaged(byte[] whole, SplittableRandom random) {
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      int from = random.nextBoolean() ? whole.length - Math.min(1500, whole.length) : 0;
      whole[random.nextInt(from, whole.length)] = (byte) random.nextInt();
    }
    return whole;
  }

  private void assertRefused(String name, String path, String problem, String remedy) {
    InputException error = assertThrows(InputException.class, () -> read(name));

    assertEquals(path, error.path());
    assertTrue(error.getMessage().contains(problem), error.getMessage());
    assertTrue(error.getMessage().contains("\n  ") && error.getMessage().contains(remedy));
  }

  private static void assertRefused(Path file, String path, String problem) {
    InputException error =
        assertThrows(InputException.class, () -> ParquetFile.read(file, file.toString()));

    assertEquals(file.toString(), error.file());
    assertEquals(path, error.path());
    assertTrue(error.getMessage().contains(problem), error.getMessage());
  }

  private static double number(Map<String, TableColumn> columns, String column, int row) {
    return columns.get(column).number(row).orElseThrow();
  }

  private Map<String, TableColumn> read(String name) throws IOException {
    return ParquetFile.read(written(bytes(name)), name + ".parquet");
  }

  private Path written(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("table.parquet"), bytes);
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static byte[] bytes(String name) throws IOException {
    try (InputStream in = ParquetFileTest.class.getResourceAsStream(name + ".parquet")) {
      return in.readAllBytes();
    }
  }
}
