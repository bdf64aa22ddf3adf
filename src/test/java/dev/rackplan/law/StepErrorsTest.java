package dev.rackplan.law;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rackplan.law.StepErrors.Group;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** Widths worked by hand; every group has another error. */
class StepErrorsTest {
  private static final Optional<String> HOPPER = Optional.of("hopper");
  private static final RestsOn MEASURED = new RestsOn(1, 0, 0, 0.02);

  private static Group group(
      String generation, String gpu, String engine, int models, double error) {
    return new Group(name(generation), name(gpu), name(engine), 10, models, error, 0.05, 0.1, 0.2);
  }

  private static Optional<String> name(String name) {
    return name.isEmpty() ? Optional.empty() : Optional.of(name);
  }

  private static StepErrors errors(OptionalDouble ratio, Group... groups) {
    return new StepErrors(
        ModelledFigure.TPOT, "made up", "2026-01-31", List.of(groups), 0.3, 0.5, 40, ratio);
  }

  private static final StepErrors CATALOGUE =
      errors(
          OptionalDouble.of(0.06),
          group("", "", "", 9, 0.2),
          group("hopper", "", "", 1, 0.1),
          group("hopper", "", "vllm", 3, 0.4),
          group("hopper", "h100", "", 1, 0.3),
          group("hopper", "h100", "vllm", 2, 0.05));

  @Test
  void unknownGpu_hasTheErrorOfAllRows() {
    assertEquals(0.2, CATALOGUE.plusMinus("mi300x", Optional.of("cdna3"), "vllm", MEASURED), 1e-12);
    assertEquals(0.2, CATALOGUE.plusMinus("own", Optional.empty(), "vllm", MEASURED), 1e-12);
  }

  // Ten rows of AMD's GPUs beside a thousand of others: they speak for their own alone, whichever
  // source comes first. sqrt(0.2 x 0.8) = 0.4.
  @Test
  void sourceOfOtherGpus_widensThemAlone() {
    StepErrors large = ofRows(1000, 0.3, group("hopper", "", "", 1, 0.1));
    StepErrors small = ofRows(10, 0.9, group("cdna3", "", "", 1, 0.8));
    Optional<String> cdna3 = Optional.of("cdna3");
    RestsOn transferred = new RestsOn(0, 1, 0, 0);
    for (List<StepErrors> both : List.of(List.of(large, small), List.of(small, large))) {
      assertEquals(0.4, StepErrors.plusMinus(both, "mi300x", cdna3, "vllm", MEASURED), 1e-12);
      assertEquals(0.2, StepErrors.plusMinus(both, "tpu", Optional.empty(), "vllm", MEASURED));
      // 0.3 a share beyond the rows' 0.1, not AMD's 0.9: sqrt(0.02 + 0.27 x 0.27).
      assertEquals(
          Math.sqrt(0.02 + 0.27 * 0.27),
          StepErrors.plusMinus(both, "h100", HOPPER, "vllm", transferred),
          1e-12);
    }
  }

  private static StepErrors ofRows(int rows, double transferredError, Group group) {
    Group all =
        new Group(
            Optional.empty(), Optional.empty(), Optional.empty(), rows, 9, 0.2, 0.05, 0.1, 0.2);
    return new StepErrors(
        ModelledFigure.TPOT,
        "made up",
        "2026-01-31",
        List.of(all, group),
        transferredError,
        0,
        0,
        OptionalDouble.empty());
  }

  // sqrt(0.2 x 0.1) = 0.1414: one model counts as much as what was known.
  @Test
  void groupsOfFewModels_areDrawnToWhatIsKnownOfMore() {
    double generation = Math.sqrt(0.2 * 0.1);
    assertEquals(generation, CATALOGUE.plusMinus("h200", HOPPER, "sglang", MEASURED), 1e-12);
    double engine = Math.pow(generation, 0.25) * Math.pow(0.4, 0.75);
    assertEquals(engine, CATALOGUE.plusMinus("h200", HOPPER, "vllm", MEASURED), 1e-12);
    double gpu = Math.sqrt(engine * 0.3);
    assertEquals(
        Math.cbrt(gpu * 0.05 * 0.05), CATALOGUE.plusMinus("h100", HOPPER, "vllm", MEASURED), 1e-12);
  }

  // 0.6 of the step carries over, 0.1 of those of the rows did: 0.3 x 0.5 more; formulas no more.
  @Test
  void whatRestsOnLess_isWider() {
    RestsOn carried = new RestsOn(0.2, 0.6, 0.2, 0.02);
    assertEquals(
        Math.hypot(0.2, 0.15), CATALOGUE.plusMinus("x", Optional.empty(), "x", carried), 1e-12);
    RestsOn formula = new RestsOn(0, 0.1, 0.9, 0);
    assertEquals(
        Math.hypot(0.2, 0.35), CATALOGUE.plusMinus("x", Optional.empty(), "x", formula), 1e-12);
  }

  @Test
  void nothing_isNarrowerThanItsLaws() {
    RestsOn rough = new RestsOn(1, 0, 0, 0.33);
    assertEquals(0.33, CATALOGUE.plusMinus("x", Optional.empty(), "x", rough), 1e-12);
  }

  // The own rows of one model halve the way, in logarithms, from what the catalogue says.
  @Test
  void ownRows_refineTheCatalogue_whereTheyAreOfTheGpu() {
    StepErrors own =
        errors(
            OptionalDouble.of(0.02),
            group("", "", "", 1, 0.08),
            group("cdna3", "mi300x", "vllm", 1, 0.08));
    LawBook book = new LawBook(List.of(), List.of(own, CATALOGUE));
    Optional<String> cdna3 = Optional.of("cdna3");

    assertEquals(
        Math.sqrt(0.2 * 0.08),
        book.plusMinus(ModelledFigure.TPOT, "mi300x", cdna3, "vllm", MEASURED).orElseThrow(),
        1e-12);
    assertEquals(
        CATALOGUE.plusMinus("h100", HOPPER, "vllm", MEASURED),
        book.plusMinus(ModelledFigure.TPOT, "h100", HOPPER, "vllm", MEASURED).orElseThrow(),
        1e-12);
    assertEquals(
        OptionalDouble.empty(),
        book.plusMinus(ModelledFigure.TRAINING, "h100", HOPPER, "vllm", MEASURED));
    assertEquals(
        OptionalDouble.of(0.02), book.ratioPlusMinus(ModelledFigure.TPOT, "mi300x", cdna3, "vllm"));
    assertEquals(
        OptionalDouble.of(0.06), book.ratioPlusMinus(ModelledFigure.TPOT, "h100", HOPPER, "vllm"));
  }

  @Test
  void errorsWithoutAGroupOfAllRows_areRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> errors(OptionalDouble.empty(), group("hopper", "", "", 1, 0.1)));
  }

  @Test
  void mixedTimes_restOnTheirPartsByTime() {
    RestsOn one = new RestsOn(0.6, 0.3, 0.1, 0.04);
    RestsOn other = new RestsOn(0.2, 0.5, 0.3, 0.08);
    RestsOn mixed = one.mixed(0.25, other);
    assertEquals(0.5, mixed.measured(), 1e-12);
    assertEquals(0.35, mixed.transferred(), 1e-12);
    assertEquals(0.15, mixed.formula(), 1e-12);
    assertEquals(0.05, mixed.lawError(), 1e-12);
    assertThrows(IllegalArgumentException.class, () -> new RestsOn(0.5, 0.3, 0.3, 0));
  }
}
