//! A sample of the cells in which every two choices that can meet do meet.

use std::collections::HashSet;

use crate::table::Cell;

/// Two choices, each with the number of its axis.
type Pair = [(usize, usize); 2];

fn pairs(cell: &Cell) -> impl Iterator<Item = Pair> {
    let choices = cell.choices();
    (0..choices.len()).flat_map(move |a| (0..a).map(move |b| [(a, choices[a]), (b, choices[b])]))
}

/// Chooses from `cells`, always the one that brings the most pairs not seen yet.
pub(crate) fn pairwise(cells: &[Cell]) -> Vec<Cell> {
    let mut missing: HashSet<Pair> = cells.iter().flat_map(pairs).collect();
    let mut chosen = Vec::new();
    // A stride that shares no factor with the number of cells visits all, and not the neighbours one after the other.
    let mut order: Vec<Cell> = (0..cells.len()).map(|at| cells[at * 7919 % cells.len()]).collect();
    while !missing.is_empty() {
        let gain = |cell: &Cell| pairs(cell).filter(|pair| missing.contains(pair)).count();
        let best = (0..order.len()).max_by_key(|&at| gain(&order[at]));
        let best = order.swap_remove(best.expect("a pair that is missing is in some cell"));
        for pair in pairs(&best) {
            missing.remove(&pair);
        }
        chosen.push(best);
    }
    chosen
}
