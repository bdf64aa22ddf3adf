package dev.rackplan.generated;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Generated valid problems keep every invariant.
 *
 * <p>{@code -Dgenerated.seconds=N} runs for so long (8), {@code -Dgenerated.problems=N} a number of
 * problems instead; {@code -Dgenerated.seed=S} begins with that seed instead of the day's.
 */
@Tag("slow")
class GeneratedProblemsTest {
  private static final long SEEDS_OF_A_DAY = 1_000_000;

  @TempDir private Path work;

  @Test
  void generatedProblems_keepEveryInvariant() {
    long seed =
        Long.getLong("generated.seed", LocalDate.now(ZoneOffset.UTC).toEpochDay() * SEEDS_OF_A_DAY);
    System.out.println("GeneratedProblemsTest: -Dgenerated.seed=" + seed);
    GeneratedRun run =
        new GeneratedRun(
            work,
            Path.of("target", "generated").toAbsolutePath(),
            Double.parseDouble(System.getProperty("generated.shrink", "15")),
            Invariant.all());

    run.run(seed, enough());

    System.out.print(run.summary());
    System.out.print(run.listed());
    assertTrue(run.violations().isEmpty(), run::listed);
  }

  private static BooleanSupplier enough() {
    Integer problems = Integer.getInteger("generated.problems");
    if (problems != null) {
      int[] left = {problems};
      return () -> left[0]-- <= 0;
    }
    long end = System.nanoTime() + Long.getLong("generated.seconds", 8) * 1_000_000_000L;
    return () -> System.nanoTime() > end;
  }
}
