package dev.rackplan.cost.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.law.Answer;
import dev.rackplan.law.Cell;
import dev.rackplan.law.CellKey;
import dev.rackplan.law.FitError;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Parameter;
import dev.rackplan.law.Provenance;
import dev.rackplan.law.RestsOn;
import dev.rackplan.law.Setting;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What shares of a time's parts are said to be. */
class SourceTallyTest {
  private static Answer answer(Provenance provenance, double error) {
    Cell cell =
        new Cell(
            new CellKey(
                OpKind.HEAD_PRODUCT,
                "sglang",
                "0.5.14",
                KernelFormat.BF16,
                KernelFormat.BF16,
                "bmm",
                new TreeMap<>()),
            OpKind.HEAD_PRODUCT.form().parameters().stream().map(Parameter::start).toList(),
            10,
            3,
            new FitError(error, 2 * error),
            Optional.empty());
    Setting setting = new Setting(1e15, 1e15, 1e12, 2, 2);
    return new Answer(
        List.of(cell.law()), List.of(setting), List.of(cell), Optional.empty(), provenance);
  }

  @Test
  void whatNothingPrices_isFormula() {
    SourceTally tally = new SourceTally();
    tally.add(answer(Provenance.OWN, 0.125), 2);
    tally.add(answer(Provenance.OTHER_GPU, 0.5), 1);

    assertEquals(new RestsOn(0.5, 0.25, 0.25, 0.1875), tally.of(4));
  }

  // 0.7 + 0.1 is a rounding less than its parts take away again.
  @Test
  void partsThatAreTheWhole_leaveNothingToFormulas() {
    SourceTally tally = new SourceTally();
    tally.add(answer(Provenance.OWN, 0), 0.7);
    tally.add(answer(Provenance.OTHER_ENGINE, 0), 0.1);

    assertEquals(0, tally.of(0.7).formula());
  }
}
