package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.FileMutation;
import dev.rackplan.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutated files of every format into commands that read them: each ends with exit code 0, 2 or 3,
 * in words that are not the JVM's. {@code -Dfuzz.files=10000 -Dfuzz.seed=2} tries more and others.
 */
class FileFuzzTest {
  private static final int FILES = Integer.getInteger("fuzz.files", 150);
  private static final long SEED = Long.getLong("fuzz.seed", 1);
  private static final int MOST_FAULTS = Integer.getInteger("fuzz.faults", 20);

  /** A file's name begins so, and these command lines read it; {@code @} begins a name. */
  private static final Map<String, List<String>> READERS =
      Map.ofEntries(
          Map.entry(
              "problems/",
              List.of(
                  "validate @FILE",
                  "solve @FILE -o @out --steps 20",
                  "solve @FILE -o @out --time-limit 20ms")),
          Map.entry(
              "problems/decode.json",
              List.of(
                  "evaluate @FILE --solution @solutions/decode.json",
                  "replan @FILE --from @solutions/decode.json -o @out --steps 20",
                  "solve @FILE --from @maps/tensorrt.yaml -o @out --steps 20",
                  "sensitivity @FILE --solution @solutions/decode.json --changes 10 --steps 5",
                  "what-if @FILE --set model.layers=4 --steps 5")),
          Map.entry(
              "problems/tokens.csv", List.of("solve @problems/recorded.json -o @out --steps 20")),
          Map.entry(
              "problems/counts.json", List.of("solve @problems/recorded.json -o @out --steps 20")),
          Map.entry(
              "problems/stats.jsonl",
              List.of("solve @problems/statistics.json -o @out --steps 20")),
          Map.entry(
              "problems/weight.json",
              List.of("solve @problems/statistics.json -o @out --steps 20")),
          Map.entry(
              "models/",
              List.of(
                  "validate @FILE",
                  "catalog --model @FILE",
                  "roofline --model @FILE --gpu h100-sxm",
                  "economics cache --model @FILE --gpu h100-sxm",
                  "solve @problems/decode.json -o @out --steps 20",
                  "solve @problems/open.json -o @out --steps 20",
                  "solve @problems/training.json -o @out --steps 20")),
          Map.entry(
              "topologies/",
              List.of(
                  "validate @FILE",
                  "what-if @problems/decode.json --topology @FILE --steps 5",
                  "solve @problems/decode.json -o @out --steps 20",
                  "solve @problems/training.json -o @out --steps 20")),
          Map.entry(
              "solutions/",
              List.of(
                  "validate @FILE",
                  "verify @FILE",
                  "compare @FILE",
                  "report @FILE -o @out",
                  "tables @FILE -o @out",
                  "export @FILE --for sglang -o @out",
                  "export @FILE --for kubernetes -o @out",
                  "export @FILE --for megatron -o @out",
                  "economics serving @FILE",
                  "solve @problems/decode.json --from @FILE -o @out --steps 20",
                  "evaluate @problems/decode.json --solution @FILE",
                  "replan --from @FILE -o @out --steps 20")),
          Map.entry(
              "maps/",
              List.of(
                  "evaluate @problems/decode.json --expert-map @FILE",
                  "import @problems/decode.json --map @FILE --on @solutions/decode.json -o @out/x.json",
                  "solve @problems/decode.json --from @FILE -o @out --steps 20")),
          Map.entry(
              "hosts/",
              List.of(
                  "export @solutions/decode.json --for slurm --hosts @FILE -o @out",
                  "export @solutions/decode.json --for kubernetes --hosts @FILE -o @out")),
          Map.entry(
              "inventory/",
              List.of(
                  "topology @FILE -o @out/t.json --force",
                  "topology @FILE --gpu h100 --gpus-per-node 8 --json",
                  "topology @FILE @inventory/topology.conf @inventory/nodes.txt --json")),
          Map.entry(
              "laws/",
              List.of(
                  "validate @FILE",
                  "solve @problems/measured.json -o @out --steps 20",
                  "calibrate @tables/gemm_perf.csv --check @FILE --rows @out/rows.csv")),
          Map.entry(
              "tables/",
              List.of(
                  "calibrate @FILE -o @out/laws.json",
                  "calibrate @FILE --gpu h200-sxm -o @out/laws.json --json",
                  "calibrate @FILE --check @laws/own.json --rows @out/rows.csv")),
          Map.entry(
              "measured/",
              List.of("accuracy --measured @FILE --json", "accuracy --measured @FILE --decisions")),
          Map.entry(
              "traces/",
              List.of(
                  "requests @FILE",
                  "requests @FILE --json --block-tokens 7",
                  "replay @solutions/decode.json --trace @FILE --json")));

  @TempDir private Path folder;

  private final SplittableRandom random = new SplittableRandom(SEED);

  @Test
  void mutatedFiles_endWithAKnownCodeAndPlainWords() throws IOException {
    FuzzFolder files = new FuzzFolder(folder.toRealPath());
    FileMutation mutation = new FileMutation(SEED);
    Map<Integer, Integer> codes = new TreeMap<>();
    List<String> faults = new ArrayList<>();
    double slowest = 0;
    String slowestLine = "";
    for (int i = 0; i < FILES && faults.size() < MOST_FAULTS; i++) {
      String name = files.names().get(i % files.names().size());
      List<String> readers = readers(name);
      String line = readers.get(random.nextInt(readers.size())).replace("FILE", name);
      byte[] bytes = mutation.mutated(new String(files.bytes(name), StandardCharsets.UTF_8));
      files.write(name, bytes);
      WatchedLine run =
          WatchedLine.of(
              Stream.of(line.split(" "))
                  .map(word -> word.startsWith("@") ? files.path(word.substring(1)) : word)
                  .toList());
      codes.merge(run.exitCode(), 1, Integer::sum);
      if (run.fault().isPresent()) {
        String fault =
            "file " + i + ", seed " + SEED + ": " + name + ": " + line + "\n  " + run.fault().get();
        WatchedLine.keep("file-" + SEED + "-" + i, fault, Optional.of(bytes));
        faults.add(fault);
      }
      if (run.seconds() > slowest) {
        slowest = run.seconds();
        slowestLine = i + " " + line;
      }
      files.restore();
    }
    System.out.printf(
        "%,d mutated files, seed %d: exit codes %s; slowest %.2f s: %s%n",
        FILES, SEED, codes, slowest, slowestLine);
    assertEquals("", String.join("\n", faults));
    assertTrue(codes.getOrDefault(ExitCode.SOLVED, 0) > FILES / 20, "too coarse: " + codes);
    assertTrue(codes.getOrDefault(ExitCode.BAD_INPUT, 0) > FILES / 5, "too fine: " + codes);
  }

  private static List<String> readers(String name) {
    List<String> found = new ArrayList<>();
    READERS.forEach(
        (begin, lines) -> {
          if (name.startsWith(begin)) {
            found.addAll(lines);
          }
        });
    // Map.ofEntries iterates differently on each start.
    found.sort(null);
    if (found.isEmpty()) {
      throw new IllegalStateException("no command reads " + name + "; say which in READERS");
    }
    return found;
  }
}
