package dev.rackplan.inventory;

import dev.rackplan.json.InputDoor;
import dev.rackplan.json.InputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One file with what a tool printed.
 *
 * @param file where it lies
 * @param shown the path as the user gave it
 * @param kind what printed it
 * @param lines its text without colours
 */
record ToolOutput(Path file, String shown, Kind kind, List<String> lines) {
  private static final int MOST_BYTES = 1 << 28;
  // nvidia-smi underlines its heads, also into files.
  private static final Pattern COLOUR = Pattern.compile("\u001B\\[[0-9;]*[A-Za-z]");

  /** What printed it, told by a mark that each of its outputs has. */
  enum Kind {
    NVIDIA_MATRIX("nvidia-smi topo -m", "(?m)^GPU[0-9]+\\s+.*\\bX\\b"),
    NVIDIA_QUERY("nvidia-smi -q", "(?m)^Attached GPUs\\s*:|^=+NVSMI LOG=+"),
    ROCM("rocm-smi --showtopo", "Link Type between two GPUs|Link type between DRM devices"),
    SLURM_TOPOLOGY("Slurm's topology.conf", "(?mi)^\\s*(SwitchName|BlockName)\\s*="),
    SLURM_YAML("Slurm's topology.yaml", "(?m)^\\s*-\\s+topology\\s*:"),
    SLURM_NODES("scontrol show nodes", "(?m)^\\s*NodeName=\\S+.*"),
    KUBERNETES("kubectl get nodes -o json", "(?s)\\A\\s*\\{.*\"(items|kind)\"\\s*:");

    private final String command;
    private final Pattern mark;

    Kind(String command, String mark) {
      this.command = command;
      this.mark = Pattern.compile(mark);
    }

    String command() {
      return command;
    }
  }

  /** Reads a file. */
  static ToolOutput read(Path file, String shown) {
    byte[] bytes = InputDoor.bytes(file, shown, MOST_BYTES, remedy());
    String text = new String(bytes, StandardCharsets.UTF_8);
    text = COLOUR.matcher(text).replaceAll("").replace("\uFEFF", "");
    String plain = text;
    List<Kind> kinds =
        Arrays.stream(Kind.values()).filter(kind -> kind.mark.matcher(plain).find()).toList();
    if (kinds.isEmpty()) {
      throw new InputException(shown, "", "is no output that is known", remedy());
    }
    if (kinds.size() > 1) {
      throw new InputException(
          shown,
          "",
          "holds the output of "
              + kinds.stream().map(Kind::command).collect(Collectors.joining(" and of ")),
          "Write each into a file of its own.");
    }
    return new ToolOutput(file, shown, kinds.get(0), text.lines().toList());
  }

  private static String remedy() {
    return "Give what one of these prints: "
        + Arrays.stream(Kind.values()).map(Kind::command).collect(Collectors.joining(", "))
        + ".";
  }

  /** The text again. */
  String text() {
    return String.join("\n", lines);
  }

  /** An error in a line, counted from 0. */
  InputException error(int line, String problem, String remedy) {
    return new InputException(shown, "line " + (line + 1), problem, remedy);
  }

  /** What the file is called, without folder and ending: the host, where files are of one each. */
  String host() {
    return file.getFileName().toString().replaceFirst("\\..*$", "");
  }
}
