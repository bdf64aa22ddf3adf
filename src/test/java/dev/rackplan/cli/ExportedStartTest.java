package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Exports start: what engines check of a command line before they run, by the rules of their own
 * code, and how scripts end where an engine does.
 */
class ExportedStartTest {
  @TempDir private Path folder;

  private Path export(String solution, String target, String... more) {
    List<String> arguments =
        Stream.concat(
                Stream.of("export", solution, "--for", target, "-o", folder.toString()),
                Stream.of(more))
            .toList();
    CommandRun run = CommandRun.of(arguments.toArray(String[]::new));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    String name = Path.of(solution).getFileName().toString().replace(".json", "");
    return folder.resolve(name).resolve(target);
  }

  private record Ended(int status, String out, String err) {}

  private Ended run(Map<String, String> environment, String... command) throws Exception {
    Path out = folder.resolve("out.txt");
    Path err = folder.resolve("err.txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  /** Flags of the first start on {@code host} with their values; settings under their names. */
  private Map<String, String> flags(Path files, String host) throws Exception {
    Ended dry =
        run(
            Map.of("DRY_RUN", "1", "MODEL", "m"),
            "bash",
            files.resolve("launch.sh").toString(),
            host);
    assertEquals(0, dry.status(), dry.err());
    String[] words = dry.out().lines().findFirst().orElseThrow().split(" ");
    Map<String, String> flags = new TreeMap<>();
    for (int i = 0; i < words.length; i++) {
      if (words[i].startsWith("--")) {
        flags.put(words[i], i + 1 < words.length ? words[i + 1] : "");
      } else if (words[i].matches("[A-Z_]+=.*")) {
        flags.put(words[i].split("=")[0], words[i].split("=")[1]);
      }
    }
    return flags;
  }

  private static int whole(Map<String, String> flags, String name) {
    return Integer.parseInt(flags.get(name));
  }

  // arg_groups/memory_hook.py takes 3 MB a rank and graph sequence: below 0 for 72 ranks of 512.
  // parallel_hook.py shares the chunk out; validation_hook.py wants whole pages of 64.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "solutions/deepseek-v3-decode-gb200.json",
        "solutions/deepseek-v3-decode-gb200-x4.json",
        "solutions/kimi-k2-decode-h200.json"
      })
  void sglang_isToldWhatItWouldWorkOutWrongly(String solution) throws Exception {
    Path files = export(solution, "sglang");
    String host = table(files).get(0).split(" ")[0];
    Map<String, String> flags = flags(files, host);
    int ranks = whole(flags, "--attn-dp-size");
    assertEquals(0, whole(flags, "--chunked-prefill-size") % (64 * ranks));
    double share = Double.parseDouble(flags.get("--mem-fraction-static"));
    assertTrue(share > 0 && share < 1, flags.toString());
    int perRank = whole(flags, "--max-running-requests") / ranks;
    assertEquals(Math.min(512, perRank), whole(flags, "--cuda-graph-max-bs-decode"));
    if (perRank > 128) {
      assertEquals(perRank, whole(flags, "SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK"));
    }
    assertEquals("auto", flags.get("--deepep-mode"));
  }

  // server_args.py: PortArgs takes the port where ranks meet and the six after it.
  @Test
  void sglang_answersOnAPortThatItLeavesFree() throws Exception {
    Path files = export("solutions/deepseek-v3-prefill-h100.json", "sglang");
    Map<String, String> flags = flags(files, table(files).get(0).split(" ")[0]);
    int meeting = Integer.parseInt(flags.get("--dist-init-addr").split(":")[1]);
    int answering = whole(flags, "--port");
    assertTrue(answering > meeting + 6 && answering < meeting + 10, flags.toString());
  }

  @Test
  void sglang_picksReplicasAsThePlanDoes() throws Exception {
    Path nearest = export("solutions/deepseek-v3-prefill-h100.json", "sglang");
    Path even = export("solutions/deepseek-v3-prefill-topics-h100.json", "sglang");
    assertEquals(
        "static",
        flags(nearest, table(nearest).get(0).split(" ")[0]).get("--ep-dispatch-algorithm"));
    assertEquals(
        "dynamic", flags(even, table(even).get(0).split(" ")[0]).get("--ep-dispatch-algorithm"));
  }

  // Releases refuse keys of --eplb-config that they don't know.
  @Test
  void vllm_isGivenAMapOnlyWhereItIsAskedFor() throws Exception {
    String solution = "solutions/qwen3-235b-decode-b200.json";
    Path files = export(solution, "vllm");
    String script = Files.readString(files.resolve("launch.sh"));
    assertFalse(script.contains("initial_mapping_path"), script);
    assertFalse(Files.exists(files.resolve("expert-map.jsonl")));
    assertTrue(script.contains("\"step_interval\": 3000"), script);
    assertTrue(script.contains("--all2all-backend deepep_low_latency"), script);

    Path branch = export(solution, "vllm", "--initial-mapping", "--force");
    assertTrue(Files.readString(branch.resolve("launch.sh")).contains("initial_mapping_path"));
    assertTrue(Files.exists(branch.resolve("expert-map.jsonl")));
  }

