package dev.rackplan.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Batches on a real cluster against the same batches in one process. */
class SparkClusterIT {
  private static final Path TARGET = Path.of("target").toAbsolutePath();
  private static final int PROBLEMS = 12;
  private static final String STEPS = "60000";

  @TempDir private Path folder;

  private final List<String> problems = new ArrayList<>();
  private TinyProblem tiny;
  private SparkCluster cluster;

  @BeforeEach
  void start() throws IOException, InterruptedException {
    tiny = new TinyProblem(folder.resolve("input"));
    for (int i = 0; i < PROBLEMS; i++) {
      problems.add(
          tiny.variant("p" + i, "\"contextTokens\": 1000", "\"contextTokens\": " + (1000 + i)));
    }
    problems.add(tiny.variant("impossible", "\"tpotMillis\": 50", "\"tpotMillis\": 1e-6"));
    problems.add(tiny.variant("broken", "two-racks.json", "three-racks.json"));
    cluster = new SparkCluster(Files.createDirectory(folder.resolve("spark")), TARGET);
  }

  @AfterEach
  void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private List<String> solve(String out, String... more) {
    List<String> arguments = new ArrayList<>(List.of("solve"));
    arguments.addAll(problems);
    arguments.addAll(
        List.of("-o", tiny.path(out), "--steps", STEPS, "--results", tiny.path(out + "-results")));
    arguments.addAll(List.of(more));
    return arguments;
  }

  private Process launch(String log, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(TARGET.resolveSibling("rackplan").toString()));
    command.addAll(arguments);
    ProcessBuilder builder = cluster.process(command, log);
    builder.environment().put("JAVA_OPTS", "-Dspark.executor.memory=700m");
    return builder.start();
  }

  private void inProcess() throws IOException, InterruptedException {
    Process process = launch("in-process", solve("here"));
    assertTrue(process.waitFor(3, TimeUnit.MINUTES));
    assertEquals(3, process.exitValue(), cluster.log("in-process"));
  }

  /** Whole files by name: no draft, lock or checksum. */
  private static Map<String, String> files(Path folder) throws IOException {
    Map<String, String> texts = new TreeMap<>();
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          String name = file.getFileName().toString();
          if (!name.startsWith(".")) {
            texts.put(name, Files.readString(file));
          }
        }
      }
    }
    return texts;
  }

  /** The rows of results.csv without what a clock says. */
  private List<String> rows(String out) throws IOException {
    List<String> lines =
        Files.readAllLines(folder.resolve("input/" + out + "-results/results.csv"));
    int seconds = List.of(lines.get(0).split(",")).indexOf("seconds");
    return lines.stream()
        .map(
            line -> {
              List<String> cells = new ArrayList<>(List.of(line.split(",", -1)));
              if (cells.size() > seconds) {
                cells.remove(seconds);
              }
              return String.join(",", cells).replace("/" + out + "/", "/out/");
            })
        .toList();
  }

  @Test
  @Timeout(value = 8, unit = TimeUnit.MINUTES)
  void workerKilledInTheMiddle_everyResultOnce_asInProcess()
      throws IOException, InterruptedException {
    inProcess();
    Map<String, String> here = files(folder.resolve("input/here"));
    assertEquals(PROBLEMS, here.size());

    Path there = folder.resolve("input/there");
    Path published = folder.resolve("published");
    Process driver =
        launch(
            "driver",
            solve(
                "there",
                "--engine",
                "spark",
                "--master",
                cluster.url(),
                "--publish",
                published.toUri().toString()));
    while (files(there).size() < 3 || cluster.executors(1) == 0) {
      assertTrue(driver.isAlive(), cluster.log("driver"));
      Thread.sleep(20);
    }
    cluster.kill(1);
    int made = files(there).size();
    assertTrue(made < PROBLEMS, "all was done before the kill: raise STEPS");
    assertTrue(driver.waitFor(4, TimeUnit.MINUTES), cluster.log("driver"));

    String said = cluster.log("driver");
    assertEquals(3, driver.exitValue(), said);
    assertEquals(here, files(there));
    assertEquals(rows("here"), rows("there"));
    assertEquals(here, files(published));
    for (String problem : problems) {
      long ends =
          said.lines()
              .filter(line -> line.matches("\\[\\d+/\\d+\\] .*"))
              .filter(line -> line.contains(problem.substring(problem.lastIndexOf('/'))))
              .count();
      assertEquals(1, ends, problem + " in " + said);
    }
    System.out.printf("worker killed after %d of %d results%n", made, PROBLEMS);
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void submitted_goesOnWhereARunStopped() throws IOException, InterruptedException {
    inProcess();
    Path there = folder.resolve("input/there");
    Files.createDirectories(there);
    for (int i = 0; i < 5; i++) {
      String name = "p" + i + ".json";
      Files.copy(folder.resolve("input/here/" + name), there.resolve(name));
    }
    String jars;
    try (Stream<Path> libraries = Files.list(TARGET.resolve("lib"))) {
      jars =
          String.join(
              ",",
              libraries
                  .filter(file -> !file.getFileName().toString().startsWith("slf4j-"))
                  .map(Path::toString)
                  .toList());
    }
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--master",
                cluster.url(),
                "--class",
                "dev.rackplan.cli.Main",
                "--conf",
                "spark.executor.memory=700m",
                "--jars",
                jars,
                TARGET.resolve("rackplan.jar").toString()));
    arguments.addAll(solve("there", "--engine", "spark", "--resume"));
    Process driver = cluster.submit("submit", arguments);
    assertTrue(driver.waitFor(4, TimeUnit.MINUTES), cluster.log("submit"));

    String said = cluster.log("submit");
    assertEquals(3, driver.exitValue(), said);
    assertTrue(said.contains("5 done"), said);
    assertEquals(files(folder.resolve("input/here")), files(there));
  }
}
