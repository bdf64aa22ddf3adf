package dev.rackplan.calibrate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/** One column's values, a row each. */
sealed interface TableColumn {
  /** Rows from 0. */
  int rows();

  /** The number in {@code row}; NaN where the cell is empty, nothing where it is no number. */
  OptionalDouble number(int row);

  /** The cell as text; empty where it is. */
  String text(int row);

  /** Numbers; NaN is an empty cell. */
  final class Numbers implements TableColumn {
    // Whole numbers up to here are exact, and shown without a point.
    private static final double EXACT = 1L << 53;

    private final double[] values;

    private Numbers(double[] values) {
      this.values = values;
    }

    @Override
    public int rows() {
      return values.length;
    }

    @Override
    public OptionalDouble number(int row) {
      double value = values[row];
      return Double.isInfinite(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    @Override
    public String text(int row) {
      double value = values[row];
      if (Double.isNaN(value)) {
        return "";
      }
      return value == Math.rint(value) && Math.abs(value) <= EXACT
          ? Long.toString((long) value)
          : Double.toString(value);
    }
  }

  /** Texts, each different one kept once. */
  final class Texts implements TableColumn {
    private static final Pattern NUMBER =
        Pattern.compile("[-+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]{1,9})?");

    private final int[] codes;
    private final List<String> words;
    private final OptionalDouble[] numbers;

    private Texts(int[] codes, List<String> words) {
      this.codes = codes;
      this.words = words;
      this.numbers = words.stream().map(Texts::parsed).toArray(OptionalDouble[]::new);
    }

    @Override
    public int rows() {
      return codes.length;
    }

    @Override
    public OptionalDouble number(int row) {
      return numbers[codes[row]];
    }

    @Override
    public String text(int row) {
      return words.get(codes[row]);
    }

    private static OptionalDouble parsed(String word) {
      if (word.isBlank() || word.equalsIgnoreCase("nan")) {
        return OptionalDouble.of(Double.NaN);
      }
      // Java also reads 1d, 0x1p3 and Infinity, which no table means.
      if (!NUMBER.matcher(word).matches()) {
        return OptionalDouble.empty();
      }
      double value = Double.parseDouble(word);
      return Double.isInfinite(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
    }
  }

  /** Collects numbers row by row. */
  final class NumbersBuilder {
    private double[] values = new double[1024];
    private int rows;

    void add(double value) {
      if (rows == values.length) {
        values = Arrays.copyOf(values, 2 * rows);
      }
      values[rows++] = value;
    }

    TableColumn build() {
      return new Numbers(Arrays.copyOf(values, rows));
    }
  }

  /** Collects texts row by row. */
  final class TextsBuilder {
    private final Map<String, Integer> known = new HashMap<>();
    private final List<String> words = new ArrayList<>();
    private int[] codes = new int[1024];
    private int rows;

    void add(String word) {
      addCode(code(word));
    }

    /** What {@link #addCode} takes for {@code word}. */
    int code(String word) {
      return known.computeIfAbsent(
          word,
          fresh -> {
            words.add(fresh);
            return words.size() - 1;
          });
    }

    void addCode(int code) {
      if (rows == codes.length) {
        codes = Arrays.copyOf(codes, 2 * rows);
      }
      codes[rows++] = code;
    }

    TableColumn build() {
      return new Texts(Arrays.copyOf(codes, rows), List.copyOf(words));
    }
  }
}
