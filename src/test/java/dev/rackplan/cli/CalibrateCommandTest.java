package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.CommittedSchema;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.LawsFile;
import dev.rackplan.law.Cell;
import dev.rackplan.law.LawSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fits and checks of small tables; what they fit is known. */
class CalibrateCommandTest {
  private static final int WIDTH = 80;

  @TempDir private Path folder;
  private KernelTablesOnDisk tables;
  private Path laws;

  @BeforeEach
  void write() {
    tables = new KernelTablesOnDisk(folder.resolve("h100_sxm"));
    tables.gemm();
    laws = folder.resolve("laws.json");
  }

  private CommandRun calibrate(String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("calibrate", folder.resolve("h100_sxm").toString()));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private CommandRun fit(String... more) {
    return calibrate(
        Stream.concat(Stream.of("-o", laws.toString()), Stream.of(more)).toArray(String[]::new));
  }

  @Test
  void fit_writesLawsThatFollowTheRows() throws IOException {
    tables.experts();
    CommandRun run = fit("--source", "made up");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertEquals(Set.of(), CommittedSchema.validate("laws", Files.readString(laws)));
    LawSet written = LawsFile.read(laws, "laws.json");
    assertEquals(0.3, written.fittedShare());
    assertEquals("h100-sxm", written.gpus().get(0).gpu());
    assertEquals("hopper", written.gpus().get(0).generation());
    assertEquals("made up", written.gpus().get(0).source());
    List<Cell> cells = written.gpus().get(0).cells();
    assertEquals(2, cells.size(), run.out());
    Cell gemm = cells.get(0);
    assertEquals(KernelTablesOnDisk.GEMM_ROWS, gemm.rows());
    // Noise is even in 3% to either side.
    assertTrue(gemm.error().median() < 0.03, () -> "" + gemm.error());
    assertTrue(gemm.fittedRows() < 0.4 * gemm.rows(), () -> "" + gemm.fittedRows());
    assertTrue(cells.get(1).shapesLeftOut().isPresent());
  }

  @Test
  void summary_namesCellsSkippedRowsAndRefusals_in80Columns() {
    tables.experts();
    CommandRun run = fit();

    assertEquals(
        List.of(), run.out().lines().filter(line -> line.length() > WIDTH).toList(), run.out());
    assertTrue(run.out().contains("\nh100-sxm: experts\n"), run.out());
    assertTrue(
        run.out().matches("(?s).*sglang 0\\.5\\.14 +bfloat16 +cublas +240 .*%.*"), run.out());
    assertTrue(run.out().contains("shapes out"), run.out());
    assertTrue(
        run.out().matches("(?s).*365 rows read, 1 of them skipped:\n +1  rows without a time.*"),
        run.out());
    assertTrue(run.out().contains("Refused, 1 cell without a law:\n"), run.out());
    String refusal = run.out().substring(run.out().indexOf("Refused")).replaceAll("\\s+", " ");
    assertTrue(
        refusal.contains("a_kernel_with_a_name_that_is_much_too_long_for_a_table, 4 rows: "),
        refusal);
    assertTrue(run.err().contains("fitted laws of h100-sxm\n"), run.err());
  }

  @Test
  void json_saysTheSame() {
    JsonCursor root = fit("--json").json();

    assertEquals(1, root.get("cells").list().size());
    assertEquals("gemm", root.get("cells").list().get(0).text("op"));
    assertEquals(245, root.get("rows").number());
    assertEquals(1, root.get("skipped").get("rows without a time above 0").number());
    assertEquals(1, root.get("refused").list().size());
    assertEquals(
        root.get("cells").list().get(0).get("medianError").number(),
        root.get("medians").get("gemm").get("medianError").number());
  }

  @Test
  void laws_areTheSameAgain_whateverTheThreads() throws IOException {
    fit("--threads", "1");
    String first = Files.readString(laws);
    fit("--threads", "3", "--force");
    assertEquals(first, Files.readString(laws));
  }

