package dev.rackplan.spark;

import dev.rackplan.batch.Workers;
import dev.rackplan.json.InputException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** {@code --engine spark}. Every setting of Spark can be given as a system property. */
public final class SparkProvider implements Workers.Provider {
  private static final String MASTER = "spark.master";

  @Override
  public String engine() {
    return "spark";
  }

  @Override
  public Workers connect(Optional<String> master, int threads) {
    SparkConf conf = new SparkConf();
    master.ifPresent(conf::setMaster);
    if (!conf.contains(MASTER)) {
      throw new InputException(
          "command line",
          "--master",
          "is missing",
          "Give the cluster, such as spark://host:7077, or start by spark-submit.");
    }
    conf.setIfMissing("spark.app.name", "rackplan");
    conf.setIfMissing("spark.jars", String.join(",", jars()));
    conf.setIfMissing("spark.ui.enabled", "false");
    conf.setIfMissing("spark.locality.wait", "0");
    conf.set("spark.task.cpus", String.valueOf(threads));
    conf.setIfMissing("spark.executor.cores", String.valueOf(threads));
    try {
      return new SparkWorkers(new JavaSparkContext(conf));
    } catch (RuntimeException | IOException e) {
      throw new InputException(
          "command line",
          "--master",
          "Spark does not start at " + conf.get(MASTER) + " (" + SparkWorkers.reason(e) + ")",
          "Look whether a master of the same Spark version answers there.");
    }
  }

  /** rackplan's own jar and the libraries beside it, less those that every Spark has. */
  private static List<String> jars() {
    try {
      Path own =
          Path.of(SparkProvider.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      List<String> jars = new ArrayList<>();
      jars.add(own.toUri().toString());
      Path libraries = own.resolveSibling("lib");
      if (Files.isDirectory(libraries)) {
        try (Stream<Path> files = Files.list(libraries)) {
          files
              .filter(file -> !file.getFileName().toString().startsWith("slf4j-"))
              .sorted()
              .forEach(file -> jars.add(file.toUri().toString()));
        }
      }
      return jars;
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException("rackplan's own libraries can't be listed", e);
    }
  }
}
