package dev.rackplan.spark;

import dev.rackplan.batch.RemoteTask;
import dev.rackplan.batch.Workers;
import dev.rackplan.json.InputException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** The executors of a Spark application; each task is a job of one task of its own. */
final class SparkWorkers implements Workers {
  private static final int POLL_MILLIS = 200;
  private static final String LOGS =
      "The executors' logs say why; --resume goes on with what is missing.";

  private final JavaSparkContext context;
  private final Configuration hadoop;
  // By absolute path: what several problems name is sent once to each executor.
  private final Map<String, Broadcast<byte[]>> sent = new HashMap<>();

  SparkWorkers(JavaSparkContext context) throws IOException {
    this.context = context;
    this.hadoop = context.hadoopConfiguration();
  }

  @Override
  public <T extends Serializable> Optional<T> call(
      String name, RemoteTask<T> task, List<java.nio.file.Path> files, BooleanSupplier cancelled) {
    try {
      Map<String, Broadcast<byte[]>> inputs = new LinkedHashMap<>();
      for (java.nio.file.Path file : files) {
        String path = file.toAbsolutePath().normalize().toString();
        inputs.put(path, send(path));
      }
      context.sc().setJobDescription(name);
      return await(
          context.parallelize(List.of(0), 1).map(new TaskWithFiles<>(task, inputs)).collectAsync(),
          cancelled);
    } catch (ExecutionException | RuntimeException e) {
      if (e instanceof InputException refused) {
        throw refused;
      }
      if (cancelled.getAsBoolean()) {
        return Optional.empty();
      }
      throw new InputException(name, "", "Spark gave it up: " + reason(e), LOGS);
    }
  }

  private <T> Optional<T> await(JavaFutureAction<List<T>> action, BooleanSupplier cancelled)
      throws ExecutionException {
    while (true) {
      try {
        return Optional.of(action.get(POLL_MILLIS, TimeUnit.MILLISECONDS).get(0));
      } catch (TimeoutException e) {
        if (cancelled.getAsBoolean()) {
          action.cancel(true);
          return Optional.empty();
        }
        if (context.sc().isStopped()) {
          // Its jobs may stay unanswered.
          throw new IllegalStateException("the cluster ended the application");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        action.cancel(true);
        return Optional.empty();
      }
    }
  }

  private synchronized Broadcast<byte[]> send(String path) {
    return sent.computeIfAbsent(
        path,
        file -> {
          try {
            return context.broadcast(Files.readAllBytes(java.nio.file.Path.of(file)));
          } catch (IOException | OutOfMemoryError e) {
            throw new InputException(
                file,
                "",
                "can't be handed out (" + reason(e) + ")",
                "Files of up to 2 GB can be that fit in memory: give more with JAVA_OPTS=-Xmx8g, or thin it.");
          }
        });
  }

  /** The innermost reason on one line. */
  static String reason(Throwable fault) {
    Throwable cause = fault;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.toString().lines().findFirst().orElse("");
  }

  @Override
  public void publish(java.nio.file.Path file, String folder) {
    String name = file.getFileName().toString();
    try {
      Path target = new Path(folder);
      FileSystem files = target.getFileSystem(hadoop);
      files.mkdirs(target);
      Path draft = new Path(target, "." + name + ".tmp");
      try (OutputStream out = files.create(draft, true)) {
        Files.copy(file, out);
      }
      FileContext.getFileContext(files.makeQualified(target).toUri(), hadoop)
          .rename(draft, new Path(target, name), Options.Rename.OVERWRITE);
    } catch (IOException | RuntimeException e) {
      throw new InputException(
          folder,
          "",
          name + " can't be written there (" + reason(e) + ")",
          "The solution is kept in the folder of -o; give a Hadoop path that can be written.");
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
