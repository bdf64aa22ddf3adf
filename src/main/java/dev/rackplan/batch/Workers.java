package dev.rackplan.batch;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.BooleanSupplier;

/** Machines besides this one that do a batch's tasks. */
public interface Workers extends AutoCloseable {
  /** Finds machines; one for each engine that the build has, as a service. */
  interface Provider {
    /** As {@code --engine} names it. */
    String engine();

    /**
     * Connects.
     *
     * @param master where the engine is; empty: as its own settings say
     * @param threads threads that each task uses
     * @throws dev.rackplan.json.InputException where nothing answers
     */
    Workers connect(Optional<String> master, int threads);
  }

  /** The provider of {@code engine}, where this build has it. */
  static Optional<Provider> provider(String engine) {
    return ServiceLoader.load(Provider.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(provider -> provider.engine().equals(engine))
        .findFirst();
  }

  /**
   * Has a task done and waits for it; again elsewhere where a machine is lost. May be called from
   * many threads.
   *
   * @param name of the task, for the engine's own displays and for errors
   * @param files handed out with it, as they are now
   * @param cancelled asked while it waits
   * @return empty: cancelled
   * @throws dev.rackplan.json.InputException where the engine gave the task up
   */
  <T extends Serializable> Optional<T> call(
      String name, RemoteTask<T> task, List<Path> files, BooleanSupplier cancelled);

  /**
   * Writes a copy of {@code file} into a folder of the engine's file systems, whole or not at all.
   *
   * @param folder such as {@code hdfs://host/plans}
   * @throws dev.rackplan.json.InputException where it can't be written
   */
  void publish(Path file, String folder);

  @Override
  void close();
}
