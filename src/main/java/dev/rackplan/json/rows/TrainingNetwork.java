package dev.rackplan.json.rows;

import dev.rackplan.topology.LinkSpec;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A GPU's way out of its node, from what a measured training row says of its network: {@code 400
 * Gb/s InfiniBand a GPU}, {@code 8x HDR InfiniBand 200 Gb/s a node}, {@code 1600 Gb/s RoCE}.
 *
 * <p>A rate of a GPU is called so, or is a single port's; counted ports, and rates that no single
 * port has, are a node's, which its GPUs share.
 */
final class TrainingNetwork {
  private static final Pattern RATE =
      Pattern.compile(
          "(?:(\\d+) ?[x×*] ?[^0-9]*?)?(\\d+(?:\\.\\d+)?) ?(T|G)(?:b/s|bps|bit/s|bE\\b|bit\\b)");
  private static final double TERA_IN_GIGA = 1000;
  private static final double BYTES_PER_GIGABIT = 1e9 / 8;
  // What one port of a GPU carries at most: ConnectX-7; faster ones are a node's several.
  private static final double FASTEST_PORT = 400;

  private TrainingNetwork() {}

  /** {@code usual} where the words name no rate. */
  static LinkSpec nic(String words, LinkSpec usual, int gpusPerNode) {
    Matcher rate = RATE.matcher(words);
    if (!rate.find()) {
      return usual;
    }
    double gigabits =
        Double.parseDouble(rate.group(2)) * (rate.group(3).equals("T") ? TERA_IN_GIGA : 1);
    boolean counted = rate.group(1) != null;
    boolean ofGpu = words.matches("(?i).*(\\ban? |\\bper |/ ?)(gpu|device|accelerator|chip)\\b.*");
    boolean ofNode = words.matches("(?i).*(\\ba |\\bper |/ ?)(node|server|host)\\b.*");
    boolean single = !counted && !ofNode && gigabits == FASTEST_PORT;
    double ports = counted ? Double.parseDouble(rate.group(1)) : 1;
    double share = ofGpu || single ? 1 : 1.0 / Math.max(1, gpusPerNode);
    return new LinkSpec(
        gigabits * ports * share * BYTES_PER_GIGABIT, usual.latencySeconds(), usual.efficiency());
  }
}
