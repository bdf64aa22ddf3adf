package dev.rackplan.export;

import java.util.ArrayList;
import java.util.List;

/**
 * A pipeline layout of Megatron-LM, read as its help describes it: E embedding, t layer, m
 * multi-token prediction, L loss, a bar between stages; {@code x*n} and {@code (..)*n} repeat,
 * without nesting; commas mean nothing.
 */
public record MegatronLayout(List<String> stages) {

  /** One string of letters for each stage. */
  public static MegatronLayout parse(String text) {
    String flat = expand(text.replace(",", ""));
    List<String> stages = new ArrayList<>(List.of(flat.split("\\|", -1)));
    String letters = flat.replace("|", "");
    if (!letters.matches("Et*m*L")) {
      throw new IllegalArgumentException("one E, then layers, then m, then one L: " + letters);
    }
    return new MegatronLayout(List.copyOf(stages));
  }

  private static String expand(String text) {
    StringBuilder out = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      int end;
      String unit;
      if (text.charAt(at) == '(') {
        int close = text.indexOf(')', at);
        unit = text.substring(at + 1, close);
        if (unit.contains("(") || unit.contains("*")) {
          throw new IllegalArgumentException("nested: " + unit);
        }
        end = close + 1;
      } else {
        unit = text.substring(at, at + 1);
        if (!"EtmL|".contains(unit)) {
          throw new IllegalArgumentException("unknown: " + unit);
        }
        end = at + 1;
      }
      int times = 1;
      if (end < text.length() && text.charAt(end) == '*') {
        int digits = end + 1;
        while (digits < text.length() && Character.isDigit(text.charAt(digits))) {
          digits++;
        }
        times = Integer.parseInt(text.substring(end + 1, digits));
        end = digits;
      }
      out.append(unit.repeat(times));
      at = end;
    }
    return out.toString();
  }

  /** Layers of rank {@code rank} of {@code ranks}: stage a·ranks + b is chunk a of rank b. */
  public int layersOfRank(int rank, int ranks) {
    int layers = 0;
    for (int stage = rank; stage < stages.size(); stage += ranks) {
      layers += (int) stages.get(stage).chars().filter(letter -> letter == 't').count();
    }
    return layers;
  }
}
