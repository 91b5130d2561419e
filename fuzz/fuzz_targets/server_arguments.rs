//! Arguments of a server, plain or over the connection, and the words of a remote shell.

#![no_main]

#[path = "../decoders.rs"]
#[allow(dead_code, reason = "each target has one")]
mod decoders;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decoders::server_arguments(bytes));
