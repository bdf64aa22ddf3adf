package dev.rackplan.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The committed table of stage cuts is what the code gives, and no even cut is better. */
class StageCutTableTest {
  private static final Path DOCUMENT = Path.of("docs/stage-cuts.md");
  private static final String HEAD =
      "| model | context | layers per stage | ours, max/mean | even, max/mean | even cut slower by [%] |\n|---|---|---|---|---|---|\n";

  @TempDir private Path folder;

  @Test
  void cut_isNeverWorseThanTheEvenOneAndTheTableSaysSo() throws IOException {
    List<StageCutTable.Row> rows = StageCutTable.rows(folder);

    for (StageCutTable.Row row : rows) {
      assertTrue(row.stepRatio() >= 1, row::markdown);
      assertTrue(row.ours() <= row.even() + 1e-9, row::markdown);
    }
    String table =
        HEAD + rows.stream().map(row -> row.markdown() + "\n").collect(Collectors.joining());
    String document = Files.readString(DOCUMENT, StandardCharsets.UTF_8);
    int start = document.indexOf(HEAD);
    assertTrue(start >= 0, "no table in " + DOCUMENT);
    int end = document.indexOf("\n\n", start) + 1;
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(
          DOCUMENT,
          document.substring(0, start) + table + document.substring(end),
          StandardCharsets.UTF_8);
      return;
    }
    assertEquals(table, document.substring(start, end));
  }
}
