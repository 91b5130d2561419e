//! Which deltas are made. In: the variable `SYNCLINE_LIBRSYNC`. Out: the engine's options.

use std::sync::OnceLock;

use syncline::delta::{DeltaOptions, LibrsyncGeneration, LibrsyncMode};

use crate::log;

const VARIABLE: &str = "SYNCLINE_LIBRSYNC";

/// The options for deltas: what the original writes from 2.3.3 on, unless the environment asks for what it wrote before (`2.3.2`) or for
/// bounded and parallel work (`compact`). The environment is looked at once.
pub(crate) fn delta_options() -> &'static DeltaOptions {
    static OPTIONS: OnceLock<DeltaOptions> = OnceLock::new();
    OPTIONS.get_or_init(|| {
        let asked = std::env::var_os(VARIABLE).unwrap_or_default();
        match options(asked.to_string_lossy().as_ref()) {
            Some(options) => options,
            None => {
                log::warning(
                    "rs_delta_begin",
                    format_args!("{VARIABLE} is {asked:?}, which is none of exact, 2.3.2 and compact"),
                );
                DeltaOptions::new()
            }
        }
    })
}

fn options(asked: &str) -> Option<DeltaOptions> {
    match asked {
        "" | "exact" => Some(DeltaOptions::new()),
        "2.3.2" => Some(DeltaOptions::new().generation(LibrsyncGeneration::G1)),
        "compact" => {
            let workers = std::thread::available_parallelism().map_or(1, usize::from);
            Some(DeltaOptions::new().mode(LibrsyncMode::Compact).workers(workers))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newer_generation_is_the_default_and_others_are_asked_for() {
        let [unset, older, compact] = ["", "2.3.2", "compact"].map(|asked| options(asked).unwrap());
        assert_eq!((unset.mode, unset.generation), (LibrsyncMode::Exact, LibrsyncGeneration::G2));
        assert_eq!((older.mode, older.generation), (LibrsyncMode::Exact, LibrsyncGeneration::G1));
        assert_eq!(compact.mode, LibrsyncMode::Compact);
        assert!(options("fast").is_none());
    }
}
