package dev.rackplan.cli.terminal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into {@code version.properties}. */
public final class VersionProvider implements IVersionProvider {
  private static final String RESOURCE = "/dev/rackplan/version.properties";
  private static final String KEY = "dev.rackplan.version";

  /** Such as {@code 0.1.0}; also written into solution files. */
  public static String version() {
    Properties properties = new Properties();
    try (InputStream stream = VersionProvider.class.getResourceAsStream(RESOURCE)) {
      if (stream == null) {
        throw new IllegalStateException("no resource " + RESOURCE);
      }
      properties.load(stream);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String version = properties.getProperty(KEY);
    if (version == null) {
      throw new IllegalStateException("no " + KEY + " in " + RESOURCE);
    }
    return version;
  }

  @Override
  public String[] getVersion() {
    return new String[] {"rackplan " + version()};
  }
}
