package dev.rackplan.export;

import dev.rackplan.problem.EngineKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The release of each engine that exports are written for, with the names of all its flags: those
 * of its own parser, taken from the package by {@code src/engines/flags.py}.
 */
enum EngineRelease {
  SGLANG(EngineKind.SGLANG, "0.5.23", "sglang.launch_server"),
  VLLM(EngineKind.VLLM, "0.33.0", "vllm serve"),
  VLLM_ASCEND(EngineKind.VLLM_ASCEND, "0.23.0.post1", "vllm serve"),
  TENSORRT_LLM(EngineKind.TENSORRT_LLM, "1.2.0", "trtllm-serve"),
  /** Arguments come in a file of their own. */
  MEGATRON(EngineKind.MEGATRON, "0.16.1", "");

  private static final Pattern FLAG = Pattern.compile("(?<![\\w-])--[a-z][a-z0-9_-]*");
  private static final Pattern LINE_END = Pattern.compile("[^\\\\]\\n");

  private final EngineKind kind;
  private final String version;
  private final String command;

  EngineRelease(EngineKind kind, String version, String command) {
    this.kind = kind;
    this.version = version;
    this.command = command;
  }

  static EngineRelease of(EngineKind kind) {
    return Arrays.stream(values())
        .filter(release -> release.kind == kind)
        .findFirst()
        .orElseThrow();
  }

  String version() {
    return version;
  }

  EngineKind kind() {
    return kind;
  }

  /** Such as {@code SGLang 0.5.23}. */
  String title() {
    return kind.title() + " " + version;
  }

  /**
   * A flag that {@code text} gives the engine and the release doesn't know; empty where it knows
   * all of them.
   *
   * @param text a script that starts it, or a file of its arguments
   */
  Optional<String> unknownFlag(String text) {
    Set<String> known = flags();
    Matcher found = FLAG.matcher(arguments(text));
    while (found.find()) {
      if (!known.contains(found.group())) {
        return Optional.of(found.group());
      }
    }
    return Optional.empty();
  }

  // From the engine's command to the end of its line, which a backslash continues.
  private String arguments(String text) {
    int start = command.isEmpty() ? 0 : text.indexOf(command);
    if (start < 0) {
      return "";
    }
    Matcher end = LINE_END.matcher(text);
    return command.isEmpty() || !end.find(start)
        ? text.substring(start)
        : text.substring(start, end.start() + 1);
  }

  // vllm-ascend is a plugin: the command is vLLM's.
  private Set<String> flags() {
    String file =
        switch (this) {
          case SGLANG -> "sglang";
          case VLLM, VLLM_ASCEND -> "vllm";
          case TENSORRT_LLM -> "trtllm";
          case MEGATRON -> "megatron";
        };
    String name = "flags/" + file + ".txt";
    try (InputStream in = EngineRelease.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("no resource " + name);
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      Set<String> flags = new TreeSet<>();
      text.lines().filter(line -> line.startsWith("--")).forEach(flags::add);
      return flags;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
