//! Dates in the user's time zone. In: seconds since 1970. Out: text.

use chrono::{DateTime, Local};

/// The local time `seconds` after the start of 1970.
pub(super) fn local(seconds: i64, format: &str) -> String {
    match DateTime::from_timestamp(seconds, 0) {
        Some(time) => time.with_timezone(&Local).format(format).to_string(),
        None => seconds.to_string(),
    }
}

/// The local time.
pub(super) fn now(format: &str) -> String {
    Local::now().format(format).to_string()
}
