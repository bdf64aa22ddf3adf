package dev.rackplan.calibrate;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** Waits for work of another thread. */
final class Finished {
  private Finished() {}

  static <T> T of(Future<T> work) {
    try {
      return work.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while laws were fitted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
