//! The panic boundary. In: the body of an entry. Out: its value, or what stands for a defect.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `body`; a panic gives `otherwise`.
pub(crate) fn guarded<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(otherwise)
}
