package dev.rackplan.generated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.rackplan.SharedData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Problems that broke an invariant once keep all of them: small trees, and those handed in. */
class KeptCasesTest {
  private static final Path KEPT = Path.of("src", "test", "resources", "generated");

  @TempDir private Path work;

  @TestFactory
  Stream<DynamicTest> keptCases_keepEveryInvariant() {
    return tests(KEPT);
  }

  @TestFactory
  Stream<DynamicTest> handedInCases_keepEveryInvariant() {
    return tests(SharedData.dir("cases", "reliability"));
  }

  @Test
  void keptCases_areThere() {
    assertFalse(folders(KEPT).isEmpty());
  }

  private Stream<DynamicTest> tests(Path parent) {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path folder : folders(parent)) {
      GeneratedProblem all = GeneratedProblem.read(folder);
      for (String name : all.files().keySet().stream().filter(n -> n.startsWith("p/")).toList()) {
        if (!name.equals(GeneratedProblem.BASE)) {
          GeneratedProblem problem = all.copy();
          problem.files().put(GeneratedProblem.PROBLEM, problem.files().get(name));
          tests.add(
              DynamicTest.dynamicTest(
                  folder.getFileName() + " " + name, () -> assertKeepsAll(problem)));
        }
      }
    }
    return tests.stream();
  }

  private void assertKeepsAll(GeneratedProblem problem) {
    try (Trial trial = new Trial(problem, work.resolve("p"))) {
      for (Invariant invariant : Invariant.all()) {
        assertEquals(Optional.empty(), invariant.fault(trial), invariant.claim());
      }
    }
  }

  private static List<Path> folders(Path parent) {
    try (Stream<Path> below = Files.list(parent)) {
      return below.filter(Files::isDirectory).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
