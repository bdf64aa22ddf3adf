package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rackplan.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TablesCommandTest {
  private static final double EXPERTS_PER_TOKEN = 8;

  @TempDir private Path folder;

  @Test
  void everyRank_isWhereTheSolutionHasIt_andLoadsAddUp() throws IOException {
    String solution = "solutions/qwen3-235b-decode-b200.json";
    CommandRun run = CommandRun.of("tables", solution, "-o", folder.toString());
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());

    JsonNode plan = new ObjectMapper().readTree(Path.of(solution).toFile()).get("plan");
    List<String> ranks = Files.readAllLines(folder.resolve("qwen3-235b-decode-b200.ranks.csv"));
    JsonNode gpus = plan.at("/stages/0/gpus");
    assertEquals(1 + gpus.size(), ranks.size());
    for (int i = 0; i < gpus.size(); i++) {
      String[] cells = ranks.get(i + 1).split(",");
      assertEquals(String.valueOf(i / 8), cells[0]);
      assertEquals(String.valueOf(i % 8), cells[2]);
      assertEquals(gpus.get(i).textValue(), cells[7]);
      assertTrue(Double.parseDouble(cells[10]) < Double.parseDouble(cells[11]));
    }

    List<String> layers = Files.readAllLines(folder.resolve("qwen3-235b-decode-b200.layers.csv"));
    assertEquals(1 + 94 * 8, layers.size());
    for (int layer = 0; layer < 94; layer++) {
      List<String> experts = new ArrayList<>();
      double choices = 0;
      for (int rank = 0; rank < 8; rank++) {
        String[] cells = layers.get(1 + layer * 8 + rank).split(",");
        assertEquals(String.valueOf(layer), cells[0]);
        experts.addAll(List.of(cells[3].split(" ")));
        choices += Double.parseDouble(cells[4]);
      }
      List<String> expected = new ArrayList<>();
      plan.at("/experts/" + layer).forEach(expert -> expected.add(expert.asText()));
      assertEquals(expected, experts);
      assertEquals(EXPERTS_PER_TOKEN, choices, 1e-6);
    }
  }

  @Test
  void denseModels_haveRanksOnly() {
    CommandRun run =
        CommandRun.of("tables", "solutions/gemma-3-27b-pipeline.json", "-o", folder.toString());
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(Files.exists(folder.resolve("gemma-3-27b-pipeline.ranks.csv")));
    assertFalse(Files.exists(folder.resolve("gemma-3-27b-pipeline.layers.csv")));
  }
}
