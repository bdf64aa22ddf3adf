package dev.rackplan.inventory;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code nvidia-smi -q}: a paragraph for each GPU, keys and values with a colon between, sections
 * by indent.
 *
 * @param gpus how many are attached
 * @param product what the driver calls them
 * @param fabric the NVLink domain over hosts that they are in: {@code ClusterUUID.CliqueId}, as the
 *     label nvidia.com/gpu.clique; empty where there is none
 * @param pcieGeneration most that their PCIe links do; empty where it is not said
 * @param partitioned GPUs that are divided (MIG)
 */
record NvidiaQuery(
    int gpus,
    String product,
    Optional<String> fabric,
    OptionalInt pcieGeneration,
    int partitioned) {
  private static final Pattern KEY = Pattern.compile("^\\s+([^:]+?)\\s*:\\s*(.*?)\\s*$");
  private static final Pattern ATTACHED = Pattern.compile("^Attached GPUs\\s*:\\s*([0-9]+)\\s*$");
  private static final Pattern GPU = Pattern.compile("^GPU [0-9A-Fa-f]+:.*");
  private static final String NO_CLUSTER = "00000000-0000-0000-0000-000000000000";
  private static final String AGAIN = "Write it into a file as it is: nvidia-smi -q > FILE.";

  static NvidiaQuery read(ToolOutput output) {
    int attached = -1;
    int attachedLine = 0;
    int seen = 0;
    int partitioned = 0;
    Set<String> products = new TreeSet<>();
    Set<String> fabrics = new TreeSet<>();
    Set<Integer> generations = new TreeSet<>();
    String section = "";
    String clique = "";
    for (int line = 0; line < output.lines().size(); line++) {
      String text = output.lines().get(line);
      Matcher count = ATTACHED.matcher(text);
      if (count.matches()) {
        attached = Integer.parseInt(count.group(1));
        attachedLine = line;
      }
      if (GPU.matcher(text).matches()) {
        seen++;
      }
      Matcher found = KEY.matcher(text);
      if (!found.matches()) {
        section = text.strip().isEmpty() ? section : text.strip();
        continue;
      }
      String value = found.group(2);
      switch (found.group(1)) {
        case "Product Name" -> products.add(value);
        case "CliqueId" -> clique = value;
        case "ClusterUUID" -> {
          if (!value.equals("N/A") && !value.equals(NO_CLUSTER)) {
            fabrics.add(value + "." + clique);
          }
        }
        case "Current" -> {
          if (section.equals("MIG Mode") && value.equals("Enabled")) {
            partitioned++;
          }
        }
        case "Max" -> {
          if (section.equals("PCIe Generation") && value.matches("[1-9]")) {
            generations.add(Integer.parseInt(value));
          }
        }
        default -> {}
      }
    }
    refuseTorn(output, attached, attachedLine, seen);
    return new NvidiaQuery(
        attached,
        one(output, products, "products"),
        fabrics.isEmpty() ? Optional.empty() : Optional.of(one(output, fabrics, "NVLink domains")),
        generations.stream().mapToInt(Integer::intValue).min().stream()
            .boxed()
            .findFirst()
            .map(OptionalInt::of)
            .orElse(OptionalInt.empty()),
        partitioned);
  }

  private static void refuseTorn(ToolOutput output, int attached, int line, int seen) {
    if (attached < 1 || seen != attached) {
      throw output.error(
          attached < 0 ? 0 : line,
          attached < 0
              ? "does not say how many GPUs are attached"
              : "says " + attached + " GPUs, " + seen + " follow",
          AGAIN);
    }
  }

  private static String one(ToolOutput output, Set<String> values, String what) {
    if (values.size() != 1) {
      List<String> named = new ArrayList<>(values);
      throw output.error(
          0,
          values.isEmpty()
              ? "names no product"
              : "has GPUs of several " + what + ": " + String.join(", ", named),
          values.isEmpty() ? AGAIN : "A node has GPUs of one kind: write this host by hand.");
    }
    return values.iterator().next();
  }
}
