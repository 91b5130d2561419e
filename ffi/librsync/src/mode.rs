//! Which deltas are made. In: the variable `SYNCLINE_LIBRSYNC`. Out: the engine's options.

use std::sync::OnceLock;

use syncline::delta::DeltaOptions;

use crate::log;

const VARIABLE: &str = "SYNCLINE_LIBRSYNC";

/// The options for deltas, as the environment asks ([`DeltaOptions::named`]). It is looked at once.
pub(crate) fn delta_options() -> &'static DeltaOptions {
    static OPTIONS: OnceLock<DeltaOptions> = OnceLock::new();
    OPTIONS.get_or_init(|| {
        let asked = std::env::var_os(VARIABLE).unwrap_or_default();
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        DeltaOptions::named(&asked.to_string_lossy(), workers).unwrap_or_else(|| {
            log::warning(
                "rs_delta_begin",
                format_args!("{VARIABLE} is {asked:?}, which is none of exact, 2.3.2 and compact"),
            );
            DeltaOptions::new()
        })
    })
}
