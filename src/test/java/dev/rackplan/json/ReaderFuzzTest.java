package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.rackplan.FileMutation;
import dev.rackplan.model.Model;
import dev.rackplan.topology.Topology;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutated files into every reader: only {@link InputException} may come out, within {@value
 * #MOST_SECONDS} s and {@value #MOST_BYTES} bytes of the reading thread a case. {@code
 * -Dfuzz.cases=1000000 -Dfuzz.seed=2} tries more and others.
 */
class ReaderFuzzTest {
  private static final int CASES = Integer.getInteger("fuzz.cases", 2_500);
  private static final long SEED = Long.getLong("fuzz.seed", 1);
  private static final double MOST_SECONDS = 2;
  private static final long MOST_BYTES = 1L << 30;
  private static final int LARGEST_SEED_FILE = 100_000;

  /** Reads the file at its place in the folder. */
  @FunctionalInterface
  private interface Reader {
    void read(Path file) throws IOException;
  }

  /**
   * A file to mutate.
   *
   * @param name where it lies
   * @param text as it should be
   * @param reader of it, or of what names it
   */
  private record Target(String name, String text, Reader reader) {}

  @TempDir private Path folder;

  private final FileMutation mutation = new FileMutation(SEED);
  private TinyCase tiny;

  private List<Target> targets() throws IOException {
    Model model = tiny.problem().problem().model();
    Topology topology = tiny.problem().problem().topology();
    List<Target> targets = new ArrayList<>();
    Reader problem = file -> ProblemFile.load(tiny.path("problems/p.json"), "p.json");
    targets.add(new Target("problems/p.json", TinyCase.PROBLEM, problem));
    targets.add(new Target("problems/tokens.csv", TinyCase.TOKENS, problem));
    targets.add(new Target("problems/counts.json", TinyCase.COUNTS, problem));
    targets.add(new Target("models/config.json", TinyCase.CONFIG, problem));
    targets.add(new Target("topologies/t.json", TinyCase.TOPOLOGY, problem));
    targets.add(
        new Target(
            "solutions/s.json",
            TinyCase.SOLUTION,
            file -> SolutionFile.read(file, "s.json", tiny.problem().problem())));
    Reader map = file -> ExpertMapFile.read(file, file.getFileName().toString(), model);
    targets.add(new Target("maps/m.json", TinyCase.MAP, map));
    targets.add(
        new Target(
            "maps/m.yaml",
            "num_slots: 4\ninitial_global_assignments:\n  1: [3, 1, 2, 0]\n  2: [0, 1, 3, 2]\nlayer_updates_per_iter: 0\n",
            map));
    targets.add(
        new Target(
            "maps/vllm.jsonl",
            "{\"record_type\": \"eplb_initial_mapping\", \"version\": 1, \"num_redundant_experts\": 0, \"num_slots\": 4, \"initial_global_assignments\": {\"0\": [3, 1, 2, 0], \"1\": [0, 1, 3, 2]}}\n",
            map));
    targets.add(
        new Target(
            "problems/sweep.json",
            "{\"name\": \"s\", \"problem\": \"p.json\", \"vary\": {\"workload.contextTokens\": [1, 2], \"topology\": [\"../topologies/t.json\"]}, \"seeds\": [0, 1]}",
            file -> SweepFile.read(file, "sweep.json", file.getParent())));
    targets.add(
        new Target(
            "problems/derived.json",
            "{\"name\": \"d\", \"base\": \"p.json\", \"set\": {\"workload.contextTokens\": 5, \"engine.name\": \"vllm\"}}",
            file -> ProblemFile.load(file, "derived.json")));
    targets.add(
        new Target(
            "problems/topics.json",
            TinyCase.PROBLEM.replaceFirst(
                "\\{\"profiles\".*\\}\\]\\}",
                "{\"topics\": {\"tokens\": 512, \"seed\": 1, \"skew\": 0.7}, \"holdOut\": 0.5}"),
            file -> ProblemFile.load(file, "topics.json")));
    targets.add(
        new Target(
            "hosts.csv",
            "node,host\nrack-0/domain-0/node-0,a\nrack-0/domain-0/node-1,b\n",
            file -> HostFile.read(file, "hosts.csv", topology)));
    for (String directory : List.of("problems", "topologies", "docs/performance", "solutions")) {
      try (Stream<Path> files = Files.list(Path.of(directory))) {
        for (Path file : files.sorted().toList()) {
          // Generating tokens for a large model takes a second and reads nothing.
          if (file.toString().endsWith(".json")
              && Files.size(file) < LARGEST_SEED_FILE
              && !Files.readString(file).contains("\"topics\"")) {
            targets.add(ours(file));
          }
        }
      }
    }
    return targets;
  }

