package dev.rackplan.cli.terminal;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C, SIGTERM or SIGHUP while something runs: asks it to stop and gives it a few seconds to
 * write the best so far.
 *
 * <p>The process then ends with the code of the signal: 130, 143 or 129. A second Ctrl-C ends it at
 * once. What was begun in the background, where a shell has Ctrl-C ignored, goes on ignoring it.
 */
public final class Interruption implements AutoCloseable {
  private static final long GRACE_SECONDS = 5;
  // timeout(1) sends its signal to the process and to the group of the process: that is one wish.
  private static final long ONE_WISH_NANOS = 300_000_000;
  private static final int SIGNALLED = 128;
  private static final List<String> SIGNALS = List.of("INT", "TERM", "HUP");

  /** A signal's handler before this one. */
  private record Before(Object signal, Object handler) {}

  private final CountDownLatch finished = new CountDownLatch(1);
  private final List<Before> before = new ArrayList<>();
  private volatile int code;
  private long askedNanos;

  public Interruption() {
    for (String name : SIGNALS) {
      listen(name);
    }
  }

  /** Whether the user wants to stop. */
  public boolean asked() {
    return code != 0;
  }

  /** The exit code: the signal's where one came, else {@code otherwise}. */
  public int exitCode(int otherwise) {
    return asked() ? code : otherwise;
  }

  private synchronized void came(String name, int number) {
    if (asked()) {
      if (name.equals("INT") && System.nanoTime() - askedNanos > ONE_WISH_NANOS) {
        Runtime.getRuntime().halt(code);
      }
      return;
    }
    askedNanos = System.nanoTime();
    code = SIGNALLED + number;
    Thread grace = new Thread(this::endAfterGrace, "interruption");
    grace.setDaemon(true);
    grace.start();
  }

  // The best plan that was written before stays where it is.
  private void endAfterGrace() {
    try {
      if (!finished.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
        Runtime.getRuntime().halt(code);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // Java's signal API is not a standard one, and a JVM may keep signals for itself: then they end
  // the process at once, and what is on disk stays.
  private void listen(String name) {
    try {
      Class<?> signalClass = Class.forName("sun.misc.Signal");
      Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
      Object signal = signalClass.getConstructor(String.class).newInstance(name);
      int number = (int) signalClass.getMethod("getNumber").invoke(signal);
      Object handler =
          Proxy.newProxyInstance(
              Interruption.class.getClassLoader(),
              new Class<?>[] {handlerClass},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "handle" -> {
                      came(name, number);
                      yield null;
                    }
                    case "equals" -> proxy == arguments[0];
                    case "hashCode" -> System.identityHashCode(proxy);
                    default -> name;
                  });
      before.add(
          new Before(
              signal,
              signalClass
                  .getMethod("handle", signalClass, handlerClass)
                  .invoke(null, signal, handler)));
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      return;
    }
  }

  /** All is written: the process may end. */
  @Override
  public synchronized void close() {
    finished.countDown();
    if (!asked()) {
      before.forEach(Interruption::giveBack);
    }
  }

  private static void giveBack(Before before) {
    try {
      Class<?> signalClass = before.signal().getClass();
      Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
      signalClass
          .getMethod("handle", signalClass, handlerClass)
          .invoke(null, before.signal(), before.handler());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
