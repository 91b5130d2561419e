//! The doors to transfers: [`Transfer`] starts one, [`serve()`] is the other end of one. In: endpoints, options, a stream.
//! Out: a [`Report`](crate::Report).

mod endpoint;
mod peer;
mod serve;
mod transfer;

pub use endpoint::Endpoint;
pub use peer::DaemonAccess;
pub use serve::{ServePolicy, serve};
pub use transfer::Transfer;
