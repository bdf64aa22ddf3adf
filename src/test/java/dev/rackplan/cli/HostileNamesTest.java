package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.rackplan.Browser;
import dev.rackplan.HostileNames;
import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Names that would do harm, wherever one can stand: each is refused, or text in every output. */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class HostileNamesTest {
  private static final String TARGETS =
      "sglang,vllm,vllm-ascend,trtllm,slurm,kubernetes,llm-d,dynamo";
  private static final String PLAIN = "plain";
  // What a terminal obeys, and what turns the direction of writing; line ends and tabs are ours.
  private static final Pattern STEERING =
      Pattern.compile("[\\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069&&[^\n\t]]");

  // Of no vendor: every engine runs there.
  private static final String ON_OWN =
      TinyProblem.TOPOLOGY.replace(
          "\"h100-sxm\"",
          "{\"name\": \"own\", \"hbmGB\": 80, \"hbmTBps\": 3.35, \"bf16Tflops\": 989, \"fp8Tflops\": 1979},"
              + " \"scaleUp\": {\"bandwidthGBps\": 450, \"latencyMicros\": 3},"
              + " \"scaleOut\": {\"nicGBps\": 50, \"latencyMicros\": 10}");

  // All of them everywhere: -Dhostile.names=all. Each build has each somewhere.
  private static final boolean EVERYWHERE = "all".equals(System.getProperty("hostile.names"));

  private static String solution;

  @TempDir private Path folder;

  /** A file that names stand in, and the text there that a name takes the place of. */
  private record Place(String file, String text, String instead) {}

  private static final List<Place> PLACES =
      List.of(
          new Place("models/tiny-moe.json", "\"tiny-moe\"", "@"),
          new Place("models/tiny-moe.json", "\"tiny\"", "@"),
          new Place("topologies/two-racks.json", "\"two-racks\"", "@"),
          new Place("topologies/two-racks.json", "\"h100-sxm\"", "@"),
          new Place("problems/tiny.json", "\"tiny\"", "@"),
          new Place("problems/tiny.json", "\"engine\": {", "\"engine\": {\"name\": @, "),
          new Place("problems/tiny.json", "\"engine\": {", "\"engine\": {\"version\": @, "),
          new Place("problems/tiny.json", "\"../models/tiny-moe.json\"", "@"),
          new Place("problems/tiny.json", "{\"powerLaw\": {", "{\"counts\": @, \"powerLaw\": {"),
          new Place("problems/tiny.json", "\"decode\"", "@"),
          new Place(
              "problems/tiny.json",
              "{\"powerLaw\": {\"alpha\": 1.2, \"seed\": 3}}",
              "{\"profiles\": [{\"name\": @, \"powerLaw\": {\"alpha\": 1.2, \"seed\": 3}}]}"),
          new Place(
              "topologies/two-racks.json",
              "{\"count\": 2, \"domainsPerRack\": 1, \"nodesPerDomain\": 1, \"gpusPerNode\": 4}",
              "[{\"name\": @, \"domains\": [{\"nodes\": 2, \"gpusPerNode\": 4}]}]"),
          new Place(
              "topologies/two-racks.json",
              "{\"count\": 2, \"domainsPerRack\": 1, \"nodesPerDomain\": 1, \"gpusPerNode\": 4}",
              "[{\"domains\": [{\"name\": @, \"nodes\": 2, \"gpusPerNode\": 4}]}]"));

  @BeforeAll
  static void solve(@TempDir Path first) throws IOException {
    TinyProblem tiny = new TinyProblem(first);
    tiny.write("topologies/two-racks.json", ON_OWN);
    CommandRun run =
        CommandRun.of(
            "solve", tiny.path("problems/tiny.json"), "-o", tiny.path("s"), "--steps", "10");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    solution = Files.readString(first.resolve("s/tiny.json"));
  }

  /** Every {@code step}-th name from {@code first} on, or all. */
  private static List<String> names(int first, int step) {
    return IntStream.range(0, HostileNames.ALL.size())
        .filter(i -> EVERYWHERE || i % step == first)
        .mapToObj(HostileNames.ALL::get)
        .toList();
  }

  private static String quoted(String name) {
    return TextNode.valueOf(name).toString();
  }

  /** A solved problem under that folder, whose model and topology have that name. */
  private Path solved(String under, String name, String file) throws IOException {
    TinyProblem tiny = new TinyProblem(folder.resolve(under));
    tiny.write("models/tiny-moe.json", TinyProblem.MODEL.replace("\"tiny-moe\"", quoted(name)));
    tiny.write("topologies/two-racks.json", ON_OWN.replace("\"two-racks\"", quoted(name)));
    tiny.write("s/" + file + ".json", solution);
    return Path.of(tiny.path("s/" + file + ".json"));
  }

  private static boolean isFileName(String name) {
    return !name.contains("/")
        && !name.equals("..")
        && name.getBytes(StandardCharsets.UTF_8).length < 200;
  }

  // What names in JSON may have.
  private static boolean isText(String name) {
    return !STEERING.matcher(name).find() && !name.contains("\n") && !name.contains("\t");
  }

  private static void assertPlain(CommandRun run, String name) {
    assertFalse(STEERING.matcher(run.out() + run.err()).find(), name + ": " + run);
    if (run.exitCode() == ExitCode.BAD_INPUT) {
      assertEquals(2, run.err().lines().count(), run.err());
    }
    assertTrue(List.of(0, 2, 3).contains(run.exitCode()), name + ": " + run);
  }

  @Test
  void namesInFiles_areRefusedInTwoLines_orShownAsText() {
    int taken = 0;
    for (int i = 0; i < PLACES.size(); i++) {
      Place place = PLACES.get(i);
      for (String name : names(i, 13)) {
        TinyProblem tiny = new TinyProblem(folder);
        String text = tiny.read(place.file());
        assertTrue(text.contains(place.text()), place.toString());
        tiny.write(
            place.file(), text.replace(place.text(), place.instead().replace("@", quoted(name))));
        CommandRun run = CommandRun.of("validate", tiny.path("problems/tiny.json"));
        assertPlain(run, name);
        assertTrue(run.exitCode() == ExitCode.BAD_INPUT || isText(name), name);
        taken += run.exitCode() == ExitCode.SOLVED ? 1 : 0;
      }
    }
    assertTrue(taken > 8, "models, topologies and engines have most names: " + taken);
  }

  @Test
  void namesOfFiles_areRefusedInTwoLines_orShownAsText() throws IOException {
    for (String name : names(2, 6)) {
      if (isFileName(name)) {
        Path file = solved(name, isText(name) ? name : PLAIN, name);
        for (String command : List.of("verify", "compare")) {
          CommandRun run = CommandRun.of(command, file.toString());
          assertPlain(run, name);
          assertEquals(isText(name), run.exitCode() != ExitCode.BAD_INPUT, run.toString());
        }
      }
    }
  }

  /** Exports of a plan whose names are all {@code name}, in a folder of that name. */
  private Path exported(String name, String... more) throws IOException {
    Path file = solved("in/" + name, name, name);
    Path out = folder.resolve("out");
    List<String> words =
        new ArrayList<>(List.of("export", file.toString(), "--for", TARGETS, "--stale"));
    words.addAll(List.of("--engine", "sglang", "-o", out.toString()));
    words.addAll(List.of(more));
    CommandRun run = CommandRun.of(words.toArray(String[]::new));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    return out.resolve(name);
  }

  private static Map<String, String> files(Path exports) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(exports)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(exports.relativize(file).toString(), Files.readString(file));
      }
    }
    return files;
  }

  @Test
  void exports_haveNamesAsWords_andAreElseThoseOfAPlainName() throws Exception {
    Map<String, String> plain = files(exported(PLAIN));
    List<String> scripts = new ArrayList<>();
    for (String name : names(1, 6)) {
      if (!isFileName(name) || !isText(name)) {
        continue;
      }
      Map<String, String> files = files(exported(name));
      assertEquals(plain.keySet(), files.keySet(), name);
      files.forEach(
          (file, text) -> {
            if (file.endsWith("job.sbatch")) {
              assertEquals(
                  plain.get(file),
                  text.replaceFirst("job-name=[A-Za-z0-9][A-Za-z0-9._-]*\n", "job-name=plain\n"));
            } else if (!file.endsWith("README.md") && !file.endsWith(".yaml")) {
              assertEquals(plain.get(file), text, name + " in " + file);
            }
          });
      scripts.add(folder.resolve("out").resolve(name).resolve("slurm/job.sbatch").toString());
      assertNoMarkup(files.get("sglang/README.md"), name);
      for (String target : List.of("kubernetes", "llm-d", "dynamo")) {
        assertObjects(files.get(target + "/manifest.yaml"), name);
      }
    }
    assertTrue(scripts.size() > 3, "names of files: " + scripts.size());
    try (Stream<Path> all = Files.walk(folder.resolve("out").resolve(PLAIN))) {
      all.map(Path::toString)
          .filter(file -> file.matches(".*\\.(sh|sbatch)"))
          .forEach(scripts::add);
    }
    assertShellcheck(scripts);
  }

  @Test
  void exportCalledLikeTheFolderAbove_isRefused() throws IOException {
    Path file = solved("in", PLAIN, "..");
    String out = folder.resolve("out").toString();
    CommandRun run =
        CommandRun.of("export", file.toString(), "--for", "slurm", "--stale", "-o", out);
    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains("would be written outside of " + out), run.err());
  }

  // A name is one line of text: no element, link or code begins in it.
  private static void assertNoMarkup(String readme, String name) {
    String heading = readme.lines().findFirst().orElseThrow();
    assertTrue(heading.endsWith(" for sglang"), heading);
    assertFalse(
        Pattern.compile("(?<!\\\\)[`*<>|\\[\\]]").matcher(heading).find(), name + ": " + heading);
  }

  private static List<Map<?, ?>> objects(String yaml) {
    List<Map<?, ?>> objects = new ArrayList<>();
    new Yaml(new SafeConstructor(new LoaderOptions()))
        .loadAll(yaml)
        .forEach(object -> objects.add((Map<?, ?>) object));
    return objects;
  }

  // Kubernetes takes names of DNS only.
  private static void assertObjects(String yaml, String name) {
    for (Map<?, ?> object : objects(yaml)) {
      String called = String.valueOf(((Map<?, ?>) object.get("metadata")).get("name"));
      assertTrue(called.matches("[a-z]([a-z0-9-]*[a-z0-9])?"), name + ": " + called);
    }
  }

  private void assertShellcheck(List<String> scripts) throws Exception {
    Path shellcheck = Path.of("/usr/bin/shellcheck");
    if (!Files.isExecutable(shellcheck)) {
      System.err.println("SKIPPED: no shellcheck in /usr/bin; exported scripts not checked");
    }
    assumeTrue(Files.isExecutable(shellcheck));
    List<String> words = new ArrayList<>(List.of(shellcheck.toString(), "-S", "warning", "--"));
    words.addAll(scripts);
    Ended ended = run(Map.of(), words);
    assertEquals(0, ended.status(), ended.out());
  }

  @Test
  void image_isOne() throws IOException {
    for (String name : names(3, 6)) {
      CommandRun run = CommandRun.of("export", "none", "--for", "kubernetes", "--image", name);
      assertEquals(ExitCode.BAD_INPUT, run.exitCode(), name);
      assertTrue(run.err().contains("is no container image"), run.err());
    }
    Path exports = exported(PLAIN, "--image", "registry:5000/team/sglang@sha256:0a", "--force");
    String yaml = Files.readString(exports.resolve("kubernetes/manifest.yaml"));
    assertTrue(yaml.contains("image: registry:5000/team/sglang@sha256:0a\n"), yaml);
  }

  private record Ended(int status, String out) {}

  private Ended run(Map<String, String> environment, List<String> command) throws Exception {
    Path out = folder.resolve("said.txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    return new Ended(process.exitValue(), Files.readString(out));
  }

  /** Programs that write down their arguments, one a line, in the place of those of a cluster. */
  private Path fakePrograms() throws IOException {
    Path bin = Files.createDirectories(folder.resolve("bin"));
    for (String program : List.of("python3", "vllm", "srun", "mpirun", "hostname")) {
      Path file = bin.resolve(program);
      Files.writeString(file, "#!/bin/sh\nprintf '<%s>\\n' \"$0\" \"$@\" >> \"$TOLD\"\n");
      assertTrue(file.toFile().setExecutable(true));
    }
    return bin;
  }

  @Test
  void argumentsOfStartedPrograms_areTheNames() throws Exception {
    Path bin = fakePrograms();
    Path told = folder.resolve("told.txt");
    for (String name : List.of("$(touch hit)", "a; touch 'hit' \\\"*")) {
      Path exports = exported(name);
      Map<String, String> environment =
          Map.of(
              "PATH",
              bin + ":" + System.getenv("PATH"),
              "TOLD",
              told.toString(),
              "MODEL",
              "/models/" + name,
              "SLURM_SUBMIT_DIR",
              exports.resolve("slurm").toString());
      String host = "rack-0-domain-0-node-0";
      for (String target : List.of("sglang", "vllm", "vllm-ascend", "trtllm")) {
        Files.deleteIfExists(told);
        String script = exports.resolve(target).resolve("launch.sh").toString();
        List<String> words = new ArrayList<>(List.of("bash", script));
        if (!target.equals("trtllm")) {
          words.add(host);
        }
        Ended ended = run(environment, words);
        assertEquals(0, ended.status(), target + ": " + ended.out());
        assertTrue(Files.readString(told).contains("</models/" + name + ">"), target);
      }
      Files.deleteIfExists(told);
      Ended job =
          run(
              environment,
              List.of("bash", exports.resolve("slurm/job.sbatch").toString(), "echo", name));
      assertEquals(0, job.status(), job.out());
      assertTrue(Files.readString(told).contains("<echo>\n<" + name + ">"), name);
      String ascend = folder.resolve("told-map.txt").toString();
      Ended map =
          run(
              with(environment, "TOLD", ascend),
              List.of("bash", exports.resolve("vllm-ascend/launch.sh").toString(), host));
      assertEquals(0, map.status(), map.out());
      assertMapIsFound(Path.of(ascend), exports.resolve("vllm-ascend/expert-map.json"));
      Files.delete(Path.of(ascend));
    }
    try (Stream<Path> all = Files.walk(folder)) {
      assertEquals(
          List.of(),
          all.filter(file -> file.endsWith("hit")).toList(),
          "a name was run as a command");
    }
  }

  private static Map<String, String> with(Map<String, String> map, String key, String value) {
    Map<String, String> more = new TreeMap<>(map);
    more.put(key, value);
    return more;
  }

  // The folder's name stands in JSON.
  private static void assertMapIsFound(Path told, Path map) throws IOException {
    String config =
        Files.readString(told)
            .lines()
            .filter(line -> line.contains("expert_map_path"))
            .findFirst()
            .orElseThrow();
    var tree =
        new com.fasterxml.jackson.databind.ObjectMapper()
            .readTree(config.substring(1, config.length() - 1));
    assertEquals(map.toString(), tree.at("/eplb_config/expert_map_path").textValue());
  }

  @Test
  void hostsCalledLikePlacesOfTemplates_areHosts() throws Exception {
    for (String rack : List.of("NAME", "HOSTS", "STARTS", "GATHER")) {
      TinyProblem tiny = new TinyProblem(folder);
      tiny.write(
          "topologies/two-racks.json",
          ON_OWN.replace(
              "{\"count\": 2, \"domainsPerRack\": 1, \"nodesPerDomain\": 1, \"gpusPerNode\": 4}",
              """
              [{"name": "%s", "domains": [{"nodes": 1, "gpusPerNode": 4}]},
               {"name": "other", "domains": [{"nodes": 1, "gpusPerNode": 4}]}]"""
                  .formatted(rack)));
      tiny.write(
          "s/tiny.json", solution.replace("rack-0/", rack + "/").replace("rack-1/", "other/"));
      CommandRun run =
          CommandRun.of(
              "export",
              tiny.path("s/tiny.json"),
              "--for",
              TARGETS,
              "--engine",
              "sglang",
              "--stale",
              "--force",
              "-o",
              tiny.path("out"));
      assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
      String job = tiny.read("out/tiny/slurm/job.sbatch");
      assertTrue(
          Pattern.compile("--nodelist=.*" + rack + "-domain-0-node-0").matcher(job).find()
              || !tiny.read("out/tiny/slurm/hosts-replica-0.txt").contains(rack),
          job);
      String launch = tiny.read("out/tiny/sglang/launch.sh");
      assertEquals(1, launch.split("gather\\(\\)", -1).length - 1, launch);
    }
  }

  @Test
  void cellsOfCsv_areText() throws IOException {
    int cells = 0;
    for (String name :
        List.of("=cmd|' C'!A0", "+1+cmd|'", "@SUM(1+1)", "-rf", "| a", "two words")) {
      if (!isFileName(name) || !isText(name)) {
        continue;
      }
      Path file = solved(name, name, name);
      Path csv = folder.resolve("c.csv");
      CommandRun run =
          CommandRun.of("compare", file.toString(), "--csv", csv.toString(), "--force");
      assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
      for (CSVRecord row : CSVParser.parse(Files.readString(csv), CSVFormat.DEFAULT)) {
        for (String cell : row) {
          assertTrue(cell.matches("(?s)[^=+@|-].*|[+-]?[0-9.eE+-]+%?|"), name + ": " + cell);
          cells++;
        }
      }
    }
    assertTrue(cells > 100, "cells: " + cells);
  }

  @Test
  void pages_runNoScriptOfNames() throws IOException {
    String name =
        String.join(" ", HostileNames.ALL.stream().filter(HostileNamesTest::isText).toList());
    List<Path> pages = pages(name);
    for (Path page : pages) {
      String html = Files.readString(page);
      assertFalse(html.contains("<script>window."), page.toString());
      assertFalse(html.contains("<img src=x"), page.toString());
      assertFalse(html.contains("href=\"javascript"), page.toString());
    }
    try (Browser browser = Browser.start(1200, 900, folder.resolve("profile"))) {
      for (Path page : pages) {
        browser.open(page);
        assertEquals(
            true,
            browser
                .driver()
                .executeScript(
                    "return window."
                        + HostileNames.HIT
                        + " === undefined && document.querySelector('[onmouseover],[onerror],a[href^=javascript]') === null"),
            page.toString());
        assertTrue(
            browser.driver().getPageSource().contains("onerror"), "the name stands in " + page);
      }
    }
  }

  private List<Path> pages(String name) throws IOException {
    String word = "javascript:window.rackplanHit=1";
    Path file = solved("pages", name, word);
    TinyProblem tiny = new TinyProblem(folder.resolve("model"));
    tiny.write("models/tiny-moe.json", TinyProblem.MODEL.replace("\"tiny-moe\"", quoted(name)));
    Path out = folder.resolve("html");
    run("report", file.toString(), "-o", out.toString());
    run("compare", file.toString(), "--html", out.resolve("compare.html").toString());
    run(
        "roofline",
        "--model",
        tiny.path("models/tiny-moe.json"),
        "--gpu",
        "h200",
        "--html",
        out.resolve("roofline.html").toString());
    return List.of(
        out.resolve(word + ".html"), out.resolve("compare.html"), out.resolve("roofline.html"));
  }

  private static void run(String... words) {
    CommandRun run = CommandRun.of(words);
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
  }
}
