package dev.rackplan.report.html;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Properties;

/**
 * Apache ECharts as text, to be inlined: the "common" build (0.66 MB), the smallest with tooltips
 * and legends.
 */
final class ChartLibrary {
  private static final String POM = "/META-INF/maven/org.webjars/echarts/pom.properties";

  private ChartLibrary() {}

  /** The script; holds no end of a script element. */
  static String script() {
    String script =
        resource("/META-INF/resources/webjars/echarts/" + version() + "/echarts.common.min.js");
    if (script.toLowerCase(Locale.ROOT).contains("</script")) {
      throw new IllegalStateException("the chart library would end its own script element");
    }
    return script;
  }

  private static String version() {
    try (InputStream in = open(POM)) {
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String resource(String path) {
    try (InputStream in = open(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(String path) {
    InputStream in = ChartLibrary.class.getResourceAsStream(path);
    if (in == null) {
      throw new IllegalStateException("resource " + path + " is not on the class path");
    }
    return in;
  }
}
