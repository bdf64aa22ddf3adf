/** How a plan's figures, and the choice of its layout, move with each input of its problem. */
package dev.rackplan.sensitivity;
