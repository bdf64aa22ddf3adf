package dev.rackplan.spark;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A standalone cluster of this build's Spark on the loopback address: a master and two workers. */
final class SparkCluster implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";
  private static final List<String> OPEN =
      Stream.of(
              "java.lang",
              "java.lang.invoke",
              "java.lang.reflect",
              "java.io",
              "java.net",
              "java.nio",
              "java.util",
              "java.util.concurrent",
              "java.util.concurrent.atomic",
              "sun.nio.ch",
              "sun.nio.cs",
              "sun.security.action",
              "sun.util.calendar")
          .map(name -> "--add-opens=java.base/" + name + "=ALL-UNNAMED")
          .toList();

  private final Path home;
  private final Process master;
  private final List<Process> workers = new ArrayList<>();
  private final int port;

  /**
   * @param folder for logs and work
   * @param target the build's: Spark's own libraries lie in {@code spark}, and those that rackplan
   *     also uses in {@code lib}; no other of rackplan's is known to the cluster
   */
  SparkCluster(Path folder, Path target) throws IOException, InterruptedException {
    home = folder;
    Path jars = Files.createDirectory(home.resolve("jars"));
    link(target.resolve("spark"), "", jars);
    link(target.resolve("lib"), "(jackson-(core|annotations|databind)|slf4j-api|commons-).*", jars);
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName(LOOPBACK))) {
      port = free.getLocalPort();
    }
    master = start("master", "master.Master", "--port", String.valueOf(port));
    awaitMaster();
    for (int i = 0; i < 2; i++) {
      Path work = home.resolve("work-" + i);
      workers.add(
          start(
              "worker-" + i,
              "worker.Worker",
              "--cores",
              "1",
              "--memory",
              "1g",
              "--work-dir",
              work.toString(),
              url()));
    }
  }

  private static void link(Path folder, String names, Path jars) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (names.isEmpty() || name.matches(names)) {
          Files.createSymbolicLink(jars.resolve(name), file);
        }
      }
    }
  }

  private Process start(String log, String type, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(java());
    command.addAll(OPEN);
    command.addAll(
        List.of(
            "-cp",
            home.resolve("jars") + File.separator + "*",
            "org.apache.spark.deploy." + type,
            "--host",
            LOOPBACK,
            "--webui-port",
            "0"));
    command.addAll(List.of(arguments));
    return process(command, log).start();
  }

  /** A process that knows the cluster's Spark. */
  ProcessBuilder process(List<String> command, String log) {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(home.resolve(log + ".txt").toFile());
    builder.environment().put("SPARK_HOME", home.toString());
    builder.environment().put("SPARK_LOCAL_IP", LOOPBACK);
    // As bin/load-spark-env.sh of a distribution says it.
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    return builder;
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** Starts {@code spark-submit}. */
  Process submit(String log, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(java());
    command.addAll(OPEN);
    command.addAll(
        List.of(
            "-cp",
            home.resolve("jars") + File.separator + "*",
            "org.apache.spark.deploy.SparkSubmit"));
    command.addAll(arguments);
    return process(command, log).start();
  }

  private void awaitMaster() throws IOException, InterruptedException {
    while (true) {
      try {
        new Socket(LOOPBACK, port).close();
        return;
      } catch (IOException e) {
        if (!master.isAlive()) {
          throw new IOException("no master: " + log("master"), e);
        }
        Thread.sleep(100);
      }
    }
  }

  String url() {
    return "spark://" + LOOPBACK + ":" + port;
  }

  String log(String name) throws IOException {
    return Files.readString(home.resolve(name + ".txt"));
  }

  /** Executors that a worker was told to start. */
  long executors(int worker) throws IOException {
    Path work = home.resolve("work-" + worker);
    if (!Files.exists(work)) {
      return 0;
    }
    try (Stream<Path> files = Files.walk(work)) {
      return files.filter(file -> file.getFileName().toString().equals("stderr")).count();
    }
  }

  /** Ends a worker and its executors at once, as a machine that fails. */
  void kill(int worker) {
    Process process = workers.get(worker);
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    process.destroyForcibly();
    all.forEach(ProcessHandle::destroyForcibly);
  }

  @Override
  public void close() {
    for (int i = 0; i < workers.size(); i++) {
      kill(i);
    }
    master.destroyForcibly();
  }
}
