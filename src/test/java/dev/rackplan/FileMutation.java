package dev.rackplan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Changes files as bad luck or a bad tool would: bytes flipped, cut, doubled or put in; values of a
 * JSON tree replaced, removed, doubled, nested or put in another place.
 */
public final class FileMutation {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<String> TOKENS =
      List.of(
          "null",
          "true",
          "-1",
          "0",
          "1e999",
          "1e-999",
          "2147483648",
          "9223372036854775808",
          "0.1e1",
          "NaN",
          "\"\"",
          "\"x\"",
          "\"../../../../../dev/null\"",
          "\"\\u0000\"",
          "\"\ud83d\"",
          "[]",
          "{}",
          "[[[[[[",
          "{\"a\":",
          ",",
          ":",
          "\"",
          "\\",
          "\n",
          "\r",
          "\u0000",
          "#",
          ";",
          "1048577",
          "0.9999999999999999",
          "\"rack-0\"",
          "\"powerLaw\"",
          "\"training\"");

  private static final List<Object> VALUES =
      List.of(
          -1,
          0,
          1,
          2,
          3,
          7,
          64,
          1000,
          65_536,
          1_000_000,
          Integer.MAX_VALUE,
          Long.MAX_VALUE,
          0.5,
          1e-300,
          1e300,
          true,
          false,
          "",
          "x",
          "..",
          "/",
          "deepseek-v3",
          "gb200",
          "prefill",
          "training",
          "even",
          "fp4",
          List.of(),
          List.of(1, 2),
          Map.of(),
          Map.of("count", 3));

  private static final Pattern NUMBER = Pattern.compile("(?<![\\w.\"-])\\d+(\\.\\d+)?");

  private static final List<String> EXTREMES =
      List.of(
          "0",
          "100000",
          "1048576",
          "1000000000",
          "2147483647",
          "2147483648",
          "4294967296",
          "1000000000000",
          "9007199254740993",
          "9223372036854775807",
          "1e15",
          "1e300",
          "1e-300",
          "4.9e-324",
          "0.000001",
          "1e-9");

  private final SplittableRandom random;

  public FileMutation(long seed) {
    random = new SplittableRandom(seed);
  }

  /** {@code text} with one to three changes. */
  public byte[] mutated(String text) {
    // Half of all, so that many are still read: one number that is another one.
    if (random.nextInt(2) == 0) {
      return nudged(text).getBytes(StandardCharsets.UTF_8);
    }
    String changed = random.nextInt(2) == 0 ? structure(text) : text;
    byte[] bytes = changed.getBytes(StandardCharsets.UTF_8);
    int changes = changed.equals(text) ? 1 + random.nextInt(3) : random.nextInt(2);
    for (int i = 0; i < changes && bytes.length > 0; i++) {
      bytes = bytesChanged(bytes);
    }
    return bytes;
  }

  /** The text with one of its numbers, or two, made smaller, larger or extreme. */
  private String nudged(String text) {
    String changed = text;
    for (int i = 0; i <= random.nextInt(2); i++) {
      List<MatchResult> numbers = NUMBER.matcher(changed).results().toList();
      if (!numbers.isEmpty()) {
        MatchResult at = numbers.get(random.nextInt(numbers.size()));
        changed =
            changed.substring(0, at.start()) + other(at.group()) + changed.substring(at.end());
      }
    }
    return changed;
  }

  private String other(String number) {
    double value = Double.parseDouble(number);
    boolean whole = !number.contains(".");
    double factor = List.of(0.001, 0.1, 0.5, 2.0, 3.0, 10.0, 1e3, 1e6, 1e9).get(random.nextInt(9));
    return switch (random.nextInt(5)) {
      case 0 -> EXTREMES.get(random.nextInt(EXTREMES.size()));
      case 1 -> whole ? Long.toString((long) value + (random.nextBoolean() ? 1 : -1)) : "0.5";
      case 2 -> Integer.toString(random.nextInt(12));
      default ->
          whole && value * factor < 9e18
              ? Long.toString((long) (value * factor))
              : Double.toString(value * factor);
    };
  }

  private byte[] bytesChanged(byte[] bytes) {
    int at = random.nextInt(bytes.length);
    int length = Math.min(bytes.length - at, 1 + random.nextInt(20));
    return switch (random.nextInt(6)) {
      case 0 -> {
        byte[] flipped = bytes.clone();
        flipped[at] ^= (byte) (1 << random.nextInt(8));
        yield flipped;
      }
      case 1 -> spliced(bytes, at, length, new byte[0]);
      case 2 -> spliced(bytes, at, 0, Arrays.copyOfRange(bytes, at, at + length));
      case 3 -> Arrays.copyOf(bytes, at);
      case 4 -> spliced(bytes, number(bytes, at), digits(bytes, number(bytes, at)), token());
      default -> spliced(bytes, at, random.nextInt(2) * length, token());
    };
  }

  private byte[] token() {
    return TOKENS.get(random.nextInt(TOKENS.size())).getBytes(StandardCharsets.UTF_8);
  }

  private static int number(byte[] bytes, int from) {
    int at = from;
    while (at < bytes.length - 1 && !Character.isDigit(bytes[at])) {
      at++;
    }
    return at;
  }

  private static int digits(byte[] bytes, int from) {
    int to = from;
    while (to < bytes.length && Character.isDigit(bytes[to])) {
      to++;
    }
    return to - from;
  }

  private static byte[] spliced(byte[] bytes, int at, int drop, byte[] put) {
    byte[] result = new byte[bytes.length - drop + put.length];
    System.arraycopy(bytes, 0, result, 0, at);
    System.arraycopy(put, 0, result, at, put.length);
    System.arraycopy(bytes, at + drop, result, at + put.length, bytes.length - at - drop);
    return result;
  }

  /**
   * One value of the tree replaced, removed, or put in another place; the text where it is none.
   */
  private String structure(String text) {
    JsonNode tree;
    try {
      tree = JSON.readTree(text);
    } catch (IOException e) {
      return text;
    }
    List<JsonNode> parents = new ArrayList<>();
    parents(tree, parents);
    if (parents.isEmpty()) {
      return text;
    }
    JsonNode parent = parents.get(random.nextInt(parents.size()));
    int child = random.nextInt(parent.size());
    if (parent instanceof ArrayNode list) {
      switch (random.nextInt(3)) {
        case 0 -> list.remove(child);
        case 1 -> list.add(list.get(child).deepCopy());
        default -> list.set(child, value(parents));
      }
    } else if (parent instanceof ObjectNode object) {
      List<String> names = new ArrayList<>();
      object.fieldNames().forEachRemaining(names::add);
      String name = names.get(child);
      switch (random.nextInt(4)) {
        case 0 -> object.remove(name);
        case 1 -> object.set(name + "x", object.get(name).deepCopy());
        default -> object.set(name, value(parents));
      }
    }
    return tree.toString();
  }

  private JsonNode value(List<JsonNode> parents) {
    return random.nextInt(5) == 0
        ? parents.get(random.nextInt(parents.size())).deepCopy()
        : JSON.valueToTree(VALUES.get(random.nextInt(VALUES.size())));
  }

  private static void parents(JsonNode node, List<JsonNode> found) {
    if (node.isContainerNode() && node.size() > 0) {
      found.add(node);
      node.forEach(child -> parents(child, found));
    }
  }
}
