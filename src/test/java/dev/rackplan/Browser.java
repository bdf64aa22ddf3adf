package dev.rackplan;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * Headless Chromium for pages in files: what it wrote to its console and asked of the network is
 * kept.
 */
public final class Browser implements AutoCloseable {
  private static final List<Path> CHROMIUM =
      List.of(Path.of("/usr/bin/chromium"), Path.of("/usr/bin/chromium-browser"));
  private static final int WEBP_QUALITY = 25;
  private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

  private final ChromeDriver driver;
  private final ChromeDriverService service;

  private Browser(ChromeDriver driver, ChromeDriverService service) {
    this.driver = driver;
    this.service = service;
  }

  /** Starts one of that size in pixels; skips the test, aloud, where there is none. */
  public static Browser start(int width, int height, Path profile) {
    Optional<Path> chromium = CHROMIUM.stream().filter(Files::isExecutable).findFirst();
    boolean there = chromium.isPresent() && Files.isExecutable(DRIVER);
    if (!there) {
      System.err.println("SKIPPED: no Chromium with chromedriver in /usr/bin; pages not tested");
    }
    assumeTrue(there, "no Chromium with chromedriver in /usr/bin");
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium.orElseThrow().toFile());
    options.addArguments(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--window-size=" + width + "," + height,
        "--user-data-dir=" + profile);
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    logs.enable(LogType.PERFORMANCE, Level.ALL);
    options.setCapability("goog:loggingPrefs", logs);
    ChromeDriverService service =
        new ChromeDriverService.Builder().usingDriverExecutable(DRIVER.toFile()).build();
    return new Browser(new ChromeDriver(service, options), service);
  }

  public ChromeDriver driver() {
    return driver;
  }

  public void open(Path page) {
    driver.get(page.toAbsolutePath().toUri().toString());
  }

  /** Warnings and errors of the console since the last call. */
  public List<String> complaints() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
        .map(LogEntry::getMessage)
        .toList();
  }

  /** Requests of opened pages since the last call, other than for their own files. */
  public List<String> requests() {
    return driver.manage().logs().get(LogType.PERFORMANCE).getAll().stream()
        .map(LogEntry::getMessage)
        .filter(message -> message.contains("Network.requestWillBeSent\""))
        // Not those of the browser's own start page.
        .filter(message -> message.contains("\"documentURL\":\"file:"))
        .filter(
            message -> !message.contains("\"url\":\"file:") && !message.contains("\"url\":\"data:"))
        .toList();
  }

  /**
   * A screen of that size in pixels, whose reader prefers light or dark; below 500 pixels a
   * phone's.
   */
  public void show(int width, int height, boolean dark) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 500));
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
  }

  /** The same page as it is printed, or on the screen again. */
  public void print(boolean printed) {
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia", Map.of("media", printed ? "print" : "screen"));
  }

  /** By how many pixels the page is wider than the screen. */
  public long overflow() {
    return (Long)
        driver.executeScript(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth");
  }

  /** Serious and critical findings of axe-core in the page: rule, what is wrong, where first. */
  public List<String> violations() {
    driver.executeScript(axe());
    Object found =
        driver.executeAsyncScript(
            """
            const done = arguments[arguments.length - 1];
            axe.run({ resultTypes: ['violations'] }).then(function (result) {
              done(result.violations
                .filter(function (v) { return v.impact === 'serious' || v.impact === 'critical'; })
                .map(function (v) { return v.id + ': ' + v.help + ': ' + v.nodes[0].html; }));
            });
            """);
    return ((List<?>) found).stream().map(String::valueOf).toList();
  }

  private static String axe() {
    try (InputStream in = Browser.class.getResourceAsStream("/axe.min.js")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes the page's beginning as WebP, so many pixels high where it is as long. */
  public void screenshot(Path file, int width, int mostHeight) {
    long height =
        Math.min(
            mostHeight,
            (Long) driver.executeScript("return document.documentElement.scrollHeight"));
    Map<String, Object> taken =
        driver.executeCdpCommand(
            "Page.captureScreenshot",
            Map.of(
                "format",
                "webp",
                "quality",
                WEBP_QUALITY,
                "captureBeyondViewport",
                true,
                "clip",
                Map.of("x", 0, "y", 0, "width", width, "height", height, "scale", 1)));
    try {
      Files.createDirectories(file.getParent());
      Files.write(file, Base64.getDecoder().decode((String) taken.get("data")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    driver.quit();
    service.stop();
  }
}
