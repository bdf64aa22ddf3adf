package dev.rackplan.spark;

import dev.rackplan.batch.RemoteTask;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/** A task on an executor: lays its files into a folder of its own, and removes it afterwards. */
final class TaskWithFiles<T extends Serializable> implements Function<Integer, T> {
  private final RemoteTask<T> task;
  private final Map<String, Broadcast<byte[]>> inputs;

  /**
   * @param inputs contents by absolute path
   */
  TaskWithFiles(RemoteTask<T> task, Map<String, Broadcast<byte[]>> inputs) {
    this.task = task;
    this.inputs = inputs;
  }

  @Override
  public T call(Integer ignored) throws IOException {
    Path root = Files.createTempDirectory("rackplan");
    try {
      for (Map.Entry<String, Broadcast<byte[]>> input : inputs.entrySet()) {
        Path file = RemoteTask.below(root, Path.of(input.getKey()));
        Files.createDirectories(file.getParent());
        Files.write(file, input.getValue().value());
      }
      return task.run(root);
    } finally {
      delete(root);
    }
  }

  private static void delete(Path root) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(root)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
