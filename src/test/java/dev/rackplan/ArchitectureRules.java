package dev.rackplan;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** The arrows between packages, for the packages under one root. */
final class ArchitectureRules {
  /**
   * Every package, in the order in which data flows: each may use those before it, none after it.
   */
  static final List<String> FLOW =
      List.of(
          "topology",
          "model",
          "workload",
          "law",
          "problem",
          "plan",
          "cost",
          "bound",
          "baseline",
          "evaluation",
          "serving",
          "replay",
          "solver",
          "replan",
          "benchmark",
          "accuracy",
          "sensitivity",
          "json",
          "report",
          "export",
          "batch",
          "calibrate",
          "inventory",
          "cli");

  /**
   * What {@code calibrate} and {@code inventory} have nothing to do with: plans, searches and what
   * is said of them.
   */
  private static final List<String> PLANNING =
      List.of(
          "workload",
          "problem",
          "plan",
          "bound",
          "baseline",
          "evaluation",
          "serving",
          "replay",
          "solver",
          "replan",
          "benchmark",
          "accuracy",
          "sensitivity",
          "report",
          "export",
          "batch");

  /** What asks for no replay: only what reads, shows and runs one does. */
  private static final List<String> WITHOUT_REPLAY =
      List.of("solver", "replan", "benchmark", "accuracy", "sensitivity", "export", "batch");

  /** Pure: the same arguments give the same result on every machine, at every time. */
  private static final List<String> PURE =
      List.of(
          "law",
          "cost",
          "serving",
          "bound",
          "topology",
          "model",
          "workload",
          "problem",
          "plan",
          "replay");

  /** Packages whose parts lie below them: they use their parts, which do not know them. */
  private static final List<String> ON_PARTS = List.of("cost", "cli");

  private static final DescribedPredicate<JavaClass> IO =
      resideInAnyPackage(
              "java.io", "java.nio.file..", "java.nio.channels..", "java.net..", "java.util.zip..")
          .and(not(type(Serializable.class)))
          .as("I/O");

  private static final DescribedPredicate<JavaClass> CLOCK_TYPES =
      resideInAPackage("java.time..")
          .and(not(type(Duration.class)))
          .or(nameMatching("java\\.util\\.(Date|Calendar|Timer)"))
          .as("the clock");

  private static final DescribedPredicate<JavaClass> RANDOM_TYPES =
      assignableTo(RandomGenerator.class)
          .or(resideInAPackage("java.util.random.."))
          .or(nameMatching("java\\.util\\.UUID"))
          .as("random types");

  private static final DescribedPredicate<JavaAccess<?>> CLOCK_CALLS =
      call("java\\.lang\\.System\\.(currentTimeMillis|nanoTime)", "the system clock");

  private static final DescribedPredicate<JavaAccess<?>> RANDOM_CALLS =
      call(
          "java\\.lang\\.Math\\.random|java\\.util\\.Collections\\.shuffle",
          "Math.random or Collections.shuffle");

  private final String root;

  /**
   * @param root package above those of {@link #FLOW}
   */
  ArchitectureRules(String root) {
    this.root = root;
  }

