package dev.rackplan.json;

import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;

/** Plain values as YAML. */
public final class YamlText {
  private YamlText() {}

  /** A key or an entry a line. */
  public static String of(Object value) {
    DumperOptions options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    options.setWidth(160);
    options.setSplitLines(false);
    return new Yaml(options).dump(value);
  }

  /** A list or map of plain values stays on one line. */
  public static String compact(Object value) {
    DumperOptions options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.AUTO);
    options.setWidth(Integer.MAX_VALUE);
    return new Yaml(options).dump(value);
  }
}
