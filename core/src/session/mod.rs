//! A transfer session, read as the protocol happens. In: a connection and what was asked for. Out: files, events, a report.

pub(crate) mod delta_receive;
pub(crate) mod delta_send;
#[cfg(test)]
mod delta_tests;
#[cfg(test)]
mod delta_vectors;