  // With a first rank, a host that is not headless would balance over its own engines alone.
  @Test
  void vllm_balancesOverAllHostsFromTheFirst() throws Exception {
    Path files = export("solutions/deepseek-v3-prefill-h100.json", "vllm");
    List<String> rows = table(files);
    Map<String, String> first = flags(files, rows.get(0).split(" ")[0]);
    Map<String, String> last = flags(files, rows.get(rows.size() - 1).split(" ")[0]);
    assertFalse(first.containsKey("--data-parallel-start-rank"), first.toString());
    assertFalse(first.containsKey("--headless"), first.toString());
    assertEquals("24", last.get("--data-parallel-start-rank"));
    assertTrue(last.containsKey("--headless"), last.toString());
  }

  @Test
  void vllmAscend_choosesItsDevices() throws Exception {
    Path files = export("solutions/qwen3-235b-decode-ascend-910b.json", "vllm-ascend");
    Map<String, String> flags = flags(files, table(files).get(0).split(" ")[0]);
    assertEquals("0\\,1\\,2\\,3\\,4\\,5\\,6\\,7", flags.get("ASCEND_RT_VISIBLE_DEVICES"));
    assertFalse(flags.containsKey("CUDA_VISIBLE_DEVICES"), flags.toString());
    String readme = Files.readString(files.resolve("README.md"));
    assertTrue(readme.contains("0.23.0.post1"), readme);
  }

  // Open MPI 4.1 pins each rank of a rankfile to one core, whatever --bind-to says.
  @Test
  void tensorRt_isBoundToNoCore() throws Exception {
    Path files = export("solutions/deepseek-v3-prefill-h100.json", "trtllm");
    String script = Files.readString(files.resolve("launch.sh"));
    assertTrue(script.contains("--map-by seq --bind-to none"), script);
    assertFalse(script.contains("rankfile"), script);
    assertEquals(32, Files.readAllLines(files.resolve("hosts-replica-0.txt")).size());
  }

  private static List<String> table(Path files) throws IOException {
    List<String> lines = Files.readAllLines(files.resolve("launch.sh"));
    return lines.subList(lines.indexOf("done <<'TABLE'") + 1, lines.lastIndexOf("TABLE"));
  }

  private Path command(String name, String script) throws IOException {
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Path file = bin.resolve(name);
    Files.writeString(file, "#!/usr/bin/env bash\n" + script + "\n");
    assertTrue(file.toFile().setExecutable(true));
    return bin;
  }

  @Test
  void launcher_endsWithTheStatusOfADeadEngine() throws Exception {
    Path files = export("solutions/deepseek-v3-prefill-h100.json", "sglang");
    Path launch = files.resolve("launch.sh");
    assertTrue(Files.isExecutable(launch));
    Path bin = command("python3", "exit 7");
    Ended dead =
        run(
            Map.of("MODEL", "m", "PATH", bin + ":" + System.getenv("PATH")),
            launch.toString(),
            table(files).get(0).split(" ")[0]);
    assertEquals(7, dead.status(), dead.err());
    assertTrue(dead.err().contains("replica 0 ended with status 7"), dead.err());

    command("python3", "exit 0");
    Ended well =
        run(
            Map.of("MODEL", "m", "PATH", bin + ":" + System.getenv("PATH")),
            launch.toString(),
            table(files).get(0).split(" ")[0]);
    assertEquals(0, well.status(), well.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"host", "rank"})
  void job_endsWithTheStatusOfADeadStep(String per) throws Exception {
    Path files = export("solutions/llama-3.1-405b-decode-h100.json", "slurm");
    // One of two replicas' steps fails; per host there is one step.
    Path bin =
        command(
            "srun",
            "echo \"$*\" >> '"
                + folder.resolve("steps")
                + "'; [[ ${RACKPLAN_REPLICA:-1} == 0 ]] || exit 9");
    Ended dead =
        run(
            Map.of(
                "PATH",
                bin + ":" + System.getenv("PATH"),
                "SLURM_SUBMIT_DIR",
                files.toString(),
                "PER",
                per),
            files.resolve("job.sbatch").toString(),
            "./launch.sh");
    assertEquals(9, dead.status(), dead.err());
    List<String> steps = Files.readAllLines(folder.resolve("steps"));
    assertEquals(per.equals("rank") ? 2 : 1, steps.size());
    assertTrue(
        steps.get(0).contains(per.equals("rank") ? "--ntasks=16" : "--ntasks-per-node=1"),
        steps.toString());
  }

  @Test
  void kubernetes_startsTheEngineThatWasAskedFor() throws Exception {
    String solution = "solutions/deepseek-v3-decode-gb200.json";
    Path files = export(solution, "kubernetes", "--engine", "vllm");
    String manifest = Files.readString(files.resolve("manifest.yaml"));
    assertTrue(manifest.contains("vllm serve") && manifest.contains("kind: ComputeDomain"));
    assertTrue(manifest.contains("resourceClaimTemplateName: deepseek-v3-decode-gb200-channel"));
    assertTrue(manifest.contains("/health"), manifest);
    assertFalse(manifest.contains("rdma/"), manifest);

    String spread =
        Files.readString(
            export("solutions/deepseek-v3-prefill-h100.json", "kubernetes")
                .resolve("manifest.yaml"));
    assertTrue(spread.contains("sglang.launch_server") && spread.contains("rdma/ib: 1"), spread);
    assertFalse(spread.contains("ComputeDomain"), spread);
  }
}
