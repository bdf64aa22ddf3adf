package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.law.Cell;
import dev.rackplan.law.CellKey;
import dev.rackplan.law.GpuLaws;
import dev.rackplan.law.LawSet;
import dev.rackplan.law.OpKind;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LawsOfOperationsTest {
  @ParameterizedTest
  @EnumSource(OpKind.class)
  void writtenLaws_readBack(OpKind op) {
    assertEquals(SomeLaws.of(op), read(SomeLaws.text(op)));
  }

  // Tables of mori's have no version, some of others no kernel.
  @Test
  void lawsWithoutVersionVariantOrLeftOutShapes_readBack() {
    GpuLaws full = SomeLaws.of(OpKind.EXPERTS).gpus().get(0);
    Cell cell = full.cells().get(0);
    CellKey key = cell.key();
    Cell bare =
        new Cell(
            new CellKey(
                key.op(), key.engine(), "", key.format(), key.format(), "", new TreeMap<>()),
            cell.parameters(),
            12,
            4,
            cell.error(),
            Optional.empty());
    LawSet laws =
        new LawSet(
            0.3,
            "fnv1a-64",
            List.of(
                new GpuLaws(
                    full.gpu(),
                    full.generation(),
                    full.rates(),
                    full.source(),
                    full.date(),
                    List.of(bare))));
    assertEquals(laws, read(LawsFile.text(laws, "made up")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"op\": \"gemm\" | \"op\": \"gem\" | laws.json: $.gpus[0].cells[0].op: no operation \"gem\"",
        "\"bfloat16\" | \"bf17\" | laws.json: $.gpus[0].cells[0].format: no number format \"bf17\"",
        "\"cache\": \"fp8\" | \"cache\": \"fp9\" | laws.json: $.gpus[0].cells[0].cache: no number format \"fp9\"",
        "\"fittedShare\": 0.3 | \"fittedShare\": 1.3 | laws.json: $.fittedShare: must be ",
        "\"headSize\": 128.0 | \"headSize\": -1 | laws.json: $.gpus[0].cells[0].variant.headSize: must be ",
        "\"hbmBytesPerSecond\" | \"hbm\" | laws.json: $.gpus[0]: key \"hbmBytesPerSecond\" is missing",
        "\"leftOutP90Error\" | \"p90\" | laws.json: $.gpus[0].cells[0]: key \"leftOutP90Error\" is missing",
        "\"rows\": 1000 | \"rows\": \"1000\" | laws.json: $.gpus[0].cells[0].rows: must be ",
        "\"version\": \"0.9\" | \"version\": \"\" | laws.json: $.gpus[0].cells[0].version: must not be blank",
        "\"law\": { | \"law\": {\"more\": 1, | laws.json: $.gpus[0].cells[0].law.more: unknown key",
        "\"hash\" | \"hush\" | laws.json: $: key \"hash\" is missing",
      })
  void malformedLaws_sayWhere(String from, String to, String message) {
    String text = SomeLaws.text(OpKind.GEMM);
    assertTrue(text.contains(from), text);
    InputException error = assertThrows(InputException.class, () -> read(text.replace(from, to)));
    assertEquals(
        message,
        error.getMessage().substring(0, Math.min(message.length(), error.getMessage().length())));
  }

  @ParameterizedTest
  @EnumSource(OpKind.class)
  void missingParameter_isNamed(OpKind op) {
    String last = op.form().parameters().get(op.form().parameters().size() - 1).name();
    InputException error =
        assertThrows(
            InputException.class,
            () -> read(SomeLaws.text(op).replace("\"" + last + "\"", "\"other\"")));
    assertTrue(
        error
            .getMessage()
            .startsWith("laws.json: $.gpus[0].cells[0].law: key \"" + last + "\" is missing"),
        error.getMessage());
  }

  private static LawSet read(String text) {
    return LawsFile.read(JsonCursor.parse(text, "laws.json"));
  }
}
