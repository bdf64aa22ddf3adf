package dev.rackplan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.EvaluationResult;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The arrows between packages: production keeps every one, and every one can fail. */
class ArchitectureTest {
  private static final String FORBIDDEN = "dev.rackplan.architecture.forbidden";
  private static final String ALLOWED = "dev.rackplan.architecture.allowed";
  private static final JavaClasses PRODUCTION =
      new ClassFileImporter()
          .withImportOption(new DoNotIncludeTests())
          .importPackages("dev.rackplan");

  @TestFactory
  Stream<DynamicTest> everyRule_holdsInProduction() {
    return rules("dev.rackplan", rule -> rule.check(PRODUCTION));
  }

  @TestFactory
  Stream<DynamicTest> everyRule_failsWhereItIsBroken() {
    JavaClasses forbidden = new ClassFileImporter().importPackages(FORBIDDEN);
    return rules(FORBIDDEN, rule -> assertTrue(rule.evaluate(forbidden).hasViolation()));
  }

  @TestFactory
  Stream<DynamicTest> everyRule_letsPassWhatIsAllowed() {
    JavaClasses allowed = new ClassFileImporter().importPackages(ALLOWED);
    return rules(
        ALLOWED,
        rule -> {
          EvaluationResult result = rule.evaluate(allowed);
          assertFalse(result.hasViolation(), () -> result.getFailureReport().toString());
        });
  }

  @Test
  void production_isImported() {
    assertTrue(PRODUCTION.contain("dev.rackplan.cli.Main"));
    assertFalse(PRODUCTION.contain("dev.rackplan.ArchitectureTest"));
  }

  @Test
  void flow_namesEachPackageOnce() {
    assertEquals(ArchitectureRules.FLOW.size(), ArchitectureRules.FLOW.stream().distinct().count());
  }

  private static Stream<DynamicTest> rules(String root, Consumer<ArchRule> check) {
    return new ArchitectureRules(root)
        .all().stream()
            .map(rule -> DynamicTest.dynamicTest(rule.getDescription(), () -> check.accept(rule)));
  }
}
