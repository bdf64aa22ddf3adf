package dev.rackplan.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Draws command lines from picocli's own model of the commands, so that a new command, option or
 * value of an enum is drawn without a word here.
 *
 * <p>Values come from what the option's label asks for in most cases, else from anything. A line
 * that searches has a budget of a moment. Paths lie in the folder of the fuzzer, or can't be
 * written.
 */
final class OptionLines {
  private static final List<String> WHOLE = List.of("0", "1", "2", "3", "8", "50", "4096");
  private static final List<String> DECIMAL =
      List.of("0", "0.5", "1", "1.5", "3", "12.5", "200000", "1e-3", "1e6");
  private static final List<String> EXTREME =
      List.of(
          "-1",
          "-0.0",
          "2147483647",
          "2147483648",
          "-2147483648",
          "9223372036854775807",
          "9223372036854775808",
          "1e300",
          "1e-300",
          "1e999",
          "4.9E-324",
          "1.7976931348623157E308",
          "NaN",
          "Infinity",
          "-Infinity",
          "0x10",
          "0x1p3",
          "5d",
          "1_000",
          "+5",
          " 7 ",
          "1,2,3",
          ",",
          "1,,2",
          "\u0661\u0662",
          "999999999999999999999999999999");
  private static final List<String> WORDS =
      List.of(
          "",
          " ",
          "x",
          "-",
          "--",
          "=",
          "a=b",
          "a=b=c",
          "=x",
          "\"",
          "'",
          "\0",
          "a\0b",
          "\n",
          "\u00e9\u00fc",
          "\ud83d\ude00",
          "\ud83d",
          "%s",
          "%n",
          "{}",
          "[",
          "*",
          "?",
          "**",
          "[a",
          "@file",
          "$HOME",
          "~",
          "3-10,20",
          "10-3",
          "-3",
          "1-",
          "0:0",
          "1:9",
          "99999999999:1",
          "1:-1",
          "x".repeat(5000),
          "NUL",
          "con",
          "\u202e",
          "spark",
          "local[2]");
  private static final List<String> NAMES =
      List.of(
          "h100-sxm",
          "gb200",
          "deepseek-v3",
          "gpt-oss-20b",
          "gemma-3-27b",
          "fp8",
          "bf16",
          "rack-0",
          "rack-1/domain-0",
          "rack-0/domain-0/node-0/gpu-0",
          "1-2",
          "1,2",
          "1:3",
          "model.layers=4",
          "model.experts=16",
          "workload.contextTokens=100",
          "sglang",
          "vllm",
          "trtllm",
          "kubernetes",
          "llm-d",
          "dynamo",
          "slurm",
          "megatron");
  private static final List<String> TIMES = List.of("1ms", "20ms", "0.02s", "0.0001m");
  private static final List<String> BAD_TIMES =
      List.of("0s", "-1s", "1", "s", "1e3s", "999999999h", "0.000000001ms", "1d", "1 s");

  /** Options that say how much is searched: only so much of them that is valid. */
  private static final Map<String, List<String>> BUDGET =
      Map.of(
          "--steps", List.of("1", "7", "50"),
          "--time-limit", TIMES,
          "--total-time", List.of("50ms"),
          "--seeds", List.of("1", "2"));

  /** Without one of them a search takes its default, which is half a minute. */
  private static final Set<String> LIMITS = Set.of("--steps", "--time-limit", "--total-time");

  private static final String ROWS = "--measured";

  private static final List<String> BAD_BUDGET =
      List.of("0", "-1", "NaN", "1e3", "", "9223372036854775808", "x", "-5s");