  /** Each rule on a line of its own. */
  List<ArchRule> all() {
    List<ArchRule> rules = new ArrayList<>();
    // Arrows that must never be.
    rules.add(never(FLOW.subList(0, FLOW.size() - 1), ours("cli")));
    rules.add(never(PURE, library("org.optaplanner..")));
    rules.add(never(PURE, library("com.fasterxml.jackson..")));
    rules.add(never(PURE, IO));
    rules.add(never(PURE, CLOCK_TYPES));
    rules.add(neverCall(PURE, CLOCK_CALLS));
    rules.add(never(PURE, RANDOM_TYPES));
    rules.add(neverCall(PURE, RANDOM_CALLS));
    rules.add(never(List.of("json"), ours("solver")));
    rules.add(never(List.of("json"), ours("cost")));
    rules.add(never(List.of("json"), ours("evaluation")));
    rules.add(never(List.of("solver"), ours("json")));
    rules.add(never(List.of("solver"), ours("report")));
    rules.add(never(List.of("solver"), ours("export")));
    rules.add(never(List.of("evaluation"), ours("solver")));
    rules.add(never(List.of("report"), ours("solver")));
    rules.add(never(List.of("export"), ours("solver")));
    rules.add(never(List.of("baseline"), ours("solver")));
    rules.add(never(List.of("replay"), ours(List.of("bound", "baseline", "evaluation"))));
    rules.add(never(WITHOUT_REPLAY, ours("replay")));
    rules.add(never(List.of("calibrate"), ours(PLANNING)));
    rules.add(never(List.of("inventory"), ours(PLANNING)));
    rules.add(never(FLOW, DescribedPredicate.describe("the door", this::isDoor)));
    rules.add(
        noClasses()
            .that(resideInAPackage(root))
            .should()
            .dependOnClassesThat(ours("cli"))
            .allowEmptyShould(true)
            .as("the door -> cli: never"));
    // Each library in its own package.
    rules.add(only(List.of("solver"), "org.optaplanner.."));
    rules.add(only(List.of("topology", "replan"), "org.jgrapht.."));
    rules.add(only(List.of("bound", "calibrate", "cost"), "org.hipparchus.."));
    rules.add(only(List.of("json"), "com.fasterxml.jackson.."));
    rules.add(only(List.of("json"), "org.yaml.."));
    rules.add(only(List.of("cli"), "picocli.."));
    rules.add(only(List.of("cli"), "me.tongfei.progressbar.."));
    rules.add(only(List.of("json", "report", "export", "calibrate"), "org.apache.commons.csv.."));
    rules.add(only(List.of("calibrate"), "org.apache.parquet.."));
    rules.add(only(List.of("calibrate"), "io.airlift.."));
    rules.add(only(List.of("report"), "java.awt.."));
    // The flow as a whole.
    rules.add(everyClassHasAPackageOfTheFlow());
    rules.add(
        slices()
            .matching(root + ".(*)..")
            .should()
            .beFreeOfCycles()
            .allowEmptyShould(true)
            .as("no package cycle"));
    for (String whole : ON_PARTS) {
      rules.add(partsBelow(whole));
      rules.add(
          slices()
              .matching(root + "." + whole + ".(*)..")
              .should()
              .beFreeOfCycles()
              .allowEmptyShould(true)
              .as("no cycle of parts of " + whole));
    }
    for (int i = 0; i < FLOW.size() - 1; i++) {
      rules.add(never(FLOW.subList(i, i + 1), ours(FLOW.subList(i + 1, FLOW.size()))));
    }
    return rules;
  }

  // The only package above those of the flow.
  private boolean isDoor(JavaClass type) {
    return type.getPackageName().equals(root);
  }

  private ArchRule never(List<String> from, DescribedPredicate<JavaClass> to) {
    return noClasses()
        .that(resideInAnyPackage(patterns(from)))
        .should()
        .dependOnClassesThat(to)
        .allowEmptyShould(true)
        .as(names(from) + " -> " + to.getDescription() + ": never");
  }

  private ArchRule partsBelow(String whole) {
    return noClasses()
        .that(resideInAPackage(root + "." + whole + ".*.."))
        .should()
        .dependOnClassesThat(resideInAPackage(root + "." + whole))
        .allowEmptyShould(true)
        .as("parts of " + whole + " -> " + whole + ": never");
  }

  private ArchRule neverCall(List<String> from, DescribedPredicate<JavaAccess<?>> calls) {
    return noClasses()
        .that(resideInAnyPackage(patterns(from)))
        .should()
        .accessTargetWhere(calls)
        .allowEmptyShould(true)
        .as(names(from) + " -> " + calls.getDescription() + ": never");
  }

  private ArchRule only(List<String> owners, String library) {
    return noClasses()
        .that(not(resideInAnyPackage(patterns(owners))))
        .should()
        .dependOnClassesThat(resideInAPackage(library))
        .allowEmptyShould(true)
        .as(library + ": only in " + names(owners));
  }

  private ArchRule everyClassHasAPackageOfTheFlow() {
    return classes()
        .that(not(resideInAPackage(root)))
        .should()
        .resideInAnyPackage(patterns(FLOW))
        .allowEmptyShould(true)
        .as("every class is in a package of the flow");
  }

  private DescribedPredicate<JavaClass> ours(String name) {
    return ours(List.of(name));
  }

  private DescribedPredicate<JavaClass> ours(List<String> packages) {
    return resideInAnyPackage(patterns(packages)).as(names(packages));
  }

  private static DescribedPredicate<JavaClass> library(String pattern) {
    return resideInAPackage(pattern).as(pattern);
  }

  private static DescribedPredicate<JavaAccess<?>> call(String fullNames, String description) {
    return DescribedPredicate.describe(
        description,
        access ->
            (access.getTargetOwner().getName() + "." + access.getTarget().getName())
                .matches(fullNames));
  }

  private String[] patterns(List<String> packages) {
    return packages.stream().map(name -> root + "." + name + "..").toArray(String[]::new);
  }

  private static String names(List<String> packages) {
    return String.join("/", packages);
  }
}
