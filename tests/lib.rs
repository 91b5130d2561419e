//! The quick start of the README, compiled and run as a documentation test.
#![doc = include_str!("../README.md")]
