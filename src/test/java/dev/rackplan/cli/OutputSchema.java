package dev.rackplan.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The shape of JSON values, seen from samples: types, the keys of objects and which of them every
 * sample has. Objects whose keys are names of things, not words of the format, are maps.
 */
final class OutputSchema {
  private static final String WORD = "[a-z][A-Za-z0-9]*";

  private final Set<String> types = new TreeSet<>();
  private final Map<String, OutputSchema> keys = new TreeMap<>();
  private final Map<String, Integer> seen = new TreeMap<>();
  private int objects;
  private boolean named;
  private OutputSchema items;
  private OutputSchema values;

  /** Takes one more sample. */
  void add(Object value) {
    if (value instanceof Map<?, ?> map) {
      types.add("object");
      objects++;
      named |= map.keySet().stream().anyMatch(key -> !key.toString().matches(WORD));
      map.forEach(
          (key, below) -> {
            keys.computeIfAbsent(key.toString(), name -> new OutputSchema()).add(below);
            seen.merge(key.toString(), 1, Integer::sum);
            values = values == null ? new OutputSchema() : values;
            values.add(below);
          });
    } else if (value instanceof List<?> list) {
      types.add("array");
      items = items == null ? new OutputSchema() : items;
      list.forEach(items::add);
    } else {
      types.add(type(value));
    }
  }

  private static String type(Object value) {
    if (value == null) {
      return "null";
    }
    return value instanceof String ? "string" : value instanceof Boolean ? "boolean" : "number";
  }

  /** As JSON Schema. */
  Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    if (types.isEmpty()) {
      return tree;
    }
    tree.put("type", types.size() == 1 ? types.iterator().next() : List.copyOf(types));
    if (named) {
      tree.put("additionalProperties", values.tree());
    } else if (objects > 0) {
      List<String> always =
          keys.keySet().stream().filter(key -> seen.get(key) == objects && objects > 1).toList();
      if (!always.isEmpty()) {
        tree.put("required", always);
      }
      Map<String, Object> properties = new LinkedHashMap<>();
      keys.forEach((key, below) -> properties.put(key, below.tree()));
      tree.put("properties", properties);
    }
    if (items != null && !items.types.isEmpty()) {
      tree.put("items", items.tree());
    }
    return tree;
  }

  /** Paths of keys of a value that a schema does not name. */
  static List<String> unknown(Object value, Object schema, String path) {
    List<String> unknown = new ArrayList<>();
    if (!(schema instanceof Map<?, ?> known)) {
      unknown.add(path);
    } else if (value instanceof Map<?, ?> map) {
      map.forEach(
          (key, below) -> {
            Object of =
                known.get("properties") instanceof Map<?, ?> properties
                    ? properties.get(key)
                    : known.get("additionalProperties");
            unknown.addAll(unknown(below, of, path + "." + key));
          });
    } else if (value instanceof List<?> list) {
      list.forEach(below -> unknown.addAll(unknown(below, known.get("items"), path + "[]")));
    }
    return unknown;
  }
}
