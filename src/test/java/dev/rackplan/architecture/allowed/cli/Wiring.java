package dev.rackplan.architecture.allowed.cli;

import dev.rackplan.architecture.allowed.cost.Price;
import dev.rackplan.architecture.allowed.solver.Search;
import java.nio.file.Path;
import java.time.Instant;
import picocli.CommandLine;

/** The top may do all this. */
public record Wiring(Price price, Search search, Path file, Instant started, CommandLine line) {}
