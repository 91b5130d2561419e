//! What is counted.

#![no_main]

#[path = "../decoders.rs"]
#[allow(dead_code, reason = "each target has one")]
mod decoders;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decoders::statistics(bytes));
