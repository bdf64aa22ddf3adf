package dev.rackplan.cli.planning;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.json.InputException;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SaidByOptionTest {
  private static final Path FOLDER = Path.of("/t/rackplan-plan1");

  @ParameterizedTest
  @CsvSource({
    "$.layout.attentionTensorParallel, --tp",
    "$.layout.recompute, --recompute",
    "$.layout.recomputedLayers, --recompute-layers",
    "$.layout.sharding, --zero",
    "$.layout.shardRanks, --shard-ranks",
    "$.layout.offload, --offload",
    "$.layout, '--tp, --cp, --pp, --ep and --etp'",
    "$.elsewhere, $.elsewhere"
  })
  void path_isTheOptionThatSaidIt(String path, String option) {
    InputException fault =
        new InputException(FOLDER.resolve("train-problem.json").toString(), path, "is", "Change.");
    InputException told = SaidByOption.told(fault, FOLDER);
    assertEquals("command line", told.file());
    assertEquals(option, told.path());
  }
}
