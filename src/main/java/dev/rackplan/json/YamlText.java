package dev.rackplan.json;

import java.util.regex.Pattern;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;

/** Plain values as YAML. */
public final class YamlText {
  // Truth values and numbers that the library's own resolver leaves as text; readers in Go, such as
  // kubectl, do not.
  private static final Pattern READ_OTHERWISE =
      Pattern.compile("[yYnN]|[-+]?\\.?\\d[\\d_]*(\\.[\\d_]*)?[eE][-+]?\\d+|0o[0-7]+");

  private YamlText() {}

  /** Quotes texts that some reader takes for something else. */
  private static final class Quoting extends Representer {
    Quoting(DumperOptions options) {
      super(options);
    }

    @Override
    protected Node representScalar(Tag tag, String value, DumperOptions.ScalarStyle style) {
      boolean quoted = tag.equals(Tag.STR) && READ_OTHERWISE.matcher(value).matches();
      return super.representScalar(
          tag, value, quoted ? DumperOptions.ScalarStyle.SINGLE_QUOTED : style);
    }
  }

  private static String dump(Object value, DumperOptions options) {
    return new Yaml(new Quoting(options), options).dump(value);
  }

  /** A key or an entry a line. */
  public static String of(Object value) {
    DumperOptions options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    options.setWidth(160);
    options.setSplitLines(false);
    return dump(value, options);
  }

  /** A list or map of plain values stays on one line. */
  public static String compact(Object value) {
    DumperOptions options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.AUTO);
    options.setWidth(Integer.MAX_VALUE);
    return dump(value, options);
  }
}