  @Test
  void check_predictsEveryUsedRow_asTheFitDid() throws IOException {
    Path rows = folder.resolve("rows.csv");
    JsonCursor fitted = fit("--json").json();
    CommandRun run = calibrate("--check", laws.toString(), "--rows", rows.toString());

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    List<String> lines = Files.readAllLines(rows);
    assertEquals(
        "gpu,op,engine,version,format,cache,kernel,key,predicted_ms,measured_ms,fitted",
        lines.get(0));
    assertEquals(KernelTablesOnDisk.GEMM_ROWS, lines.size() - 1);
    List<Double> errors = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",");
      assertTrue(
          line.matches(
              "h100-sxm,gemm,sglang,0\\.5\\.14,bfloat16,bfloat16,cublas,gemm_dtype=bfloat16;m=\\d+;n=\\d+;k=\\d+,[0-9.e-]+,[0-9.e-]+,(true|false)"),
          line);
      if (cells[10].equals("false")) {
        errors.add(Math.abs(Double.parseDouble(cells[8]) / Double.parseDouble(cells[9]) - 1));
      }
    }
    errors.sort(null);
    double median = (errors.get((errors.size() - 1) / 2) + errors.get(errors.size() / 2)) / 2;
    double said = fitted.get("cells").list().get(0).get("medianError").number();
    assertEquals(said, median, 1e-4);
    JsonCursor checked = calibrate("--check", laws.toString(), "--json").json();
    assertEquals(errors.size(), checked.get("ops").get("gemm").get("rows").number());
    assertEquals(said, checked.get("ops").get("gemm").get("medianError").number(), 0.02 * said);
    assertEquals(240, checked.get("predictions").number());
    assertEquals(
        4, checked.get("skipped").get("rows of kernels that the laws file has no law of").number());
    assertTrue(
        run.out().contains("\n240 predictions.\n245 rows read, 5 of them skipped:\n"), run.out());
    assertEquals(
        List.of(), run.out().lines().filter(line -> line.length() > WIDTH).toList(), run.out());
  }

  @Test
  void catalog_hasAFileForEachGpuAndAnIndex() throws IOException {
    Path other = folder.resolve("all/gb200");
    new KernelTablesOnDisk(other).gemm();
    new KernelTablesOnDisk(folder.resolve("all/h100_sxm")).gemm();
    // Of copied tables only one counts.
    Path copied = other.resolve("gemm/sglang/0.5.14/gemm_perf.csv");
    Files.writeString(copied, Files.readString(copied).replace("0.5.14", "0.5.13"));
    Path catalog = folder.resolve("catalog");
    CommandRun run =
        CommandRun.of(
            "calibrate", folder.resolve("all").toString(), "--catalog", catalog.toString());

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertEquals(
        "{\n  \"gb200\": \"blackwell\",\n  \"h100-sxm\": \"hopper\"\n}\n",
        Files.readString(catalog.resolve("index.json")));
    assertEquals(
        "h100-sxm", LawsFile.read(catalog.resolve("h100-sxm.json"), "x").gpus().get(0).gpu());
    assertTrue(
        CommandRun.of(
                "calibrate", folder.resolve("all").toString(), "--catalog", catalog.toString())
            .err()
            .contains("index.json: is there already"));
  }

  @Test
  void gpuOption_namesTheGpu() throws IOException {
    Path file = Files.copy(tables.gemm(), folder.resolve("gemm_perf.csv"));
    String text = Files.readString(file).replace("NVIDIA H100 80GB HBM3", "board 7");
    Files.writeString(file, text);
    CommandRun without = CommandRun.of("calibrate", file.toString(), "-o", laws.toString());
    assertEquals(ExitCode.BAD_INPUT, without.exitCode());
    assertTrue(without.err().contains("--gpu NAME"), without.err());
    assertFalse(Files.exists(laws));

    CommandRun run =
        CommandRun.of("calibrate", file.toString(), "--gpu", "h200-sxm", "-o", laws.toString());
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertEquals("h200-sxm", LawsFile.read(laws, "x").gpus().get(0).gpu());
  }

  @Test
  void filesThatAreThere_areKeptWithoutForce() throws IOException {
    Files.writeString(laws, "mine");
    CommandRun run = fit();
    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertEquals(laws + ": is there already\n  Give another file, or --force.\n", run.err());
    assertEquals("mine", Files.readString(laws));

    assertEquals(ExitCode.SOLVED, fit("--force").exitCode());
    CommandRun check = calibrate("--check", laws.toString(), "--rows", laws.toString(), "--force");
    assertEquals(ExitCode.BAD_INPUT, check.exitCode());
    assertTrue(check.err().contains("would write over " + laws), check.err());
    Path table = folder.resolve("h100_sxm/gemm/sglang/0.5.14/gemm_perf.csv");
    CommandRun over = calibrate("-o", table.toString(), "--force");
    assertEquals(ExitCode.BAD_INPUT, over.exitCode());
    assertTrue(over.err().contains(table + ": is read by this command"), over.err());
  }

  @Test
  void rowsThatTimedNothing_areLeftOut_andCounted() throws IOException {
    Path table = folder.resolve("h100_sxm/gemm/sglang/0.5.14/gemm_perf.csv");
    Files.writeString(
        table,
        Files.readString(table).replaceFirst("bfloat16,16,1024,1024", "bfloat16,0,1024,1024"));

    CommandRun run = fit();

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(
        run.out().matches("(?s).*rows with a size of 0, in which nothing ran\\W+1\\b.*"),
        run.out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "bfloat16,16,1024,1024 | bfloat16,-16,1024,1024 | row 61, column \"m\": must be > 0, was \"-16\"",
        "bfloat16,16,1024,1024 | bfloat16,,1024,1024 | row 61, column \"m\": must be > 0, was \"\"",
        "bfloat16,16,1024,1024 | bfloat16,many,1024,1024 | row 61, column \"m\": must be a number, was \"many\"",
        "m,n,k,latency | m,n,depth,latency | has no column \"k\"",
        "bfloat16,16,1024,1024 | bfloat16,16,1024 | line 62: has ",
      })
  void badTables_sayWhere_andLeaveNothing(String from, String to, String message)
      throws IOException {
    fit();
    Path rows = folder.resolve("rows.csv");
    Path table = folder.resolve("h100_sxm/gemm/sglang/0.5.14/gemm_perf.csv");
    String text = Files.readString(table);
    assertTrue(text.contains(from), text);
    // A good table comes first.
    tables.write("a/gemm_perf.csv", text);
    Files.writeString(table, text.replaceFirst(from, to));
    Path other = folder.resolve("other.json");
    for (CommandRun run :
        List.of(
            calibrate("-o", other.toString()),
            calibrate("--check", laws.toString(), "--rows", rows.toString()))) {
      assertEquals(ExitCode.BAD_INPUT, run.exitCode(), run.err());
      assertTrue(run.err().contains(table + ": " + message), run.err());
      assertEquals("", run.out());
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(
          List.of("h100_sxm", "laws.json"),
          left.map(file -> file.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void tooFewRows_giveNoFile() throws IOException {
    Path table = folder.resolve("h100_sxm/gemm/sglang/0.5.14/gemm_perf.csv");
    Files.write(table, Files.readAllLines(table).subList(0, 9));
    CommandRun run = fit();
    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains("h100_sxm: gave no law\n"), run.err());
    assertTrue(run.err().contains("Refused, 1 cell without a law:"), run.err());
    assertFalse(Files.exists(laws));
  }

  @Test
  void lawsOfAnotherHash_areRefused() throws IOException {
    fit();
    Files.writeString(laws, Files.readString(laws).replace("fnv1a-64", "md5"));
    CommandRun run = calibrate("--check", laws.toString());
    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(
        run.err().contains("laws.json: $.hash: no way to choose rows is called \"md5\""),
        run.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--rows x.csv -o x.json | --rows needs --check",
        "-o x.json --check y.json | mutually exclusive",
        "--json | Missing required argument",
        "-o x.json --threads 0 | --threads must be >= 1, was 0",
        "--check none.json | none.json: no such file",
        "-o . | is a directory",
      })
  void wrongUsage_isRefused(String options, String message) {
    CommandRun run = calibrate(options.split(" "));
    assertEquals(ExitCode.BAD_INPUT, run.exitCode(), run.err());
    assertTrue(run.err().contains(message), run.err());
    assertEquals("", run.out());
  }
}
