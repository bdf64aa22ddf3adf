package dev.rackplan.law;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The numbers that a record of numbers, or of such records, holds, in the order of its components.
 */
public final class Components {
  private Components() {}

  /** The values of a law's parameters, in its form's order. */
  public static List<Double> values(Law<?> law) {
    List<Double> values = new ArrayList<>();
    collect((Record) law, (name, value) -> values.add(value));
    return values;
  }

  /** The shape of an operation, by the names of its components. */
  public static Map<String, Double> shape(Op op) {
    Map<String, Double> shape = new LinkedHashMap<>();
    collect((Record) op, shape::put);
    return shape;
  }

  /** Takes one number. */
  @FunctionalInterface
  private interface Taker {
    void take(String name, double value);
  }

  private static void collect(Record record, Taker taker) {
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      Object value = value(record, component);
      if (value instanceof Double number) {
        taker.take(component.getName(), number);
      } else if (value instanceof Record inner) {
        collect(inner, taker);
      }
    }
  }

  private static Object value(Record record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a public record has public accessors", e);
    }
  }
}
