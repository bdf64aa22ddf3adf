package dev.rackplan.json;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Plain Java values as JSON text: two spaces of indent, lists of scalars on one line, keys in the
 * map's order.
 *
 * <p>Values: Map with String keys, List, String, Boolean, Integer, Long, Double. Equal values give
 * equal bytes on every Java version; NaN, infinities and null are refused.
 */
public final class JsonText {
  private final StringBuilder out = new StringBuilder();

  private JsonText() {}

  /** {@code value} as text that ends with a line break. */
  public static String of(Object value) {
    JsonText text = new JsonText();
    text.append(value, "$", 0);
    return text.out.append('\n').toString();
  }

  /** The same on one line, as JSON lines want it; line breaks stand between values only. */
  public static String line(Object value) {
    return of(value).lines().map(String::strip).collect(Collectors.joining("", "", "\n"));
  }

  private void append(Object value, String path, int depth) {
    if (value instanceof Map<?, ?> map) {
      appendMap(map, path, depth);
    } else if (value instanceof List<?> list) {
      appendList(list, path, depth);
    } else if (value instanceof String string) {
      appendString(string);
    } else if (value instanceof Boolean || value instanceof Integer || value instanceof Long) {
      out.append(value);
    } else if (value instanceof Double number) {
      if (!Double.isFinite(number)) {
        throw new IllegalArgumentException(path + " is " + number + ", which JSON can't hold");
      }
      out.append(shortest(number));
    } else {
      throw new IllegalArgumentException(
          path
              + " is "
              + (value == null ? "null" : "a " + value.getClass().getName())
              + ", which is not written");
    }
  }

  private void appendMap(Map<?, ?> map, String path, int depth) {
    if (map.isEmpty()) {
      out.append("{}");
      return;
    }
    out.append("{\n");
    for (Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
        entries.hasNext(); ) {
      Map.Entry<?, ?> entry = entries.next();
      indent(depth + 1);
      appendString((String) entry.getKey());
      out.append(": ");
      append(entry.getValue(), path + "." + entry.getKey(), depth + 1);
      out.append(entries.hasNext() ? ",\n" : "\n");
    }
    indent(depth);
    out.append('}');
  }

  private void appendList(List<?> list, String path, int depth) {
    boolean oneLine = list.stream().noneMatch(item -> item instanceof Map || item instanceof List);
    out.append('[');
    for (int i = 0; i < list.size(); i++) {
      if (!oneLine) {
        out.append(i == 0 ? "\n" : ",\n");
        indent(depth + 1);
      } else if (i > 0) {
        out.append(", ");
      }
      append(list.get(i), path + "[" + i + "]", depth + 1);
    }
    if (!oneLine) {
      out.append('\n');
      indent(depth);
    }
    out.append(']');
  }

  private void indent(int depth) {
    out.append("  ".repeat(depth));
  }

  private void appendString(String string) {
    out.append('"');
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          // Lone surrogates have no UTF-8 form.
          if (c < 0x20 || c == 0x7f || Character.isSurrogate(c)) {
            out.append(String.format(java.util.Locale.ROOT, "\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /** As {@link #shortest}, whole numbers without {@code .0}: for messages. */
  public static String plain(double value) {
    return shortest(value).replaceFirst("\\.0$", "");
  }

  /**
   * The fewest digits that read back as {@code value}, always with a point.
   *
   * <p>Not Double.toString: before Java 19 that sometimes writes a digit too many, and files must
   * not depend on the Java version.
   */
  static String shortest(double value) {
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal exact = new BigDecimal(value);
    BigDecimal rounded = exact;
    for (int digits = 1; digits <= 17; digits++) {
      rounded = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
      if (Double.parseDouble(rounded.toString()) == value) {
        break;
      }
    }
    rounded = rounded.stripTrailingZeros();
    int exponent = rounded.precision() - rounded.scale() - 1;
    if (exponent >= -5 && exponent < 15) {
      return rounded.scale() <= 0 ? rounded.setScale(1).toPlainString() : rounded.toPlainString();
    }
    String digits = rounded.unscaledValue().abs().toString();
    String fraction = digits.length() > 1 ? digits.substring(1) : "0";
    return (value < 0 ? "-" : "") + digits.charAt(0) + "." + fraction + "E" + exponent;
  }
}
