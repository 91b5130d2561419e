//! What an encoder of any coding makes of any steps is decoded as these steps.

#![no_main]

#[path = "../decoders.rs"]
#[allow(dead_code, reason = "each target has one")]
mod decoders;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decoders::token_round_trip(bytes));