  /** What a name or label that holds the key means, by the beginning of the files' names. */
  private static final Map<String, String> KINDS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("map", "maps/"),
              Map.entry("host", "hosts/"),
              Map.entry("solution", "solutions/"),
              Map.entry("from", "solutions/"),
              Map.entry("topology", "topologies/"),
              Map.entry("model", "models/"),
              Map.entry("requests", "traces/"),
              Map.entry("trace", "traces/"),
              Map.entry("problem", "problems/"),
              Map.entry("solve", "problems/"),
              Map.entry("benchmark", "problems/")));

  private static final List<String> THEMES =
      List.of("decode", "recorded", "training", "serving", "s");

  private final SplittableRandom random;
  private final FuzzFolder folder;
  private final List<CommandSpec> commands = new ArrayList<>();
  // Share of values that are odd; most lines are tame, or few would come far.
  private double odd;
  // What a line is about: a problem and its solution belong together.
  private String theme = "";

  OptionLines(long seed, FuzzFolder folder) {
    this.random = new SplittableRandom(seed);
    this.folder = folder;
    PrintWriter nowhere = new PrintWriter(PrintWriter.nullWriter());
    collect(Main.commandLine(new RackplanCommand(), nowhere, nowhere).getCommandSpec());
  }

  private void collect(CommandSpec command) {
    commands.add(command);
    Set<CommandLine> seen = Set.copyOf(command.subcommands().values());
    new TreeMap<>(command.subcommands())
        .values().stream()
            .filter(seen::contains)
            .distinct()
            .forEach(line -> collect(line.getCommandSpec()));
  }

  /** One more line; commands take turns. */
  List<String> next(int index) {
    CommandSpec command = commands.get(index % commands.size());
    odd = chance(0.7) ? 0.02 : 0.3;
    theme = any(THEMES);
    List<String> line = new ArrayList<>(Arrays.asList(command.qualifiedName(" ").split(" ")));
    line.remove(0);
    List<String> drawn = new ArrayList<>();
    for (OptionSpec option : command.options()) {
      boolean help = option.usageHelp() || option.versionHelp();
      // A default that is a path lies in the working directory, which is not the fuzzer's.
      boolean needed =
          option.required() ? chance(1 - odd / 4) : option.defaultValue() != null && isPath(option);
      if (needed || chance(help ? 0.005 : 0.15)) {
        drawn.add(option.longestName());
        add(command, line, option);
      }
    }
    limitSearch(command, drawn, line);
    for (PositionalParamSpec positional : command.positionalParameters()) {
      int least = positional.arity().min();
      int count = chance(odd / 4) ? 0 : Math.max(least, 1) + (chance(0.2) ? random.nextInt(3) : 0);
      for (int i = 0; i < count; i++) {
        line.add(value(command, positional));
      }
    }
    // What takes no value always does the same.
    if (!takesValues(command)) {
      line.add("x");
    } else if (chance(odd / 2)) {
      line.add(random.nextInt(line.size() + 1), any(WORDS));
    }
    if (chance(odd / 2) && line.size() > 1) {
      line.remove(random.nextInt(line.size()));
      line.add(any(WORDS));
      limitSearch(command, List.of(), line);
    }
    return line;
  }

  private static boolean takesValues(CommandSpec command) {
    return !command.positionalParameters().isEmpty()
        || command.options().stream().anyMatch(option -> option.arity().max() > 0);
  }

  private void limitSearch(CommandSpec command, List<String> drawn, List<String> line) {
    // Who follows a folder would not end.
    if (line.stream().anyMatch(word -> word.startsWith("--watch")) && !line.contains("--once")) {
      line.add("--once");
    }
    boolean steps = command.findOption("--steps") != null;
    if (steps && drawn.stream().noneMatch(LIMITS::contains)) {
      boolean time = command.findOption("--time-limit") != null && chance(0.5);
      line.addAll(time ? List.of("--time-limit", "20ms") : List.of("--steps", "20"));
    }
    // Without rows it prices all that are published, which takes as long as all other lines.
    if (command.findOption(ROWS) != null
        && line.stream().noneMatch(each -> each.startsWith(ROWS))) {
      line.addAll(List.of(ROWS, folder.path("measured/rows.csv")));
    }
  }

  private void add(CommandSpec command, List<String> line, OptionSpec option) {
    String name = any(Arrays.asList(option.names()));
    if (option.arity().max() == 0) {
      line.add(chance(odd / 10) ? name + "=" + any(WORDS) : name);
      return;
    }
    int times = option.isMultiValue() && chance(0.3) || chance(0.02) ? 2 : 1;
    for (int i = 0; i < times; i++) {
      String value = value(command, option);
      if (option.splitRegex() != null && !option.splitRegex().isEmpty() && chance(0.5)) {
        value += "," + value(command, option);
      }
      if (chance(0.3)) {
        line.add(name + "=" + value);
      } else {
        line.add(name);
        line.add(value);
      }
    }
  }

  private String value(CommandSpec command, ArgSpec argument) {
    String name = argument instanceof OptionSpec option ? option.longestName() : "";
    if (BUDGET.containsKey(name)) {
      return any(chance(1 - odd) ? BUDGET.get(name) : BAD_BUDGET);
    }
    if (isPath(argument)) {
      return path(command, argument);
    }
    String label = argument.paramLabel().toUpperCase(Locale.ROOT);
    if (label.contains("TIME")) {
      return any(chance(1 - odd) ? TIMES : BAD_TIMES);
    }
    if (chance(odd / 2)) {
      return any(WORDS);
    }
    if (argument.completionCandidates() != null && chance(1 - odd)) {
      List<String> candidates = new ArrayList<>();
      argument.completionCandidates().forEach(candidates::add);
      return any(candidates);
    }
    Class<?> type =
        argument.isMultiValue() || argument.typeInfo().isOptional()
            ? argument.auxiliaryTypes()[0]
            : argument.type();
    if (chance(odd + 0.05)) {
      return any(EXTREME);
    }
    if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
      return any(WHOLE);
    }
    return type == String.class ? any(NAMES) : any(DECIMAL);
  }

  // The option's name says which kind of file it wants, else its label, else the command's name.
  private static String about(CommandSpec command, ArgSpec argument) {
    String name = argument instanceof OptionSpec option ? option.longestName() : "";
    String own = (name + " " + argument.paramLabel()).toLowerCase(Locale.ROOT);
    return KINDS.keySet().stream().anyMatch(own::contains) ? own : own + " " + command.name();
  }

  /** Whether a label such as {@code FILE|DIR} or {@code SOLUTION} asks for a path. */
  private static boolean isPath(ArgSpec argument) {
    String label = argument.paramLabel().toUpperCase(Locale.ROOT);
    return List.of("FILE", "DIR", "SOLUTION", "PROBLEM", "SWEEP").stream()
        .anyMatch(label::contains);
  }

  private String path(CommandSpec command, ArgSpec argument) {
    if (argument.paramLabel().contains("NAME") && chance(0.4)) {
      return any(NAMES);
    }
    boolean written =
        List.of("-o", "--csv", "--html", "--results", "--chart").stream()
            .anyMatch(
                name ->
                    argument instanceof OptionSpec option
                        && Arrays.asList(option.names()).contains(name));
    if (chance(odd / 2)) {
      return any(oddPaths());
    }
    if (written && chance(1 - odd / 2)) {
      return folder.path("out/" + any(List.of("a", "b.csv", "deep/er", "\u00fc \u00e9.html")));
    }
    String about = about(command, argument);
    List<String> wanted =
        folder.names().stream()
            .filter(
                file ->
                    KINDS.entrySet().stream()
                        .anyMatch(
                            kind ->
                                about.contains(kind.getKey()) && file.startsWith(kind.getValue())))
            .toList();
    List<String> alike = wanted.stream().filter(file -> file.contains(theme)).toList();
    List<String> fitting = alike.isEmpty() || chance(0.2) ? wanted : alike;
    String file = any(chance(1 - odd) && !fitting.isEmpty() ? fitting : folder.names());
    return folder.path(
        chance(1 - odd / 2) ? file : file.substring(0, Math.max(0, file.lastIndexOf('/'))));
  }

  // None that a command could make outside of the folder.
  private List<String> oddPaths() {
    return List.of(
        "",
        " ",
        "\0",
        folder.path("a\0b"),
        folder.path("no/such/file.json"),
        folder.path("problems/decode.json/x"),
        folder.path("problems/*.json"),
        folder.path("*/decode.json"),
        folder.path("problems/[.json"),
        folder.path("problems/{a,b*"),
        folder.path("x".repeat(300)),
        folder.path("x/".repeat(3000)),
        folder.path("problems/../problems/./decode.json"),
        "/dev/null",
        "/dev/zero",
        "/dev/null/x",
        "/proc/self/mem/x",
        "/proc/nothing/x",
        "/",
        folder.path(""),
        folder.path("problems"),
        folder.path("out/\n"),
        folder.path("out/\ud83d"));
  }

  private <T> T any(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  private boolean chance(double share) {
    return random.nextDouble() < share;
  }
}