  /** A committed file, read as whatever its keys say it is. */
  private static Target ours(Path file) throws IOException {
    Path folder = file.getParent().getFileName();
    return new Target(
        folder + "/" + file.getFileName(),
        Files.readString(file),
        copy -> {
          String shown = copy.getFileName().toString();
          switch (FileKind.of(copy, shown)) {
            case TOPOLOGY -> TopologyFile.read(copy, shown);
            case MODEL -> ModelReader.read(copy, shown);
            case SWEEP -> SweepFile.read(copy, shown, copy.getParent());
            case SOLUTION -> SolutionFile.problem(copy, shown);
            case PROBLEM -> {
              if (ProblemFile.isServing(copy, shown)) {
                ProblemFile.loadServing(copy, shown);
              } else {
                ProblemFile.load(copy, shown);
              }
            }
          }
        });
  }

  @Test
  @Tag("slow")
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void mutatedFiles_giveInputExceptionsOnly() throws IOException {
    tiny = new TinyCase(folder);
    List<Target> targets = targets();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Map<String, Integer> outcomes = new TreeMap<>();
    List<String> faults = new ArrayList<>();
    double slowest = 0;
    long most = 0;
    for (int i = 0; i < CASES && faults.size() < 5; i++) {
      // Small files are read faster and have more that can go wrong.
      Target target = targets.get(i % 2 == 0 ? i / 2 % 13 : i / 2 % targets.size());
      byte[] bytes = mutation.mutated(target.text());
      tiny.write(target.name(), bytes);
      long allocated = threads.getCurrentThreadAllocatedBytes();
      long start = threads.getCurrentThreadCpuTime();
      try {
        target.reader().read(tiny.path(target.name()));
        outcomes.merge("read", 1, Integer::sum);
      } catch (InputException e) {
        outcomes.merge("refused", 1, Integer::sum);
      } catch (RuntimeException | Error e) {
        faults.add("case " + i + ", " + keep(target, bytes, i) + ": " + trace(e));
      }
      double seconds = (threads.getCurrentThreadCpuTime() - start) / 1e9;
      long used = threads.getCurrentThreadAllocatedBytes() - allocated;
      if (seconds > MOST_SECONDS || used > MOST_BYTES) {
        faults.add("case " + i + ", " + keep(target, bytes, i) + ": " + seconds + " s, " + used);
      }
      slowest = Math.max(slowest, seconds);
      most = Math.max(most, used);
      tiny.write(target.name(), target.text());
    }
    assertEquals(List.of(), faults, "seed " + SEED);
    System.out.printf(
        "%,d mutated files: %s; slowest %.2f s, most memory %,d MB%n",
        CASES, outcomes, slowest, most >> 20);
    assertTrue(outcomes.getOrDefault("read", 0) > CASES / 50, "mutations too coarse: " + outcomes);
    assertTrue(outcomes.getOrDefault("refused", 0) > CASES / 2, "mutations too fine: " + outcomes);
  }

  private static String trace(Throwable thrown) {
    return thrown
        + " at "
        + Arrays.stream(thrown.getStackTrace())
            .filter(frame -> frame.getClassName().startsWith("dev.rackplan"))
            .limit(3)
            .toList();
  }

  // Beside the build, for whoever mends it.
  private static Path keep(Target target, byte[] bytes, int index) throws IOException {
    Path kept =
        Path.of("target", "fuzz", index + "-" + Path.of(target.name()).getFileName().toString());
    Files.createDirectories(kept.getParent());
    return Files.write(kept, bytes);
  }
}
