package dev.rackplan.json;

import dev.rackplan.law.ModelledFigure;
import dev.rackplan.law.StepErrors;
import dev.rackplan.law.StepErrors.Group;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** {@code stepErrors} of a laws file: what whole steps and memory were off by on measured rows. */
final class StepErrorsJson {
  private static final double MOST = 1e6;
  // Far more than rows say.
  private static final MathContext DIGITS = new MathContext(3);
  private static final String REMEDY = "Write the file with rackplan accuracy --errors.";

  private StepErrorsJson() {}

  static StepErrors read(JsonCursor at) {
    ModelledFigure figure = figure(at.get("figure"));
    String source = at.text("source");
    String date = at.text("date");
    List<Group> groups = at.get("groups").list().stream().map(StepErrorsJson::group).toList();
    double transferred = at.get("transferredError").numberIn(0, MOST);
    double formula = at.get("formulaError").numberIn(0, MOST);
    int pairs = at.integer("pairs", 0, Integer.MAX_VALUE);
    OptionalDouble ratio = at.findPositive("ratioError");
    at.end();
    return at.build(
        () -> new StepErrors(figure, source, date, groups, transferred, formula, pairs, ratio),
        REMEDY);
  }

  private static ModelledFigure figure(JsonCursor at) {
    return Arrays.stream(ModelledFigure.values())
        .filter(figure -> figure.key().equals(at.text()))
        .findFirst()
        .orElseThrow(
            () ->
                at.error(
                    "no figure \"" + at.text() + "\"",
                    "Known: "
                        + Arrays.stream(ModelledFigure.values())
                            .map(ModelledFigure::key)
                            .collect(Collectors.joining(", "))
                        + "."));
  }

  private static Group group(JsonCursor at) {
    Group group =
        new Group(
            word(at, "generation"),
            word(at, "gpu"),
            word(at, "engine"),
            at.integer("rows", 1, Integer.MAX_VALUE),
            at.integer("models", 1, Integer.MAX_VALUE),
            at.positive("error"),
            at.get("bias").numberIn(-1, MOST),
            at.get("transferred").numberIn(0, 1),
            at.get("formula").numberIn(0, 1));
    at.end();
    return group;
  }

  private static Optional<String> word(JsonCursor at, String key) {
    return at.find(key).map(JsonCursor::text);
  }

  static Map<String, Object> tree(StepErrors errors) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("figure", errors.figure().key());
    tree.put("source", errors.source());
    tree.put("date", errors.date());
    tree.put("transferredError", rounded(errors.transferredError()));
    tree.put("formulaError", rounded(errors.formulaError()));
    tree.put("pairs", errors.pairs());
    errors.ratioError().ifPresent(error -> tree.put("ratioError", rounded(error)));
    List<Object> groups = new ArrayList<>();
    errors.groups().forEach(group -> groups.add(tree(group)));
    tree.put("groups", groups);
    return tree;
  }

  private static Map<String, Object> tree(Group group) {
    Map<String, Object> tree = new LinkedHashMap<>();
    group.generation().ifPresent(name -> tree.put("generation", name));
    group.gpu().ifPresent(name -> tree.put("gpu", name));
    group.engine().ifPresent(name -> tree.put("engine", name));
    tree.put("rows", group.rows());
    tree.put("models", group.models());
    tree.put("error", rounded(group.error()));
    tree.put("bias", rounded(group.bias()));
    tree.put("transferred", rounded(group.transferred()));
    tree.put("formula", rounded(group.formula()));
    return tree;
  }

  private static double rounded(double value) {
    return new BigDecimal(value).round(DIGITS).doubleValue();
  }
}
