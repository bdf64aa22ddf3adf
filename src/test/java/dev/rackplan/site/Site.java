package dev.rackplan.site;

import dev.rackplan.json.JsonText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Writes the documents as plain HTML with a search that needs no server: {@code mvn -Psite
 * process-test-classes}, then {@code target/site/index.html}.
 *
 * <p>Each document lies where it lies in the project, {@code README.md} as {@code index.html}.
 * Files that one links to come along; a folder that one links to becomes a list of its files.
 */
public final class Site {
  private static final List<String> ROOTS =
      List.of("README.md", "CHANGELOG.md", "LICENSE", ".github/CONTRIBUTING.md");

  private final Path project;
  private final Path target;
  private final Map<Path, SitePage> pages = new TreeMap<>();
  private final Set<Path> files = new TreeSet<>();
  private final Set<Path> folders = new TreeSet<>();

  private Site(Path project, Path target) {
    this.project = project;
    this.target = target;
  }

  /** Builds the site of the project in the working directory in the folder that it is given. */
  public static void main(String[] arguments) throws IOException {
    Path target = Path.of(arguments[0]);
    build(Path.of("").toAbsolutePath(), target);
    System.out.println("site: " + target.resolve("index.html"));
  }

  /** Builds the site of the project in {@code project}. */
  static void build(Path project, Path target) throws IOException {
    Site site = new Site(project, target);
    site.collect();
    site.write();
  }

  // Documents below docs, and whatever they lead to.
  private void collect() throws IOException {
    Deque<Path> open = new ArrayDeque<>();
    ROOTS.forEach(root -> open.add(Path.of(root)));
    try (Stream<Path> below = Files.walk(project.resolve("docs"))) {
      below
          .map(project::relativize)
          .filter(file -> file.toString().endsWith(".md"))
          .sorted()
          .forEach(open::add);
    }
    while (!open.isEmpty()) {
      Path path = open.remove();
      Path there = project.resolve(path);
      if (Files.isDirectory(there)) {
        if (folders.add(path)) {
          contents(path).stream().map(path::resolve).forEach(open::add);
        }
      } else if (!path.toString().endsWith(".md")) {
        files.add(path);
      } else if (!pages.containsKey(path)) {
        SitePage page = new SitePage(Files.readString(there));
        pages.put(path, page);
        links(path, page).stream()
            .filter(to -> Files.exists(project.resolve(to)))
            .forEach(open::add);
      }
    }
  }

  private List<String> contents(Path folder) throws IOException {
    try (Stream<Path> inside = Files.list(project.resolve(folder))) {
      return inside.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static List<Path> links(Path page, SitePage content) {
    List<Path> links = new ArrayList<>();
    content.html(
        link -> {
          if (isOwn(link) && !pathOf(link).isEmpty()) {
            links.add(resolved(page, pathOf(link)));
          }
          return link;
        });
    return links;
  }

  private static boolean isOwn(String link) {
    return !link.contains("://") && !link.startsWith("mailto:");
  }

  private static String pathOf(String link) {
    return link.replaceFirst("#.*", "");
  }

  private static Path resolved(Path page, String path) {
    Path folder = page.getParent() == null ? Path.of("") : page.getParent();
    return folder.resolve(path).normalize();
  }

  private void write() throws IOException {
    for (Map.Entry<Path, SitePage> page : pages.entrySet()) {
      String body = page.getValue().html(link -> rewritten(page.getKey(), link));
      write(place(page.getKey()), framed(place(page.getKey()), page.getValue().title(), body));
    }
    for (Path folder : folders) {
      StringBuilder list = new StringBuilder("<h1>" + escaped(folder + "/") + "</h1>\n<ul>\n");
      for (String name : contents(folder)) {
        String link = rewritten(folder.resolve("x"), name);
        list.append("<li><a href=\"" + escaped(link) + "\">" + escaped(name) + "</a></li>\n");
      }
      Path place = folder.resolve("index.html");
      // A document of that name says more.
      if (!pages.containsKey(folder.resolve("index.md"))) {
        write(place, framed(place, folder + "/", list.append("</ul>\n").toString()));
      }
    }
    for (Path file : files) {
      Files.createDirectories(target.resolve(file).toAbsolutePath().getParent());
      Files.copy(project.resolve(file), target.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    write(Path.of("site.css"), resource("site.css"));
    write(Path.of("search.js"), "const SECTIONS = " + index() + ";\n" + resource("search.js"));
  }

  private static Path place(Path page) {
    String name = page.toString().replaceFirst("\\.md$", ".html");
    return Path.of(name.equals("README.html") ? "index.html" : name);
  }

  private String rewritten(Path page, String link) {
    if (!isOwn(link) || pathOf(link).isEmpty()) {
      return link;
    }
    Path to = resolved(page, pathOf(link));
    if (folders.contains(to)) {
      to = to.resolve("index.html");
    } else if (pages.containsKey(to)) {
      to = place(to);
    }
    return relative(place(page), to) + link.substring(pathOf(link).length());
  }

  private static String relative(Path from, Path to) {
    Path folder = from.getParent() == null ? Path.of("") : from.getParent();
    return folder.relativize(to).toString().replace('\\', '/');
  }

  private String framed(Path place, String title, String body) {
    String up = relative(place, Path.of("x")).replaceFirst("x$", "");
    return resource("frame.html")
        .replace("$TITLE", escaped(title))
        .replace("$UP", up)
        .replace("$NAVIGATION", navigation(place))
        .replace("$BODY", body);
  }

  // The tables of docs/index.md, heading by heading.
  private String navigation(Path place) {
    Path index = Path.of("docs/index.md");
    Map<String, StringBuilder> groups = new LinkedHashMap<>();
    for (SitePage.Reference reference : pages.get(index).references()) {
      Path to = resolved(index, pathOf(reference.target()));
      if (pages.containsKey(to)) {
        String here = place(to).equals(place) ? " aria-current=\"page\"" : "";
        groups
            .computeIfAbsent(reference.heading(), heading -> new StringBuilder())
            .append("<li><a href=\"" + escaped(relative(place, place(to))) + "\"" + here + ">")
            .append(escaped(reference.words().replaceFirst("\\.md$", "")) + "</a></li>\n");
      }
    }
    StringBuilder text = new StringBuilder();
    groups.forEach(
        (heading, links) ->
            text.append("<h2>" + escaped(heading) + "</h2>\n<ul>\n" + links + "</ul>\n"));
    return text.toString();
  }

  // What a section is called, where it is, and its words.
  private String index() {
    List<Object> sections = new ArrayList<>();
    pages.forEach(
        (path, page) -> {
          for (SitePage.Section section : page.sections()) {
            String anchor = section.anchor().isEmpty() ? "" : "#" + section.anchor();
            sections.add(
                List.of(
                    page.title(),
                    section.heading(),
                    place(path).toString().replace('\\', '/') + anchor,
                    section.text()));
          }
        });
    return JsonText.of(sections);
  }

  private void write(Path file, String text) throws IOException {
    Path path = target.resolve(file);
    Files.createDirectories(path.toAbsolutePath().getParent());
    Files.writeString(path, text, StandardCharsets.UTF_8);
  }

  private static String resource(String name) {
    try (InputStream in = Site.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(name, e);
    }
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
