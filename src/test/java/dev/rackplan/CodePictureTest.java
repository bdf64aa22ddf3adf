package dev.rackplan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.rackplan.json.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/packages.svg} shows the packages and arrows that the classes have, and {@code
 * docs/architecture.md} has a row for each package. {@code -Dgolden.update=true} draws it again.
 */
class CodePictureTest {
  private static final Path PICTURE = Path.of("docs/packages.svg");
  private static final String ROOT = "dev.rackplan";
  private static final String DOOR = "Rackplan";

  @Test
  void picture_isThatOfTheClasses() throws IOException {
    String svg = new CodePicture(names(), uses()).svg();
    if (Boolean.getBoolean("golden.update")) {
      AtomicFile.replace(PICTURE, svg);
    }

    assertEquals(svg, Files.readString(PICTURE), "-Dgolden.update=true draws it again");
  }

  @Test
  void page_hasARowForEachPackage_inTheOrderOfTheFlow() throws IOException {
    String page = Files.readString(Path.of("docs/architecture.md"));
    int last = page.indexOf("| package | is |");
    for (String name : ArchitectureRules.FLOW) {
      int row = page.indexOf("\n| `" + name + "` |", last);
      assertTrue(row > 0 || page.contains("\n| `" + name + "` |"), "no row for " + name);
    }
    assertTrue(page.contains("(packages.svg)"), "the page shows the picture");
  }

  @Test
  void arrowsByWayOfAnother_areLeftOut() {
    Map<String, Set<String>> uses =
        Map.of("a", Set.of(), "b", Set.of("a"), "c", Set.of("a", "b"), "d", Set.of("a"));

    CodePicture picture = new CodePicture(List.of("a", "b", "c", "d"), uses);

    assertEquals(
        Map.of("a", Set.of(), "b", Set.of("a"), "c", Set.of("b"), "d", Set.of("a")),
        picture.arrows());
  }

  private static List<String> names() {
    List<String> names = new ArrayList<>(ArchitectureRules.FLOW);
    names.add(names.indexOf("cli"), DOOR);
    return names;
  }

  private static Map<String, Set<String>> uses() {
    Map<String, Set<String>> uses = new TreeMap<>();
    names().forEach(name -> uses.put(name, new TreeSet<>()));
    for (JavaClass type :
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT)) {
      String from = name(type);
      type.getDirectDependenciesFromSelf().stream()
          .map(dependency -> dependency.getTargetClass().getBaseComponentType())
          .filter(used -> used.getPackageName().startsWith(ROOT))
          .map(CodePictureTest::name)
          .filter(to -> !to.equals(from))
          .forEach(uses.get(from)::add);
    }
    return uses;
  }

  private static String name(JavaClass type) {
    return type.getPackageName().equals(ROOT)
        ? DOOR
        : type.getPackageName().substring(ROOT.length() + 1).replaceFirst("\\..*", "");
  }
}
