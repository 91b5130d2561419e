//! Transfer sessions: options by name, transfers, the other end of them, and what they tell.

pub mod change;
pub mod event;
pub mod options;
pub mod report;
pub mod run;
pub mod serve;
pub mod stream;
