package dev.rackplan.architecture.allowed.solver;

import dev.rackplan.architecture.allowed.cost.Price;
import org.optaplanner.core.api.solver.Solver;

/** A library in its own package. */
public record Search(Price price, Solver<String> solver) {}
