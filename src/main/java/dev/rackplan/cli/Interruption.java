package dev.rackplan.cli;

import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C or SIGTERM while something runs: asks it to stop and gives it a few seconds to write the
 * best so far.
 *
 * <p>The process then ends with the code of the signal, 130 or 143. A second Ctrl-C ends it at
 * once.
 */
final class Interruption implements AutoCloseable {
  private static final long GRACE_SECONDS = 5;
  private static final int INTERRUPTED = 130;

  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook = new Thread(this::stop, "interruption");
  private volatile boolean asked;

  Interruption() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Whether the user wants to stop. */
  boolean asked() {
    return asked;
  }

  private void stop() {
    asked = true;
    killOnNextInterrupt();
    try {
      if (!finished.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
        Runtime.getRuntime().halt(INTERRUPTED);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // The JVM ignores signals while it shuts down. Its signal API is not a standard one: without it
  // the grace period is the limit.
  private static void killOnNextInterrupt() {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object kill =
          Proxy.newProxyInstance(
              Interruption.class.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  Runtime.getRuntime().halt(INTERRUPTED);
                }
                return method.getName().equals("hashCode")
                    ? 0
                    : method.getName().equals("equals") ? (Object) false : "kill";
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("INT"), kill);
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      return;
    }
  }

  /** All is written: the process may end. */
  @Override
  public void close() {
    finished.countDown();
    if (!asked) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The shutdown began a moment ago; the hook finds the latch open.
        return;
      }
    }
  }
}
