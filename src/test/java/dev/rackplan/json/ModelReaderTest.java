package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelReaderTest {
  private static final String CONFIG =
      """
      {"model_type": "qwen3", "hidden_size": 8, "vocab_size": 10, "num_attention_heads": 4,
       "head_dim": 3, "num_hidden_layers": 1, "intermediate_size": 7,
       "time_step_limit": [0.0, Infinity], "scale": NaN, "least": -Infinity}
      """;

  @TempDir private Path folder;

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void numbersAsPythonWritesThem_areReadInConfigs() throws IOException {
    Path file = write("c.json", CONFIG);

    // 4 heads of 3 for queries, keys and values alike, and norms of 3.
    assertEquals(4 * 96 + 6 + 168 + 24 + 160, ModelReader.read(file, file.toString()).parameters());
    assertEquals(FileKind.MODEL, FileKind.of(file, file.toString()));
  }

  @Test
  void numbersAsPythonWritesThem_areSizesNowhere() throws IOException {
    Path file = write("c.json", CONFIG.replace("\"hidden_size\": 8", "\"hidden_size\": Infinity"));

    InputException error =
        assertThrows(InputException.class, () -> ModelReader.read(file, file.toString()));
    assertEquals("$.hidden_size", error.path());
  }

  @Test
  void numbersAsPythonWritesThem_areRefusedInOtherFiles() throws IOException {
    String model =
        "{\"name\": \"n\", \"source\": \"s\", \"architecture\": \"a\", \"hiddenSize\": 8, \"vocabularySize\": 10, \"tiedEmbeddings\": true, \"layers\": [{\"attention\": {\"kind\": \"linear\", \"parameters\": 1, \"heads\": 1, \"stateBytes\": Infinity, \"flopsPerToken\": 1}, \"ffn\": {\"kind\": \"none\"}}]}";
    for (String text : new String[] {model, "{\"racks\": NaN}", "{\"workload\": Infinity}"}) {
      Path file = write("m.json", text);
      assertTrue(
          assertThrows(InputException.class, () -> FileKind.of(file, file.toString()))
              .getMessage()
              .contains("is not valid JSON"),
          text);
    }
    Path file = write("m.json", model);
    assertThrows(InputException.class, () -> ModelReader.read(file, file.toString()));
  }

  @Test
  void fileOfAnIdsName_isAFile() throws IOException {
    // Paths are relative to the working directory, so the file is named whole here.
    Path file = write("Qwen3-8B", CONFIG);
    assertEquals(1, ModelReader.read(file.toString()).layers().size());
    assertEquals(36, ModelReader.read("Qwen/Qwen3-8B").layers().size());
  }
}
