package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class FileTreeTest {
  @TempDir private Path folder;

  private Path problem;

  @BeforeEach
  void write() throws IOException {
    problem = Files.createDirectories(folder.resolve("team/problems")).resolve("p.json");
    Files.createDirectories(folder.resolve("team/topologies"));
    Files.createDirectories(folder.resolve("private"));
    Files.writeString(folder.resolve("private/secret.json"), "{}");
    Files.writeString(folder.resolve("team/topologies/t.json"), "{}");
  }

  private FileReference named(String path) throws IOException {
    Files.writeString(problem, "{\"topology\": \"" + path + "\"}");
    JsonCursor cursor = JsonCursor.read(problem, "problems/p.json").get("topology");
    return FileReference.resolve(cursor, problem, ".json");
  }

  @Test
  void besideAndOneFolderUp_mayBeNamed() throws IOException {
    assertEquals(folder.resolve("team/topologies/t.json"), named("../topologies/t.json").file());
    assertEquals(problem, named("p.json").file());
  }

  @Test
  void elsewhere_isRefused_whetherItIsThereOrNot() {
    for (String path :
        List.of(
            "../../private/secret.json",
            "../../private/none.json",
            "../topologies/../../private/secret.json",
            folder.resolve("private/secret.json").toString(),
            "/etc/passwd")) {
      InputException refused = assertThrows(InputException.class, () -> named(path), path);
      assertTrue(
          refused.getMessage().startsWith("problems/p.json: $.topology: ")
              && refused.getMessage().contains("lies outside of what this file may name")
              && refused.getMessage().contains("--allow-outside"),
          refused.getMessage());
      assertFalse(refused.getMessage().contains("Present:"), "lists a folder outside");
    }
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void links_countAsWhatTheyLeadTo() throws IOException {
    Files.createSymbolicLink(
        folder.resolve("team/topologies/link.json"), folder.resolve("private/secret.json"));
    Files.createSymbolicLink(folder.resolve("team/away"), folder.resolve("private"));
    assertThrows(InputException.class, () -> named("../topologies/link.json"));
    assertThrows(InputException.class, () -> named("../away/secret.json"));
  }

  @Test
  void whatIsTrusted_mayBeNamed_untilTheEnd() throws IOException {
    FileTree.Trust trust = FileTree.trust(List.of(folder.resolve("private")));
    FileTree.Trust again = FileTree.trust(List.of(folder.resolve("private")));
    trust.close();
    assertEquals(folder.resolve("private/secret.json"), named("../../private/secret.json").file());
    again.close();
    assertThrows(InputException.class, () -> named("../../private/secret.json"));
  }

  @Test
  void workingDirectory_mayBeNamedFromAnywhere() throws IOException {
    Path pom = Path.of("pom.xml").toAbsolutePath();
    assertEquals(pom, named(pom.toString()).file());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void rootOfTheFileSystem_isNoTree() {
    assertFalse(FileTree.mayName(Path.of("/p.json"), Path.of("/etc/passwd")));
    assertFalse(FileTree.mayName(Path.of("/srv/p.json"), Path.of("/etc/passwd")));
    assertFalse(FileTree.mayName(Path.of("/srv/p.json"), Path.of("/t.json")));
    assertTrue(FileTree.mayName(Path.of("/p.json"), Path.of("/t.json")));
    assertTrue(FileTree.mayName(Path.of("/srv/p.json"), Path.of("/srv/topologies/t.json")));
    assertTrue(FileTree.mayName(Path.of("/srv/team/p.json"), Path.of("/srv/topologies/t.json")));
  }
}
