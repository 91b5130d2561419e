//! Rules that a client sends, and files of rules that directories hold, with names to try them on.

#![no_main]

#[path = "../decoders.rs"]
#[allow(dead_code, reason = "each target has one")]
mod decoders;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decoders::filter_rules(bytes));
